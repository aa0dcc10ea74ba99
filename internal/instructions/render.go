package instructions

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Options say what Render puts around the user's instructions.
type Options struct {
	// Base is the image to start from, by a name that FROM understands.
	Base string
	// Variables become ENV before the instructions, so that these see them.
	Variables map[string]string
	// Arguments are names of build arguments to declare (ARG): RUN sees their values, the
	// image keeps nothing of them.
	Arguments []string
	// RunFlags are added to every RUN, such as --mount=type=secret,….
	RunFlags []string
}

// Rendered is a whole Dockerfile.
type Rendered struct {
	Dockerfile string
	// Arguments are build arguments that must be given with it: values of variables that
	// cannot be written on one line.
	Arguments map[string]string

	before int // lines that are not the user's
}

// Render makes the Dockerfile of instructions that Check found without error. The user's
// lines stay whole lines in their order, so that every message can be led back to them.
func Render(text string, o Options) Rendered {
	r := Rendered{Arguments: map[string]string{}}
	var b strings.Builder
	fmt.Fprintf(&b, "FROM %s\n", o.Base)
	for _, name := range o.Arguments {
		fmt.Fprintf(&b, "ARG %s\n", name)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Variables)) {
		value := o.Variables[name]
		if !strings.ContainsAny(value, "\n\r") {
			fmt.Fprintf(&b, "ENV %s=%s\n", name, quote(value))
			continue
		}
		argument := "PETRI_VARIABLE_" + strconv.Itoa(len(r.Arguments)+1)
		r.Arguments[argument] = value
		fmt.Fprintf(&b, "ARG %s\nENV %s=\"${%s}\"\n", argument, name, argument)
	}
	r.before = strings.Count(b.String(), "\n")
	b.WriteString(withRunFlags(strings.TrimPrefix(text, "\ufeff"), o.RunFlags))
	if !strings.HasSuffix(b.String(), "\n") {
		b.WriteByte('\n')
	}
	r.Dockerfile = b.String()
	return r
}

// Line is the user's line that line n of the Dockerfile stands for; 0 for Petri's own.
func (r Rendered) Line(n int) int { return max(n-r.before, 0) }

// quote writes a value so that ENV takes it literally.
func quote(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(value) + `"`
}

// withRunFlags writes flags behind the word RUN of every RUN instruction.
func withRunFlags(text string, flags []string) string {
	if len(flags) == 0 {
		return text
	}
	lines := strings.SplitAfter(text, "\n")
	for _, s := range parse(text).steps {
		if !strings.EqualFold(s.node.Value, "RUN") {
			continue
		}
		line := lines[s.line-1]
		end := indent(line) + len("RUN")
		if end > len(line) || !strings.EqualFold(line[indent(line):end], "RUN") {
			continue // the word itself is broken over lines
		}
		lines[s.line-1] = line[:end] + " " + strings.Join(flags, " ") + line[end:]
	}
	return strings.Join(lines, "")
}
