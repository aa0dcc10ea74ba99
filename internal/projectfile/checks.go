package projectfile

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
)

// checkName is what a check may be called: it stands in references, files and reports.
var checkName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// CheckName refuses what cannot name a check. Kind: invalid.
func CheckName(name string) error {
	if !checkName.MatchString(name) {
		return petri.Errorf(petri.Invalid, "%.100q cannot name a check: use 1 to 100 letters, digits, dashes, underscores and dots, the first a letter or digit", name)
	}
	return nil
}

func (f File) names() string {
	names := []string{}
	for _, c := range f.checks {
		names = append(names, c.Name)
	}
	if len(names) > 20 {
		names = append(names[:20], "…")
	}
	return strings.Join(names, ", ")
}

// read is one declared check, with what it takes from [run] and [compare].
func (d checkDocument) read(run Run, compare petri.Rules) (petri.Check, error) {
	c := petri.Check{Name: d.Name}
	if d.Name == "" {
		return c, petri.Errorf(petri.Invalid, "a check has no name; add a line such as: name = \"forecast\"")
	}
	if err := CheckName(d.Name); err != nil {
		return c, err
	}
	own, key, err := runDocument{
		Command: d.Command, CPUs: d.CPUs, Memory: d.Memory, GPUs: d.GPUs, Timeout: d.Timeout, Network: d.Network, Variables: d.Variables,
	}.read()
	switch {
	case err != nil && key != "":
		return c, petri.Wrap(petri.Invalid, err, "check %q: %s: %s", d.Name, key, petri.MessageOf(err))
	case err == nil && len(own.Command) == 0:
		err = petri.Errorf(petri.Invalid, "it has no command; add a line such as: command = \"Rscript %s.R\"", d.Name)
	}
	if err == nil {
		c.Spec = own.over(run).Spec()
		if err = c.Spec.Check(); err == nil {
			c.Rules = d.rules(compare)
			err = c.Rules.Check()
		}
	}
	if err != nil {
		return c, petri.Wrap(petri.Invalid, err, "check %q: %s", d.Name, petri.MessageOf(err))
	}
	return c, nil
}

// over is r with what it does not say taken from base; never its command, time limit and tags.
func (r Run) over(base Run) Run {
	if r.CPUs == 0 {
		r.CPUs = base.CPUs
	}
	if r.MemoryBytes == 0 {
		r.MemoryBytes = base.MemoryBytes
	}
	if r.GPUs == 0 {
		r.GPUs = base.GPUs
	}
	if r.Network == "" {
		r.Network = base.Network
	}
	variables := maps.Clone(base.Variables)
	if variables == nil {
		variables = map[string]string{}
	}
	maps.Copy(variables, r.Variables)
	r.Variables = variables
	return r
}

// rules are the check's own above those of [compare].
func (d checkDocument) rules(compare petri.Rules) petri.Rules {
	r := compare
	r.Results = d.Results
	r.Ignore = slices.Concat(compare.Ignore, d.Ignore)
	if d.RTol != nil {
		r.RTol = *d.RTol
	}
	if d.ATol != nil {
		r.ATol = *d.ATol
	}
	if d.Keys != nil {
		r.Keys = d.Keys
	}
	if d.Stdout != "" {
		r.Stdout = d.Stdout
	}
	r.Files = slices.Concat(compare.Files, files(d.Files))
	return r
}

func (d compareDocument) read() (petri.Rules, error) {
	r := petri.Rules{Ignore: d.Ignore, Keys: d.Keys, Stdout: d.Stdout, Files: files(d.Files)}
	if d.RTol != nil {
		r.RTol = *d.RTol
	}
	if d.ATol != nil {
		r.ATol = *d.ATol
	}
	for _, l := range d.Logs {
		r.Logs = append(r.Logs, petri.LogRule{Pattern: l.Pattern, Replace: l.Replace})
	}
	return r, r.Check()
}

func files(list []fileDocument) []petri.FileRules {
	var rules []petri.FileRules
	for _, d := range list {
		rules = append(rules, petri.FileRules{Pattern: d.Pattern, RTol: d.RTol, ATol: d.ATol, Keys: d.Keys, Columns: columns(d.Columns)})
	}
	return rules
}

// columns are rules in an order that does not depend on the file's: patterns first, so that a
// column named in full has the last word.
func columns(table map[string]columnDocument) []petri.ColumnRules {
	var rules []petri.ColumnRules
	for name, d := range table {
		rules = append(rules, petri.ColumnRules{Name: name, Ignore: d.Ignore, RTol: d.RTol, ATol: d.ATol})
	}
	slices.SortFunc(rules, func(a, b petri.ColumnRules) int {
		if p, q := isPattern(a.Name), isPattern(b.Name); p != q {
			if p {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return rules
}

func isPattern(name string) bool { return strings.ContainsAny(name, `*?[\`) }
