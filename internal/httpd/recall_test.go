package httpd_test

import (
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func TestWhoUsedRoundTrip(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	l.environment("r")
	ref, _ := l.project("churn", "r", map[string]string{"main.R": "1+1"})
	for n := range 3 {
		run, err := l.ada.CreateRun(ctx, ref, api.NewRun{Command: []string{"Rscript", "main.R"}, Title: "nightly"})
		l.must(err)
		changes := []petri.ResultChange{{Path: "gone", Change: "removed"}, {Path: "out/\xff", Change: "changed", Bytes: 3}}
		for range 30 * n {
			changes = append(changes, petri.ResultChange{Path: "out/a.csv", Change: "added", Bytes: 3})
		}
		l.carry(run.Ref).seal(n, map[string]string{"main.R": "1+1"}, changes...)
	}
	use, err := l.ada.WhoUsed(ctx, api.PackageQuestion{Query: " bash >= 5, <6", Limit: 2})
	l.must(err)
	if use.Query != "bash>=5,<6" || use.Loaded || use.Counts != (api.PackageCount{Revisions: 1, Projects: 1, Runs: 3, ResultFiles: 93}) || use.Pending != 0 {
		t.Fatalf("got %+v", use)
	}
	if len(use.Runs) != 2 || use.Next != "ada/churn#2" || use.Projects[0] != (api.PackageProject{Ref: "ada/churn", Runs: 3, ResultFiles: 93}) {
		t.Errorf("got %+v", use)
	}
	newest := use.Runs[0]
	if newest.Ref != "ada/churn#3" || newest.Status != "failed" || newest.Environment != "ada/r@1" || newest.Title != "nightly" || newest.ResultFiles != 61 ||
		len(newest.Results) != 20 || newest.Results[0].Name() != "out/\xff" || newest.Packages[0] != (api.Package{Ecosystem: "deb", Name: "bash", Version: "5.2"}) {
		t.Errorf("newest %+v", newest)
	}
	if r := use.Revisions[0]; r.Ref != "ada/r@1" || len(r.Packages) != 1 || r.CreatedBy != "ada" {
		t.Errorf("revision %+v", r)
	}
	use, err = l.ada.WhoUsed(ctx, api.PackageQuestion{Query: "bash", Before: petri.RunRef{Project: petri.ProjectRef{Name: "churn"}, Number: 2}})
	l.must(err)
	if len(use.Runs) != 1 || use.Runs[0].Ref != "ada/churn#1" || use.Next != "" || use.Counts.Runs != 3 {
		t.Errorf("older ones: %+v", use)
	}
	use, err = l.ada.WhoUsed(ctx, api.PackageQuestion{Query: "bash", Loaded: true})
	l.must(err)
	if !use.Loaded || use.Unknown != 3 || use.Counts.Runs != 0 || use.Runs == nil || use.Projects == nil {
		t.Errorf("loaded: %+v", use)
	}
	use, err = l.bob.WhoUsed(ctx, api.PackageQuestion{Query: "bash"})
	l.must(err)
	if use.Counts != (api.PackageCount{}) || use.Revisions == nil || len(use.Revisions) != 0 {
		t.Errorf("what bob may not see: %+v", use)
	}
	for query, says := range map[string]string{"": "is missing", " ": "no package named", "bash<": "no version after", "x:bash": "no ecosystem", strings.Repeat("b", 501): "at most 500"} {
		_, err := l.ada.WhoUsed(ctx, api.PackageQuestion{Query: query})
		l.wantKind(err, petri.Invalid, says)
	}
	_, err = l.bob.WhoUsed(ctx, api.PackageQuestion{Query: "bash", Before: petri.RunRef{Project: ref, Number: 1}})
	l.wantKind(err, petri.NotFound, "there is no project")
	_, err = l.ada.WhoUsed(ctx, api.PackageQuestion{Query: "bash", Before: petri.RunRef{Project: ref}})
	l.wantKind(err, petri.Invalid, "not a run reference")
}
