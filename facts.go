package petri

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
)

// Fact is something beside packages that can change a result: blas, cpu_model, glibc, ….
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// The names of facts. Those of an image are read from its files; a run adds its machine's.
const (
	FactDistribution = "distribution" // Debian GNU/Linux 12 (bookworm)
	FactLibc         = "libc"         // glibc 2.36 or musl 1.2.4
	FactBLAS         = "blas"         // what libblas.so.3 leads to, with its version: openblas 0.3.21 (/usr/lib/…)
	FactLAPACK       = "lapack"
	FactPython       = "python" // each interpreter: 3.11.2 (/usr/bin/python3.11)
	FactR            = "r"
	FactNode         = "node"
	FactJulia        = "julia"
	FactLocale       = "locale"
	FactTimeZone     = "time_zone"
	FactKernel       = "kernel"
	FactArchitecture = "architecture"
	FactCPUModel     = "cpu_model"
	FactCPUFlags     = "cpu_flags"
	FactGPU          = "gpu"
	FactGPUDriver    = "gpu_driver"
)

// Facts are in canonical order: by name, then by value. A name may occur more than once.
type Facts []Fact

// NewFacts sorts facts and drops repeated ones and those without a value. It takes ownership.
func NewFacts(facts []Fact) Facts {
	facts = slices.DeleteFunc(facts, func(f Fact) bool { return f.Value == "" })
	slices.SortFunc(facts, func(a, b Fact) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Value, b.Value)
	})
	return slices.Compact(facts)
}

const factsHeader = "# petri facts 1: name, value; separated by a tab\n"

// Encode is the facts as stable text, a line each, escaped like a package list.
func (f Facts) Encode() []byte {
	var b bytes.Buffer
	b.WriteString(factsHeader)
	for _, one := range f {
		_, _ = packageEscaper.WriteString(&b, one.Name)
		b.WriteByte('\t')
		_, _ = packageEscaper.WriteString(&b, one.Value)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// DecodeFacts reads what Encode wrote. Kind: invalid.
func DecodeFacts(text []byte) (Facts, error) {
	rest, ok := bytes.CutPrefix(text, []byte(factsHeader))
	if !ok {
		return nil, Errorf(Invalid, "not a list of facts: its first line is not that of one")
	}
	facts := Facts{}
	lines := bufio.NewScanner(bytes.NewReader(rest))
	lines.Buffer(nil, 1<<20)
	for n := 2; lines.Scan(); n++ {
		name, value, found := strings.Cut(lines.Text(), "\t")
		if !found {
			return nil, Errorf(Invalid, "not a list of facts: line %d has no tab", n)
		}
		facts = append(facts, Fact{packageUnescaper.Replace(name), packageUnescaper.Replace(value)})
	}
	if err := lines.Err(); err != nil {
		return nil, Wrap(Invalid, err, "not a list of facts: a line is too long")
	}
	return facts, nil
}

// DiffFacts tells what b has otherwise than a, by name. The values of a name that occurs
// several times are one text.
func DiffFacts(a, b Facts) []FieldChange {
	valuesA, valuesB := a.byName(), b.byName()
	changes := []FieldChange{}
	for name, value := range valuesA {
		if valuesB[name] != value {
			changes = append(changes, FieldChange{Field: name, A: value, B: valuesB[name]})
		}
	}
	for name, value := range valuesB {
		if _, both := valuesA[name]; !both {
			changes = append(changes, FieldChange{Field: name, B: value})
		}
	}
	slices.SortFunc(changes, func(x, y FieldChange) int { return strings.Compare(x.Field, y.Field) })
	return changes
}

func (f Facts) byName() map[string]string {
	values := map[string]string{}
	for _, one := range f {
		if had, ok := values[one.Name]; ok {
			values[one.Name] = had + ", " + one.Value
		} else {
			values[one.Name] = one.Value
		}
	}
	return values
}
