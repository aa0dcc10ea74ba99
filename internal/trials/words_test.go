package trials_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/explain"
	"github.com/petri-dev/petri/internal/trials"
)

func TestPackageWords(t *testing.T) {
	named := explain.ImportsOf([]explain.Source{{Path: "main.R", Text: "library(survival)\n"}})
	change := func(ecosystem, name, a, b string, loaded bool) petri.PackageChange {
		return petri.PackageChange{Ecosystem: ecosystem, Name: name, A: a, B: b, Change: "changed", Loaded: loaded}
	}
	many := make([]petri.PackageChange, 30)
	for i := range many {
		many[i] = change("deb", "lib"+strings.Repeat("x", i), "1", "2", false)
	}
	for _, test := range []struct {
		name    string
		changes []petri.PackageChange
		want    string
	}{
		{"none", nil, ""},
		{"the loaded one alone", append([]petri.PackageChange{change("r", "stats", "4.0.4", "4.2.2", true)}, many...), "loaded packages that changed: stats 4.0.4 → 4.2.2"},
		{"what the code names, its like, R itself, the system's", []petri.PackageChange{
			change("deb", "r-base-core", "4.0.4-1", "4.2.2-1", true), change("r", "base", "4.0.4", "4.2.2", true), change("r", "lattice", "1.8", "1.9", true), change("r", "stats", "4.0.4", "4.2.2", true), change("r", "survival", "3.2", "3.5", true),
		}, "loaded packages that changed: survival 3.2 → 3.5; lattice 1.8 → 1.9; base, stats 4.0.4 → 4.2.2; r-base-core 4.0.4-1 → 4.2.2-1"},
		{"R itself, whatever comes before", []petri.PackageChange{
			change("r", "a", "1", "2", true), change("r", "b", "2", "3", true), change("r", "base", "4.0.4", "4.2.2", true), change("r", "c", "3", "4", true), change("r", "d", "4", "5", true), change("r", "methods", "4.0.4", "4.2.2", true), change("r", "stats", "4.0.4", "4.2.2", true), change("r", "utils", "4.0.4", "4.2.2", true),
		}, "loaded packages that changed: a 1 → 2; b 2 → 3; c 3 → 4; stats, base and 2 more parts of R 4.0.4 → 4.2.2; and 1 more"},
		{"many alike", []petri.PackageChange{
			change("deb", "a", "1", "2", true), change("deb", "b", "1", "2", true), change("deb", "c", "1", "2", true), change("deb", "d", "1", "2", true),
		}, "loaded packages that changed: a, b, c and 1 more 1 → 2"},
		{"too many versions", []petri.PackageChange{
			change("python", "a", "1", "2", true), change("python", "b", "2", "3", true), change("python", "c", "3", "4", true), change("python", "d", "", "5", true), change("python", "e", "5", "", true), change("python", "f", "6", "7", true),
		}, "loaded packages that changed: a 1 → 2; b 2 → 3; c 3 → 4; d 5 (added); and 2 more"},
		{"few, none loaded", []petri.PackageChange{change("deb", "libc6", "2.31", "2.36", false), change("deb", "gone", "1", "", false)}, "packages that changed, none known to be loaded: libc6 2.31 → 2.36; gone 1 (removed)"},
		{"many, none loaded", many, "30 packages changed, none of them known to be loaded"},
	} {
		if got := trials.PackageWords(test.changes, named); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestNoPackageWords(t *testing.T) {
	r := func(n int, change func(*petri.Definition)) petri.Revision {
		r := petri.Revision{Ref: petri.EnvironmentRef{Owner: "a", Name: "r", Revision: n}, Image: petri.Image{Digest: petri.DigestBytes([]byte{byte(n)})}}
		change(&r.Definition)
		return r
	}
	one := r(1, func(*petri.Definition) {})
	same := r(2, func(*petri.Definition) {})
	same.Image = one.Image
	for _, test := range []struct {
		b     petri.Revision
		facts []petri.FieldChange
		want  string
	}{
		{same, nil, ""},
		{same, []petri.FieldChange{{Field: "time_zone", A: "UTC", B: "Europe/Berlin"}}, "time zone UTC → Europe/Berlin"},
		{r(2, func(*petri.Definition) {}), nil, "no package differs; the images do: petri env diff a/r@1 a/r@2"},
		{r(2, func(d *petri.Definition) { d.Instructions = "RUN x" }), nil, "no package differs; the instructions do: petri env diff a/r@1 a/r@2"},
		{r(2, func(d *petri.Definition) { d.Base.Digest = "sha256:x" }), nil, "no package differs; the base does: petri env diff a/r@1 a/r@2"},
		{r(2, func(d *petri.Definition) {
			d.Instructions, d.Files, d.Variables = "RUN x", "sha256:x", map[string]string{"A": "1"}
		}), []petri.FieldChange{
			{Field: "cpu_flags", A: "a", B: "b"}, {Field: "libc", A: "glibc 1", B: "glibc 2"}, {Field: "locale", A: "C.UTF-8"}, {Field: "blas", A: "openblas 0.3", B: "blas 3.11"},
		}, "no package differs; blas openblas 0.3 → blas 3.11, locale C.UTF-8 → nothing; the instructions, the variables and the attached files do: petri env diff a/r@1 a/r@2"},
	} {
		if got := trials.NoPackageWords(one, test.b, trials.FactWords(test.facts)); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestChangedWords(t *testing.T) {
	file := func(path, summary string, v petri.Verdict) petri.FileComparison {
		return petri.FileComparison{Path: path, Summary: summary, Verdict: v}
	}
	for _, test := range []struct {
		name string
		c    petri.Comparison
		want string
	}{
		{"a file, none that is the same", petri.Comparison{Results: []petri.FileComparison{file("a.csv", "", petri.Same), file("b.csv", "p 0.043 → 0.022", petri.Different)}}, "b.csv: p 0.043 → 0.022"},
		{"many files", petri.Comparison{Results: []petri.FileComparison{file("a", "x", petri.Different), file("b", "y", petri.Different), file("c", "z", petri.Different), file("d", "z", petri.Different)}}, "a: x, b: y, 2 more files"},
		{"metrics", petri.Comparison{Metrics: []petri.MetricComparison{{Name: "auc", A: "0.910000001", B: "0.88", Verdict: petri.Different}, {Name: "n", A: "1", B: "1.1", Verdict: petri.WithinTolerance}, {Name: "new", B: "3", Verdict: petri.Different}}}, "metric auc 0.9100 → 0.88, metric new nothing → 3"},
		{"output", petri.Comparison{Stdout: petri.OutputComparison{Verdict: petri.Different, Added: 2, Removed: 1}}, "its output: 2 lines added, 1 removed"},
		{"nothing of these", petri.Comparison{Summary: "how they ended"}, "how they ended"},
		{"a long summary", petri.Comparison{Results: []petri.FileComparison{file("a", strings.Repeat("é", 500), petri.Different)}}, "a: " + strings.Repeat("é", 159) + "…"},
	} {
		if got := trials.ChangedWords(test.c); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestComplaint(t *testing.T) {
	for said, want := range map[string]string{
		"": "",
		"Loading required package: survival\nError in a && b : 'length = 2' in coercion to 'logical(1)'\nCalls: f -> g\nExecution halted\n":                     "Error in a && b : 'length = 2' in coercion to 'logical(1)'",
		"Error in if (x > 1) print(1) : \n  the condition has length > 1\nExecution halted\n":                                                                   "Error in if (x > 1) print(1) : the condition has length > 1",
		"Traceback (most recent call last):\n  File \"main.py\", line 3, in <module>\n    np.float\nAttributeError: module 'numpy' has no attribute 'float'.\n": "AttributeError: module 'numpy' has no attribute 'float'.",
		"Traceback (most recent call last):\n  File \"main.py\", line 8, in <module>\n    bmi.astype(np.float)\n             ^^^^^^^^\nAttributeError: module 'numpy' has no attribute 'float'.\n`np.float` was a deprecated alias for the builtin `float`.\n    https://numpy.org/devdocs/release/1.20.0-notes.html#deprecations. Did you mean: 'cfloat'?\n": "AttributeError: module 'numpy' has no attribute 'float'.",
		"Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\", line 3\nmodel.fit.Unhappy: no\nmore: of it\n":                                                                                              "model.fit.Unhappy: no",
		"Traceback (most recent call last):\n  File \"a.py\", line 1\nAssertionError\n":                                                    "AssertionError",
		"Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: handled\nBye\nsh: 3: nextstep: not found\n":              "sh: 3: nextstep: not found",
		"the stack above was cut off\nnumpy.linalg.LinAlgError: Singular matrix\nsecond line: of it\n":                                     "numpy.linalg.LinAlgError: Singular matrix",
		"  File \"a.py\", line 1\n    x = = 2\n        ^\nSyntaxError: invalid syntax\n":                                                   "SyntaxError: invalid syntax",
		"ValueError: Expected 2D array, got 1D array instead:\narray=[1. 2.].\nReshape your data.\n":                                       "ValueError: Expected 2D array, got 1D array instead: array=[1. 2.].",
		"Error in library(dplyr) : there is no package called 'dplyr'\nExecution halted\n":                                                 "Error in library(dplyr) : there is no package called 'dplyr'",
		"Error: object 'x' not found\nIn addition: Warning message:\nNAs introduced by coercion \nExecution halted\n":                      "Error: object 'x' not found",
		"Error in `mutate()`:\nℹ In argument: `y = x`.\nCaused by error:\n! object 'x' not found\nBacktrace:\n 1. f()\nExecution halted\n": "Caused by error: ! object 'x' not found",
		"Fatal: no space\nExecution halted\n": "Fatal: no space",
		"Execution halted\n":                  "",
		"ERROR: LoadError: UndefVarError: `x` not defined\nStacktrace:\n [1] top-level scope\nin expression starting at /project/a.jl:1\n": "ERROR: LoadError: UndefVarError: `x` not defined",
		"sh: 1: Rscrip: not found\nmoving on\n":                                              "sh: 1: Rscrip: not found",
		"main.sh: line 4: python: command not found\n":                                       "main.sh: line 4: python: command not found",
		"main.py: error: unrecognized arguments: --x\n":                                      "main.py: error: unrecognized arguments: --x",
		"file:///a.js:1\nTypeError: f is not a function\n    at g (a.js:1)\n\nNode.js v18\n": "TypeError: f is not a function",
		"\x1b no such file\r\n":                                                              "\x1b no such file",
		"a\xffb\n":                                                                           "a\uFFFDb",
	} {
		if got := trials.Complaint(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

func TestTrialVerdict(t *testing.T) {
	for _, test := range []struct {
		checks []petri.CheckVerdict
		want   petri.TrialVerdict
		says   string
	}{
		{nil, petri.TrialSafe, "a/r@2 is safe: nothing depends on a/r"},
		{[]petri.CheckVerdict{petri.CheckSame, petri.CheckTolerance, petri.CheckFixed, petri.CheckStillFailing}, petri.TrialSafe, "a/r@2 is safe: all 4 checks come out as good as in a/r@1"},
		{[]petri.CheckVerdict{petri.CheckSame, petri.CheckUnstable}, petri.TrialUnstable, "a/r@2 is not known to be safe: 1 of 2 checks cannot be judged"},
		{[]petri.CheckVerdict{petri.CheckTrouble}, petri.TrialUnstable, "a/r@2 is not known to be safe: its one check cannot be judged"},
		{[]petri.CheckVerdict{petri.CheckStopped, petri.CheckSame}, petri.TrialUnstable, "a/r@2 is not known to be safe: 1 of 2 checks cannot be judged"},
		{[]petri.CheckVerdict{petri.CheckChanged, petri.CheckUnstable}, petri.TrialChanges, "a/r@2 changes the results of 1 of 2 checks; 1 cannot be judged"},
		{[]petri.CheckVerdict{petri.CheckUnstable, petri.CheckChanged, petri.CheckRegressed}, petri.TrialBreaks, "a/r@2 breaks 1 and changes the results of 1 of 3 checks; 1 cannot be judged"},
		{[]petri.CheckVerdict{petri.CheckRegressed}, petri.TrialBreaks, "a/r@2 breaks its one check"},
	} {
		trial := petri.Trial{Candidate: petri.EnvironmentRef{Owner: "a", Name: "r", Revision: 2}, Control: petri.EnvironmentRef{Owner: "a", Name: "r", Revision: 1}}
		for _, v := range test.checks {
			trial.Checks = append(trial.Checks, petri.TrialCheck{Verdict: v})
		}
		if trial.Sentence() != "" {
			t.Error("a trial without a verdict says", trial.Sentence())
		}
		trial.Verdict = trials.TrialVerdict(trial.Checks)
		if trial.Verdict != test.want || trial.Sentence() != test.says {
			t.Errorf("%v: %s, %q, want %s, %q", test.checks, trial.Verdict, trial.Sentence(), test.want, test.says)
		}
	}
}

func TestSettle(t *testing.T) {
	same, other := petri.Comparison{Verdict: petri.Same}, petri.Comparison{Verdict: petri.Different}
	for _, test := range []struct {
		verdict petri.CheckVerdict
		again   petri.RunStatus
		c       petri.Comparison
		want    petri.CheckVerdict
	}{
		{petri.CheckChanged, petri.RunSucceeded, same, petri.CheckChanged},
		{petri.CheckChanged, petri.RunSucceeded, petri.Comparison{Verdict: petri.WithinTolerance}, petri.CheckChanged},
		{petri.CheckChanged, petri.RunSucceeded, other, petri.CheckUnstable},
		{petri.CheckChanged, petri.RunFailed, other, petri.CheckUnstable},
		{petri.CheckRegressed, petri.RunSucceeded, other, petri.CheckRegressed},
		{petri.CheckRegressed, petri.RunFailed, other, petri.CheckUnstable},
	} {
		if got := trials.Settle(test.verdict, petri.RunSucceeded, test.again, test.c); got != test.want {
			t.Errorf("%s, again %s, %s: %s, want %s", test.verdict, test.again, test.c.Verdict, got, test.want)
		}
	}
}

// Whatever a program says, one short line of it is kept.
func FuzzComplaint(f *testing.F) {
	for _, seed := range []string{"", "Error in f():\n  x\n", "Traceback\nKeyError: 1\n", "\xff\x00\r\n", strings.Repeat("Error ", 1000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, said string) {
		got := trials.Complaint(said)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n") || utf8.RuneCountInString(got) > 160 {
			t.Errorf("%q: %q", said, got)
		}
	})
}
