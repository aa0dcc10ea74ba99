package petri_test

import (
	"math"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
)

func TestTolerance(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	tests := []struct {
		t    petri.Tolerance
		a, b float64
		want bool
	}{
		{petri.Tolerance{}, 1, 1, true},
		{petri.Tolerance{}, 0, math.Copysign(0, -1), true},
		{petri.Tolerance{}, 1, 1 + 1e-15, false},
		{petri.Tolerance{RTol: 1e-5}, 100, 100.001, true},
		{petri.Tolerance{RTol: 0.1}, 110, 100, true}, // relative to the second, as NumPy has it
		{petri.Tolerance{RTol: 0.1}, 90, 100, true},
		{petri.Tolerance{RTol: 0.1}, 100, 90, false},
		{petri.Tolerance{ATol: 0.5}, 0, 0.5, true},
		{petri.Tolerance{ATol: 1e300, RTol: 1}, inf, 1, false},
		{petri.Tolerance{}, inf, inf, true},
		{petri.Tolerance{ATol: 1e300}, inf, -inf, false},
		{petri.Tolerance{}, nan, nan, true},
		{petri.Tolerance{ATol: 1e300}, nan, 0, false},
		{petri.Tolerance{RTol: 1}, -math.MaxFloat64, math.MaxFloat64, false},
	}
	for _, test := range tests {
		if got := test.t.Close(test.a, test.b); got != test.want {
			t.Errorf("%+v: %v and %v close: %v", test.t, test.a, test.b, got)
		}
	}
}

func TestMatchPath(t *testing.T) {
	tests := []struct {
		pattern, path string
		want          bool
	}{
		{"out/*.csv", "out/a.csv", true},
		{"out/*.csv", "out/deep/a.csv", false},
		{"**/*.csv", "a.csv", true},
		{"**/*.csv", "x/y/a.csv", true},
		{"out/**", "out/a/b", true},
		{"out/", "out/a/b", true},
		{"out", "out/a", false},
		{"a/**/z", "a/z", true},
		{"a/**/z", "a/b/c/z", true},
		{"a/**/z", "a/b/c", false},
		{"**/a/**/b", "x/a/y/a/z/b", true},
		{"./out/?.txt", "out/1.txt", true},
		{"[ab].txt", "b.txt", true},
		{strings.Repeat("**/", 50) + "x", strings.Repeat("a/", 500) + "y", false},
	}
	for _, test := range tests {
		if got := petri.MatchPath(test.pattern, test.path); got != test.want {
			t.Errorf("MatchPath(%q, %q) = %v", test.pattern, test.path, got)
		}
	}
}

func TestRulesFor(t *testing.T) {
	tight, loose := 1e-9, 0.5
	rules := petri.Rules{
		Tolerance: petri.Tolerance{RTol: 1e-6, ATol: 1}, Results: []string{"out/**"}, Ignore: []string{"**/*.log"}, Keys: []string{"id"},
		Files: []petri.FileRules{{Pattern: "out/*.csv", RTol: &tight, Columns: []petri.ColumnRules{{Name: "t_*", Ignore: true}, {Name: "x", ATol: &loose}}}},
	}
	if err := rules.Check(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"out/a.csv": true, "out/run.log": false, "main.R": false} {
		if rules.Counts(path) != want {
			t.Errorf("Counts(%q) = %v", path, !want)
		}
	}
	file := rules.For("out/a.csv")
	if got := file.Tolerance(); got != (petri.Tolerance{RTol: tight, ATol: 1}) {
		t.Errorf("the file's tolerance is %+v", got)
	}
	if tol, ignored := file.Column("x"); ignored || tol != (petri.Tolerance{RTol: tight, ATol: loose}) {
		t.Errorf("x: %+v, %v", tol, ignored)
	}
	if _, ignored := file.Column("t_start"); !ignored {
		t.Error("t_start counts")
	}
	if other := rules.For("out/b.json"); other.Tolerance() != rules.Tolerance || len(other.Columns) != 0 {
		t.Errorf("another file's rules are %+v", other)
	}
}

func TestRulesRefused(t *testing.T) {
	negative := -1.0
	for name, rules := range map[string]petri.Rules{
		"negative":   {Tolerance: petri.Tolerance{RTol: -1}},
		"not finite": {Tolerance: petri.Tolerance{ATol: math.Inf(1)}},
		"stdout":     {Stdout: "some"},
		"pattern":    {Results: []string{"["}},
		"absolute":   {Ignore: []string{"/etc/*"}},
		"regexp":     {Logs: []petri.LogRule{{Pattern: "("}}},
		"long":       {Logs: []petri.LogRule{{Pattern: "x", Replace: strings.Repeat("y", 401)}}},
		"many":       {Logs: make([]petri.LogRule, 101)},
		"column":     {Files: []petri.FileRules{{Pattern: "a", Columns: []petri.ColumnRules{{Name: ""}}}}},
		"file":       {Files: []petri.FileRules{{Pattern: "a", RTol: &negative}}},
	} {
		if err := rules.Check(); petri.KindOf(err) != petri.Invalid {
			t.Errorf("%s: %v; want kind invalid", name, err)
		}
	}
}
