package compare_test

import (
	"context"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare"
)

// TestSummary holds the sentences that people read first.
func TestSummary(t *testing.T) {
	numpy := func(version string) petri.Package {
		return petri.Package{Ecosystem: "python", Name: "numpy", Version: version}
	}
	system := func(version string) petri.Package {
		return petri.Package{Ecosystem: "deb", Name: "adduser", Version: version}
	}
	tests := []struct {
		name  string
		alter func(b blobs, a, other *petri.Run)
		want  string
	}{
		{"same", func(_ blobs, _, _ *petri.Run) {}, ""},
		{"fails", func(_ blobs, _, other *petri.Run) { other.Status, other.Outcome.ExitCode = petri.RunFailed, 1 },
			"the run now fails with exit code 1. Code, packages and settings are the same"},
		{"memory", func(_ blobs, _, other *petri.Run) {
			other.Status, other.Outcome = petri.RunFailed, petri.Outcome{ExitCode: 137, OOMKilled: true, Signal: "SIGKILL"}
		}, "the run now fails for want of memory. "},
		{"succeeds", func(_ blobs, a, _ *petri.Run) {
			a.Status, a.Outcome = petri.RunFailed, petri.Outcome{ExitCode: 139, Signal: "SIGSEGV"}
		}, "the run now succeeds; it failed by SIGSEGV. "},
		{"fails otherwise", func(_ blobs, a, other *petri.Run) {
			a.Status, other.Status = petri.RunFailed, petri.RunFailed
			a.Outcome.ExitCode, other.Outcome.ExitCode = 1, 2
		}, "the run fails with exit code 2, not with exit code 1. "},
		{"stopped", func(_ blobs, _, other *petri.Run) {
			other.Status, other.Outcome.ExitCode = petri.RunStopped, 143
		}, "the run was stopped. "},
		{"files", func(b blobs, a, other *petri.Run) {
			a.ResultChanges = []petri.ResultChange{b.change("a.txt", "added", "1\n"), b.change("b.csv", "added", "x\n1\n"), b.change("c.txt", "added", "1\n")}
			other.ResultChanges = []petri.ResultChange{b.change("a.txt", "added", "2\n"), b.change("b.csv", "added", "x\n2\n"), b.change("c.txt", "added", "2\n")}
		}, "b.csv: 1 of 1 cell"},
		{"packages", func(b blobs, _, other *petri.Run) {
			other.Status, other.Outcome.ExitCode = petri.RunFailed, 1
			other.PackagesBefore = b.packages(numpy("2.0"), system("2"), petri.Package{Ecosystem: "python", Name: "zope", Version: "1"})
			other.Loaded = b.packages(numpy("2.0"))
		}, "Packages differ: numpy 2.0 is new (loaded) and 2 more"},
		{"output", func(b blobs, a, other *petri.Run) { a.Log, other.Log = b.log("one\n"), b.log("two\nthree\n") },
			"standard output differs (2 lines added, 1 removed). "},
		{"settings", func(b blobs, a, other *petri.Run) {
			a.Log, other.Log = b.log("one\n"), b.log("two\n")
			other.Spec.Variables = map[string]string{"SEED": "2"}
			other.Environment.Revision = 9
		}, "Settings differ: variables.SEED 2 is new"},
		{"facts", func(b blobs, a, other *petri.Run) {
			a.Log, other.Log = b.log("one\n"), b.log("two\n")
			a.Facts, _ = b.put(petri.NewFacts([]petri.Fact{{Name: petri.FactBLAS, Value: "reference 3.9"}}).Encode())
			other.Facts, _ = b.put(petri.NewFacts([]petri.Fact{{Name: petri.FactBLAS, Value: "openblas 0.3"}}).Encode())
		}, "Machine or system differs: blas reference 3.9 → openblas 0.3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := blobs{}
			a, other := sealed(1), sealed(2)
			test.alter(b, &a, &other)
			c, err := compare.Runs(context.Background(), compare.Side{Run: a}, compare.Side{Run: other}, petri.Rules{}, b.open)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(c.Summary, test.want) || test.want == "" && c.Summary != "" {
				t.Errorf("got %q, want %q", c.Summary, test.want)
			}
		})
	}
}

func TestPackagesLoadedFirst(t *testing.T) {
	b := blobs{}
	list := func(a, m, z string) petri.Digest {
		return b.packages(petri.Package{Ecosystem: "deb", Name: "apt", Version: a}, petri.Package{Ecosystem: "r", Name: "Matrix", Version: m}, petri.Package{Ecosystem: "python", Name: "Zope_I", Version: z})
	}
	one, two := sealed(1), sealed(2)
	one.PackagesBefore, two.PackagesBefore = list("2.6", "1.9", "1.0"), list("2.6~rc1", "1.10", "1.0rc1")
	two.Loaded = b.packages(petri.Package{Ecosystem: "r", Name: "Matrix", Version: "1.10"}, petri.Package{Ecosystem: "python", Name: "zope-i", Version: "1.0rc1"})
	c, err := compare.Runs(context.Background(), compare.Side{Run: one}, compare.Side{Run: two}, petri.Rules{}, b.open)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range c.Packages {
		word := p.Ecosystem + " " + p.Direction
		if p.Loaded {
			word += " loaded"
		}
		got = append(got, word)
	}
	if want := "python downgrade loaded, r upgrade loaded, deb downgrade"; strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestPackagesWrittenOtherwise(t *testing.T) {
	b := blobs{}
	python := func(names ...string) petri.Digest {
		var rows []petri.Package
		for _, name := range names {
			name, version, _ := strings.Cut(name, " ")
			rows = append(rows, petri.Package{Ecosystem: "python", Name: name, Version: version})
		}
		return b.packages(rows...)
	}
	one, two := sealed(1), sealed(2)
	one.PackagesBefore, two.PackagesBefore = python("Pillow 8.1", "Zope.I 1", "gone 1"), python("pillow 11.1", "zope-i 1", "new 1")
	c, err := compare.Runs(context.Background(), compare.Side{Run: one}, compare.Side{Run: two}, petri.Rules{}, b.open)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range c.Packages {
		got = append(got, p.Name+" "+p.Change+" "+p.A+"→"+p.B+" "+p.Direction)
	}
	if want := "gone removed 1→ , new added →1 , pillow changed 8.1→11.1 upgrade"; strings.Join(got, ", ") != want {
		t.Errorf("got %v", got)
	}
}
