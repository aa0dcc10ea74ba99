package explain_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/explain"
)

func number(n float64) *float64 { return &n }

func table(maxRel float64) petri.Comparison {
	return petri.Comparison{Verdict: petri.Different, Results: []petri.FileComparison{{
		Path: "out/fit.csv", Verdict: petri.Different, Kind: "table", MaxAbs: number(maxRel), MaxRel: number(maxRel),
		Cells: []petri.CellChange{{Where: `row 1, column "se"`, A: "1", B: "2"}}, Columns: []petri.ColumnComparison{{Name: "se", MaxAbs: number(maxRel), MaxRel: number(maxRel)}},
	}}}
}

func printed(removed, added string) petri.Comparison {
	return petri.Comparison{Verdict: petri.Different, Stdout: petri.OutputComparison{Verdict: petri.Different, Hunks: "--- a\n+++ b\n@@ -1 +1 @@\n-" + removed + "\n+" + added + "\n"}}
}

func code(path, text string) []explain.Source { return []explain.Source{{Path: path, Text: text}} }

// Each cause is named where something speaks for it, with what does, and nowhere else.
func TestCauses(t *testing.T) {
	open := petri.Run{Spec: petri.RunSpec{CPUs: 1, Network: petri.NetworkDefault}}
	shut := petri.Run{Spec: petri.RunSpec{CPUs: 1, Network: petri.NetworkNone}}
	many := petri.Run{Spec: petri.RunSpec{CPUs: 4, Network: petri.NetworkNone}}
	self := petri.Run{PackagesBefore: "sha256:a", PackagesAfter: "sha256:b", Spec: petri.RunSpec{Network: petri.NetworkNone}}
	with := func(c petri.Comparison, change func(*petri.Comparison)) petri.Comparison { change(&c); return c }
	cases := []struct {
		name string
		in   explain.Input
		want string // "cause: …why…" each, in order
	}{
		{"the same", explain.Input{Comparison: petri.Comparison{Verdict: petri.Same}, Code: code("a.R", "rnorm(1)")}, ""},
		{"nothing known", explain.Input{A: open, B: open, Comparison: table(0.5)}, ""},
		{"R without a seed", explain.Input{A: open, B: open, Comparison: table(0.5), Code: code("main.R", "# x\nx <- rnorm(10)\n")}, "random seed: main.R line 2 uses rnorm(), and nothing in the R code gives set.seed()"},
		{"R with a seed", explain.Input{A: open, B: open, Comparison: table(0.5), Code: code("main.R", "set.seed(1)\nx <- rnorm(10)\n")}, ""},
		{"R with a seed in a comment", explain.Input{A: open, B: open, Comparison: table(0.5), Code: code("main.R", "# set.seed(1)\nsample(10)\n")}, "random seed: main.R line 2 uses sample()"},
		{"a seed of the clock", explain.Input{A: open, B: open, Comparison: table(0.5), Code: code("main.R", "set.seed(as.integer(Sys.time()))\nsample(10)\n")}, "random seed: main.R line 1 takes its seed from the clock"},
		{"another language's seed", explain.Input{A: open, B: open, Comparison: table(0.5), Code: append(code("main.R", "set.seed(1)\n"), explain.Source{Path: "b.py", Text: "import numpy as np\nnp.random.rand(3)\n"})}, "random seed: b.py line 2 uses np.random.rand()"},
		{"Python with a generator", explain.Input{A: open, B: open, Comparison: table(0.5), Code: code("b.py", "rng = np.random.default_rng(42)\n")}, ""},
		{"Python with an empty generator", explain.Input{A: open, B: open, Comparison: table(0.5), Code: code("b.py", "rng = np.random.default_rng()\n")}, "random seed: b.py line 1"},
		{"no random_state", explain.Input{A: open, B: open, Comparison: table(0.5), Code: code("b.py", "m = RandomForestClassifier(n_estimators=5)\n")}, "random seed: b.py line 1 uses RandomForestClassifier()"},
		{"a random_state", explain.Input{A: open, B: open, Comparison: table(0.5), Code: code("b.py", "m = RandomForestClassifier(random_state=5)\n")}, ""},
		{"data, not code", explain.Input{A: open, B: open, Comparison: table(0.5), Code: code("notes.txt", "rnorm(1)")}, ""},
		{"last digits of many CPUs", explain.Input{A: many, B: many, Comparison: table(1e-12), Code: code("m.R", "rnorm(1)")}, "thread order: numbers differ by no more than 1e-12 of their size, and the run had 4 CPUs"},
		{"last digits of one CPU", explain.Input{A: shut, B: shut, Comparison: table(1e-12)}, ""},
		{"more than digits", explain.Input{A: many, B: many, Comparison: table(1e-3)}, ""},
		{"last digits of a metric", explain.Input{A: many, B: many, Comparison: petri.Comparison{Verdict: petri.Different, Metrics: []petri.MetricComparison{{Name: "auc", A: "0.5", B: "0.50000000001", Verdict: petri.Different}}}}, "thread order"},
		{"a date", explain.Input{A: open, B: open, Comparison: printed("made on 2026-11-23 10:00:00", "made on 2026-11-24 11:30:12"), Code: code("m.R", "rnorm(1)\nprint(Sys.time())")}, "time stamp: all that differs is dates and times; m.R line 2 uses Sys.time()"},
		{"no date", explain.Input{A: open, B: open, Comparison: printed("made by alice", "made by bob")}, ""},
		{"it changed itself", explain.Input{A: self, B: self, Comparison: table(0.5)}, "changed itself"},
		{"it downloads", explain.Input{A: open, B: open, Comparison: table(0.5), Code: code("m.R", `x <- read.csv("https://example.org/x.csv")`)}, "network: m.R line 1 uses read.csv(), and the network was open"},
		{"it cannot download", explain.Input{A: shut, B: shut, Comparison: table(0.5), Code: code("m.R", `download.file("x")`)}, ""},
		{"it reads a file", explain.Input{A: open, B: open, Comparison: table(0.5), Code: code("m.R", `x <- read.csv("data/x.csv")`)}, ""},
		{"another machine", explain.Input{A: shut, B: shut, Comparison: with(table(0.5), func(c *petri.Comparison) {
			c.Facts = []petri.FieldChange{{Field: petri.FactKernel, A: "5", B: "6"}, {Field: petri.FactCPUModel, A: "EPYC", B: "Xeon"}}
		})}, "machine: another machine: cpu_model EPYC → Xeon"},
		{"other packages", explain.Input{A: shut, B: shut, Comparison: with(table(0.5), func(c *petri.Comparison) {
			c.Packages = []petri.PackageChange{{Name: "survival", A: "3.2", B: "3.5", Loaded: true}, {Name: "bash", A: "5.1", B: "5.2"}}
		})}, "environment: 1 loaded package changed: survival 3.2 → 3.5"},
		{"other code and settings", explain.Input{A: shut, B: shut, Comparison: with(table(0.5), func(c *petri.Comparison) {
			c.Code = []petri.PathChange{{Path: "main.R"}}
			c.Settings = []petri.FieldChange{{Field: "variables.SEED"}, {Field: "exit_code"}}
		})}, "code: 1 file of the code changed: main.R | settings: asked for otherwise: variables.SEED"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var want []string
			if c.want != "" {
				want = strings.Split(c.want, " | ")
			}
			got := explain.Causes(c.in)
			if len(got) != len(want) {
				t.Fatalf("got %+v, want %q", got, want)
			}
			for i, cause := range got {
				if !strings.HasPrefix(string(cause.Cause)+": "+cause.Why, want[i]) {
					t.Errorf("got %+v, want %q", cause, want[i])
				}
			}
		})
	}
}

// The noise of several runs covers what any of them showed, and what it suggests covers that.
func TestNoise(t *testing.T) {
	metric := func(b string) petri.MetricComparison {
		return petri.MetricComparison{Name: "auc", A: "0.5", B: b, Verdict: petri.Different}
	}
	var noise []petri.Spread
	for _, value := range []string{"0.51", "0.49", "0.505", "text", "NaN"} {
		c := table(1e-9)
		c.Metrics = []petri.MetricComparison{metric(value)}
		noise = explain.Widen(noise, c)
	}
	want := []petri.Spread{
		{Where: "metric auc", Least: 0.49, Most: 0.51, MaxAbs: 0.02, MaxRel: 0.02 / 0.49},
		{Where: `out/fit.csv, column "se"`, Least: 1, Most: 2, MaxAbs: 1e-9, MaxRel: 1e-9},
	}
	if diff := cmp.Diff(want, noise, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-12 })); diff != "" {
		t.Error(diff)
	}
	got, ok := explain.Suggest(noise)
	if !ok || got.RTol != 0.09 || got.ATol != 0 {
		t.Errorf("%+v", got)
	}
	if _, ok := explain.Suggest(nil); ok {
		t.Error("a tolerance for no noise")
	}
	through, _ := explain.Suggest([]petri.Spread{{Where: "a", Least: -1e-17, Most: 2e-17, MaxAbs: 3e-17}})
	if through.RTol != 0 || through.ATol != 6e-17 {
		t.Errorf("%+v", through)
	}
	for _, s := range noise {
		if !got.Close(s.Least, s.Most) && s.Where == "metric auc" {
			t.Errorf("%+v does not cover %+v", got, s)
		}
	}
}

// Whatever code holds, looking at it ends and claims only what stands there.
func FuzzCauses(f *testing.F) {
	f.Add("main.R", "set.seed(1)\nrnorm(3)\n", "a 2026-11-23", "b 2026-11-24")
	f.Add("x.py", "np.random.rand(\nrequests.get('x')", "1", "2")
	f.Fuzz(func(t *testing.T, path, text, a, b string) {
		c := printed(a, b)
		c.Metrics = []petri.MetricComparison{{Name: a, A: a, B: b, Verdict: petri.Different}}
		for _, cause := range explain.Causes(explain.Input{Comparison: c, Code: code(path, text)}) {
			if cause.Why == "" || cause.Cause == "" {
				t.Errorf("%+v", cause)
			}
		}
		for _, s := range explain.Widen(nil, c) {
			if math.IsNaN(s.MaxAbs) || math.IsInf(s.MaxAbs, 0) || math.IsInf(s.MaxRel, 0) || s.Least > s.Most {
				t.Errorf("%+v", s)
			}
		}
	})
}

// What would come without any change as well is told from what would not.
func TestChance(t *testing.T) {
	for cause, chance := range map[petri.CauseName]bool{
		petri.CauseEnvironment: false, petri.CauseCode: false, petri.CauseSettings: false, petri.CauseMachine: false, petri.CauseSelfChanged: false,
		petri.CauseSeed: true, petri.CauseTime: true, petri.CauseNetwork: true, petri.CauseThreads: true,
	} {
		got := explain.Chance([]petri.Cause{{Cause: petri.CauseEnvironment, Why: "another image"}, {Cause: cause, Why: "why"}})
		if (got == "why") != chance {
			t.Errorf("%s: %q", cause, got)
		}
	}
	if explain.Draws(code("main.R", "set.seed(1)\nsample(3)\n")) || !explain.Draws(code("main.R", "sample(3)\n")) || explain.Draws(nil) {
		t.Error("code that draws without a seed is not told from other code")
	}
}
