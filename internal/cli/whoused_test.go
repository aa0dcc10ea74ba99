package cli_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/petri-dev/petri/api"
)

// aPackageUse is an answer with something of everything.
func aPackageUse() api.PackageUse {
	old, recent := api.Package{Ecosystem: "python", Name: "scipy", Version: "1.7.3"}, api.Package{Ecosystem: "conda", Name: "scipy", Version: "1.6"}
	run := api.PackageRun{
		Ref: "me/p#7", Status: "failed", Environment: "me/r@3", Command: []string{"Rscript", "main.R"}, CreatedBy: "me", CreatedAt: at, Packages: []api.Package{old},
		ResultFiles: 2, Results: []api.Result{{FilePath: api.NewFilePath("out/a b.csv"), Change: "added", Bytes: 2048, Digest: digest}, {FilePath: api.NewFilePath("new\nline\x1b"), Change: "changed", Bytes: 3}},
	}
	none := run
	none.Ref, none.Status, none.Packages, none.ResultFiles, none.Results = "you/q#3", "succeeded", []api.Package{old, recent}, 0, []api.Result{}
	return api.PackageUse{
		Query: "scipy<1.8", Counts: api.PackageCount{Revisions: 2, Projects: 3, Runs: 14, ResultFiles: 61},
		Revisions: []api.PackageRevision{{Ref: "me/r@3", CreatedBy: "me", CreatedAt: at, Packages: []api.Package{old}}, {Ref: "me/r@2", CreatedBy: "me", CreatedAt: at, Packages: []api.Package{old}}},
		Projects:  []api.PackageProject{{Ref: "me/p", Runs: 12, ResultFiles: 60}, {Ref: "you/q", Runs: 1}}, Runs: []api.PackageRun{run, none}, Next: "you/q#3",
	}
}

func TestWhoUsed(t *testing.T) {
	whole, loaded, nothing := aPackageUse(), aPackageUse(), api.PackageUse{Query: "scipy>9", Revisions: []api.PackageRevision{}, Projects: []api.PackageProject{}, Runs: []api.PackageRun{}}
	loaded.Loaded, loaded.Unknown, loaded.Pending, loaded.Counts.Runs, loaded.Counts.Projects = true, 1, 2, 1, 1
	b := newBench(t)
	b.can(map[string]any{"GET /packages/who-used": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := whole
		switch q := r.URL.Query(); {
		case q.Get("loaded") == "true":
			answer = loaded
		case q.Get("q") == "scipy>9":
			answer = nothing
		case q.Get("q") == "scipy==1.7":
			answer.Counts = api.PackageCount{Revisions: 2}
			answer.Projects, answer.Runs, answer.Next = []api.PackageProject{}, []api.PackageRun{}, ""
		case q.Get("q") != "scipy<1.8" || q.Get("limit") != "20" && (q.Get("limit") != "2" || q.Get("before") != "me/p#9"):
			t.Errorf("asked for %s", q)
		}
		_ = json.NewEncoder(w).Encode(answer)
	})})
	for name, args := range map[string][]string{
		"who-used":         {"scipy<1.8"},
		"who-used-loaded":  {"scipy<1.8", "--loaded"},
		"who-used-nothing": {"scipy>9"},
		"who-used-unused":  {"scipy==1.7"},
	} {
		for _, form := range []string{"txt", "json"} {
			args := append([]string{"packages", "--who-used"}, args...)
			if form == "json" {
				args = append(args, "--json")
			}
			r := b.petri(args...)
			if r.code != 0 || r.stderr != "" {
				t.Errorf("petri %v: %+v", args, r)
			}
			golden(t, "output/"+name+"."+form, r.stdout)
		}
	}
	if r := b.petri("packages", "--who-used", "scipy<1.8", "--limit", "2", "--before", "me/p#9"); r.code != 0 {
		t.Errorf("%+v", r)
	}
}

func TestWhoUsedRefuses(t *testing.T) {
	b := newBench(t)
	for want, args := range map[string][]string{
		"without \"17\"":             {"17", "--who-used", "scipy"},
		"accepts 1 arg":              {},
		"[at who-used]":              {"--who-used", "scipy", "--at", "start"},
		"--limit is for --who-used":  {"17", "--limit", "3"},
		"--before is for --who-used": {"17", "--before", "3"},
	} {
		if r := b.petri(append([]string{"packages"}, args...)...); r.code == 0 || !strings.Contains(r.stderr, want) {
			t.Errorf("petri packages %v: %+v; want %q", args, r, want)
		}
	}
}
