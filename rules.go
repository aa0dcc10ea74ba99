package petri

import (
	"math"
	"path"
	"regexp"
	"strings"
)

// Tolerance is how far two numbers may differ, as in NumPy's allclose(a, b):
// |a − b| ≤ ATol + RTol × |b|. The zero value is none. Infinities are close only to
// themselves, NaN to NaN.
type Tolerance struct {
	RTol float64 `json:"rtol"`
	ATol float64 `json:"atol"`
}

// Check refuses what is no tolerance. Kind: invalid.
func (t Tolerance) Check() error {
	for _, one := range []struct {
		name  string
		value float64
	}{{"rtol", t.RTol}, {"atol", t.ATol}} {
		if math.IsNaN(one.value) || math.IsInf(one.value, 0) || one.value < 0 {
			return Errorf(Invalid, "%s cannot be %v: it is a number from 0 on, such as 1e-8", one.name, one.value)
		}
	}
	return nil
}

// Close tells whether a and b are the same within t.
func (t Tolerance) Close(a, b float64) bool {
	switch {
	case a == b, math.IsNaN(a) && math.IsNaN(b):
		return true
	case math.IsInf(a, 0) || math.IsInf(b, 0) || math.IsNaN(a) || math.IsNaN(b):
		return false
	}
	return math.Abs(a-b) <= t.ATol+t.RTol*math.Abs(b)
}

// What of the standard output counts in a comparison.
const (
	StdoutRules  = "rules"  // all but what varies by nature; what "" means
	StdoutExact  = "exact"  // every byte
	StdoutIgnore = "ignore" // nothing
)

// Rules say what counts in a comparison, and how closely. The zero value counts every result
// file, without tolerance, and the output but for what varies by nature.
type Rules struct {
	Tolerance
	// Results are patterns of the files that count; none stands for all. Ignore wins over it.
	Results []string `json:"results,omitempty"`
	Ignore  []string `json:"ignore,omitempty"`
	// Keys are the columns whose values tell which rows of two tables belong together; rows go by
	// position where there are none.
	Keys   []string `json:"keys,omitempty"`
	Stdout string   `json:"stdout,omitempty"`
	// Logs are rules besides those built in for what varies by nature in output.
	Logs []LogRule `json:"logs,omitempty"`
	// Files are rules for some files; of those that match, the last one's settings hold.
	Files []FileRules `json:"files,omitempty"`
}

// LogRule takes what matches a regular expression (RE2) in a line of output for the same.
type LogRule struct {
	Pattern string `json:"pattern"`
	// Replace stands in its place, with $1 for groups; "" for <…>.
	Replace string `json:"replace,omitempty"`
}

// FileRules are how closely one file, or those that match a pattern, are compared.
type FileRules struct {
	Pattern string `json:"pattern,omitempty"`
	// RTol and ATol are those of the whole comparison where nil.
	RTol *float64 `json:"rtol,omitempty"`
	ATol *float64 `json:"atol,omitempty"`
	Keys []string `json:"keys,omitempty"`
	// Columns are rules for columns of tables, or for the paths of JSON documents.
	Columns []ColumnRules `json:"columns,omitempty"`
}

// ColumnRules are how closely a column is compared.
type ColumnRules struct {
	// Name is the column's, or a pattern as of path.Match.
	Name   string   `json:"name"`
	Ignore bool     `json:"ignore,omitempty"`
	RTol   *float64 `json:"rtol,omitempty"`
	ATol   *float64 `json:"atol,omitempty"`
}

// Bounds of lists of rules, and of the rules for output: an expression may take a thousand times its
// length in memory.
const (
	maxRules   = 1000
	maxLogs    = 100
	maxLogRule = 400 // bytes, of a pattern and of what stands in its place
)

// Check refuses rules that cannot be followed. Kind: invalid.
func (r Rules) Check() error {
	if err := r.Tolerance.Check(); err != nil {
		return err
	}
	switch r.Stdout {
	case "", StdoutRules, StdoutExact, StdoutIgnore:
	default:
		return Errorf(Invalid, "stdout cannot be %q: it is rules, exact or ignore", clip(r.Stdout))
	}
	if len(r.Results) > maxRules || len(r.Ignore) > maxRules || len(r.Files) > maxRules || len(r.Keys) > maxRules {
		return Errorf(Invalid, "more than %d rules of one kind are too many", maxRules)
	}
	for _, pattern := range append(append([]string{}, r.Results...), r.Ignore...) {
		if err := CheckPattern(pattern); err != nil {
			return err
		}
	}
	if len(r.Logs) > maxLogs {
		return Errorf(Invalid, "%d rules for output are too many: write at most %d, with | between patterns", len(r.Logs), maxLogs)
	}
	for _, l := range r.Logs {
		if l.Pattern == "" {
			return Errorf(Invalid, "a rule for output has no pattern: write a regular expression for what varies, such as took [0-9.]+ s")
		}
		if len(l.Pattern) > maxLogRule || len(l.Replace) > maxLogRule {
			return Errorf(Invalid, "the rule for output %q is longer than %d bytes: write several", clip(l.Pattern), maxLogRule)
		}
		if _, err := regexp.Compile(l.Pattern); err != nil {
			return Errorf(Invalid, "%q is no regular expression: %v", clip(l.Pattern), err)
		}
	}
	for _, f := range r.Files {
		if err := f.check(); err != nil {
			return err
		}
	}
	return nil
}

func (f FileRules) check() error {
	if err := CheckPattern(f.Pattern); err != nil {
		return err
	}
	if err := tolerance(Tolerance{}, f.RTol, f.ATol).Check(); err != nil {
		return err
	}
	for _, c := range f.Columns {
		if _, err := path.Match(c.Name, ""); err != nil || c.Name == "" {
			return Errorf(Invalid, "%q names no column: write its name, or a pattern such as time_*", clip(c.Name))
		}
		if err := tolerance(Tolerance{}, c.RTol, c.ATol).Check(); err != nil {
			return err
		}
	}
	return nil
}

func tolerance(t Tolerance, rtol, atol *float64) Tolerance {
	if rtol != nil {
		t.RTol = *rtol
	}
	if atol != nil {
		t.ATol = *atol
	}
	return t
}

// Counts tells whether the result file at path counts.
func (r Rules) Counts(file string) bool {
	for _, pattern := range r.Ignore {
		if MatchPath(pattern, file) {
			return false
		}
	}
	if len(r.Results) == 0 {
		return true
	}
	for _, pattern := range r.Results {
		if MatchPath(pattern, file) {
			return true
		}
	}
	return false
}

// For is how closely the file at path is compared: RTol, ATol and Keys are set.
func (r Rules) For(file string) FileRules {
	rtol, atol := r.RTol, r.ATol
	rules := FileRules{RTol: &rtol, ATol: &atol, Keys: r.Keys}
	for _, f := range r.Files {
		if !MatchPath(f.Pattern, file) {
			continue
		}
		if f.RTol != nil {
			rules.RTol = f.RTol
		}
		if f.ATol != nil {
			rules.ATol = f.ATol
		}
		if f.Keys != nil {
			rules.Keys = f.Keys
		}
		rules.Columns = append(rules.Columns[:len(rules.Columns):len(rules.Columns)], f.Columns...)
	}
	return rules
}

// Tolerance is that of the whole file.
func (f FileRules) Tolerance() Tolerance { return tolerance(Tolerance{}, f.RTol, f.ATol) }

// Column is how closely a column is compared: the last rule that names it holds.
func (f FileRules) Column(name string) (t Tolerance, ignored bool) {
	t = f.Tolerance()
	for _, c := range f.Columns {
		if matched, _ := path.Match(c.Name, name); matched || c.Name == name {
			t, ignored = tolerance(t, c.RTol, c.ATol), c.Ignore
		}
	}
	return t, ignored
}

// CheckPattern refuses what MatchPath cannot follow. Kind: invalid.
func CheckPattern(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil || pattern == "" || strings.HasPrefix(pattern, "/") {
		return Errorf(Invalid, "%q is no pattern of files: write one such as out/*.csv or results/**", clip(pattern))
	}
	return nil
}

// MatchPath tells whether a file's path in its project matches a pattern: * and ? stop at
// slashes, ** stands for any number of folders, and a pattern that ends in a slash for all below.
func MatchPath(pattern, file string) bool {
	if strings.HasSuffix(pattern, "/") {
		pattern += "**"
	}
	return matchParts(strings.Split(strings.TrimPrefix(pattern, "./"), "/"), strings.Split(file, "/"))
}

// matchParts remembers only the latest **, as one does for * within a name: that is enough,
// and never takes more than the product of both lengths.
func matchParts(pattern, file []string) bool {
	p, f, star, from := 0, 0, -1, 0
	for f < len(file) {
		if p < len(pattern) && pattern[p] == "**" {
			star, from = p, f
			p++
			continue
		}
		if p < len(pattern) {
			if matched, _ := path.Match(pattern[p], file[f]); matched {
				p, f = p+1, f+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		p, f = star+1, from
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}
