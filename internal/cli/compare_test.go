package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/petri-dev/petri/api"
)

func number(n float64) *float64 { return &n }

// aComparison has something of everything.
func aComparison() api.Comparison {
	c := api.Comparison{
		Verdict: "different", A: "me/p#7", B: "me/p#8",
		Summary: `the run now fails with exit code 1; metric auc: 0.5 → 0.625; out/fit.csv: 3 of 1,200 cells differ, most in column "se": 0.1 → 0.2 (row 7) and 3 more files. Packages differ: survival 3.2-7 → 3.5-3 (loaded) and 14 more`,
		Settings: []api.FieldChange{
			{Field: "environment", A: "me/r@2", B: "me/r@3"}, {Field: "variables.SEED", A: "", B: "7"},
			{Field: "status", A: "succeeded", B: "failed"}, {Field: "exit_code", A: "0", B: "1"},
		},
		Facts:    []api.FieldChange{{Field: "blas", A: "reference 3.9.0", B: "openblas 0.3.21"}, {Field: "cpu_flags", A: strings.Repeat("sse ", 40) + "avx512f", B: strings.Repeat("sse ", 40)}},
		Code:     []api.PathChange{{FilePath: api.NewFilePath("main.R"), Change: "changed", Hunks: "--- a/main.R\n+++ b/main.R\n@@ -1,2 +1,2 @@\n library(survival)\n-x <- 1\n+x <- 2\n"}, {FilePath: api.NewFilePath("new\nname.R"), Change: "added"}},
		Packages: []api.PackageChange{{Ecosystem: "r", Name: "survival", A: "3.2-7", B: "3.5-3", Change: "changed", Direction: "upgrade", Loaded: true}, {Ecosystem: "r", Name: "Matrix", A: "1.6-0", B: "1.5-4", Change: "changed", Direction: "downgrade", Loaded: true}},
		Metrics:  []api.MetricChange{{Name: "auc", A: "0.5", B: "0.625", Delta: number(0.125), Verdict: "different"}, {Name: "loss", A: "1", B: "0.99999999", Delta: number(-1e-8), Verdict: "tolerance"}, {Name: "model", A: "glm", B: "", Verdict: "different"}},
		Results: []api.ResultChange{
			{
				FilePath: api.NewFilePath("out/fit.csv"), Verdict: "different", Kind: "table", Summary: `3 of 1,200 cells differ, most in column "se": 0.1 → 0.2 (row 7)`, MaxAbs: number(0.1), MaxRel: number(0.5),
				Columns: []api.ColumnComparison{{Name: "se", Verdict: "different", Cells: 400, Differing: 2, Beyond: 1, MaxAbs: number(0.1), MaxRel: number(0.5)}, {Name: "note", Verdict: "different", Cells: 400, Differing: 1, Beyond: 1}},
				Cells:   []api.CellChange{{Where: `row 7, column "se"`, A: "0.1", B: "0.2", Abs: number(0.1), Rel: number(0.5)}, {Where: `row 9, column "note"`, A: "", B: "x"}},
			},
			{FilePath: api.NewFilePath("out/log.txt"), Verdict: "different", Kind: "text", Summary: "1 line added, 1 removed", Hunks: "--- a/out/log.txt\n+++ b/out/log.txt\n@@ -1 +1 @@\n-one\n+two\n"},
			{FilePath: api.NewFilePath("out/plot.png"), Verdict: "different", Kind: "image", Summary: "12 of 2,400 pixels differ (0.5 %), by up to 255 of 255, between (0, 3) and (4, 5)", Picture: true, MaxAbs: number(255)},
			{FilePath: api.NewFilePath("out/report.pdf"), Verdict: "same", Kind: "pdf", Summary: "the pages are the same; only dates differ", Volatile: true},
			{FilePath: api.NewFilePath("out/same.csv"), Verdict: "same"},
			{FilePath: api.NewFilePath("out/x.npy"), Verdict: "tolerance", Kind: "array", Summary: "3 of 10 numbers differ, all within tolerance", MaxAbs: number(1e-9)},
		},
		Stdout: api.OutputChange{Verdict: "different", Added: 1, Removed: 2, Ignored: 4, Hunks: "--- a/stdout\n+++ b/stdout\n@@ -1,2 +1 @@\n-one\n-two\n+three\n"},
	}
	for i := range 13 {
		c.Packages = append(c.Packages, api.PackageChange{Ecosystem: "deb", Name: fmt.Sprintf("lib%02d", i), B: "1", Change: "added"})
	}
	return c
}

func TestCompareAsksAsTold(t *testing.T) {
	b := newBench(t)
	b.write("petri.toml", "project = \"me/p\"\n")
	var asked string
	known := answers()
	known["GET /compare"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Query().Encode()
		_ = json.NewEncoder(w).Encode(api.Comparison{Verdict: "tolerance", A: "me/p#7", B: "me/p#8", Summary: "metric auc: 1 → 1.1 (within tolerance). Code, packages and settings are the same"})
	})
	b.can(known)
	for _, test := range []struct{ flags, asked string }{
		{"", "a=me%2Fp%237&b=me%2Fp%238"},
		{"--rtol 1e-6 --atol 0 --key id --key day --result out/*.csv --ignore *.log --stdout ignore", "a=me%2Fp%237&atol=0&b=me%2Fp%238&ignore=%2A.log&key=id&key=day&result=out%2F%2A.csv&rtol=1e-06&stdout=ignore"},
	} {
		r := b.petri(append([]string{"compare", "7", "8"}, strings.Fields(test.flags)...)...)
		if r.code != 0 || asked != test.asked || !strings.HasPrefix(r.stdout, "me/p#7 and me/p#8: same within tolerance\nmetric auc: 1 → 1.1 (within tolerance).\nCode,") {
			t.Errorf("%s: asked %s; %+v", test.flags, asked, r)
		}
	}
	if r := b.petri("compare", "7", "8", "--rtol", "much"); r.code != 2 || !strings.Contains(r.stderr, "a number") {
		t.Errorf("%+v", r)
	}
}

func TestComparePictures(t *testing.T) {
	b := newBench(t)
	b.write("petri.toml", "project = \"me/p\"\n")
	known := answers()
	known["GET /compare/picture"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("picture of " + r.URL.Query().Get("path")))
	})
	b.can(known)
	r := b.petri("compare", "7", "8", "--pictures", "drawn")
	if r.code != 1 || !strings.Contains(r.stdout, "picture of the difference: drawn/out/plot.png.difference.png") {
		t.Errorf("%+v", r)
	}
	if got, err := os.ReadFile("drawn/out/plot.png.difference.png"); err != nil || string(got) != "picture of out/plot.png" {
		t.Errorf("%s, %v", got, err)
	}
	evil := aComparison()
	evil.Results[2].FilePath = api.NewFilePath("../../plot.png")
	known["GET /compare"] = evil
	if r := b.petri("compare", "7", "8", "--pictures", "drawn"); r.code != 2 || !strings.Contains(r.stderr, "outside of the project") {
		t.Errorf("%+v", r)
	}
}

// TestHostileComparison: what strangers' programs wrote does a terminal no harm.
func TestHostileComparison(t *testing.T) {
	const escape = "\x1b]0;mine\x07\u202e\u009b31m"
	b := newBench(t)
	b.write("petri.toml", "project = \"me/p\"\n")
	known := answers()
	known["GET /compare"] = api.Comparison{
		Verdict: "different", A: "me/p#7", B: "me/p#8", Summary: "out/" + escape + " differs. So it is.",
		Results: []api.ResultChange{{
			FilePath: api.NewFilePath(escape), Verdict: "different", Summary: escape,
			Hunks: "--- a\n+++ b\n@@ -1 +1 @@\n-\ta\n+" + escape + "\n", Cells: []api.CellChange{{Where: escape, A: escape, B: "1"}},
		}},
		Stdout: api.OutputChange{Verdict: "different", Hunks: "@@ -1 +1 @@\n+" + escape + "\n"},
	}
	b.can(known)
	r := b.petri("compare", "7", "8", "--diff", "--all")
	if strings.ContainsAny(r.stdout, "\x1b\x07\u202e\u009b") || !strings.Contains(r.stdout, "-\ta\n") {
		t.Errorf("it prints %q", r.stdout)
	}
}
