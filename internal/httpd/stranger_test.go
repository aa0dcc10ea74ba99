package httpd_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/store"
)

// Whatever bob asks about the checks, baselines, reproductions, trials, bisections, comparisons and
// packages of ada's that he may not see, he is answered as if they were not there.
func TestStrangerLearnsNothing(t *testing.T) {
	l := newLab(t)
	l.drive()
	ctx := t.Context()
	ref := l.twoRevisions(l.ada, "private")
	project, _ := l.project("churn", "r", map[string]string{"petri.toml": oneCheck})
	study, err := l.ada.StartChecks(ctx, project, api.NewChecks{})
	l.must(err)
	l.rest(study, "x\n1\n")
	_, err = l.ada.Reproduce(ctx, petri.RunRef{Project: project, Number: 1}, api.NewReproduction{})
	l.must(err)
	trial, err := l.ada.StartTrial(ctx, ref.At(2), api.NewTrial{})
	l.must(err)
	l.carryTrial(trial, func(string) string { return "x\n1\n" })

	own, err := l.bob.CreateEnvironment(ctx, api.CreateEnvironment{Name: "mine", NewRevision: api.NewRevision{Base: &api.Base{Kind: "image", Ref: "debian:12"}}})
	l.must(err)
	for _, c := range []struct{ request, body string }{
		{"GET projects/ada/churn/checks", ""},
		{"POST projects/ada/churn/checks", "{}"},
		{"POST projects/ada/churn/checks", `{"names":["none"]}`},
		{"POST projects/ada/churn/checks", `{"baseline":"1"}`},
		{"GET projects/ada/churn/checks/sum/baselines", ""},
		{"GET projects/ada/churn/checks/none/baselines", ""},
		{"POST projects/ada/churn/checks/sum/accept", `{"note":"x"}`},
		{"GET projects/ada/churn/runs/1/reproductions", ""},
		{"GET projects/ada/churn/runs/99/reproductions", ""},
		{"POST projects/ada/churn/runs/1/reproductions", "{}"},
		{"POST projects/ada/churn/runs/1/reproductions", `{"times":100000}`},
		{"GET projects/ada/churn/runs/1/facts", ""},
		{"GET environments/ada/r/trials", ""},
		{"GET environments/ada/r/trials?candidate=2", ""},
		{"POST environments/ada/r/revisions/2/trials", "{}"},
		{"POST environments/ada/r/revisions/2/trials", `{"projects":["ada/churn"]}`},
		{"POST environments/ada/r/bisections", `{"project":"ada/churn","check":"sum","good":1,"bad":2}`},
		{"POST environments/" + own.Ref + "/bisections", `{"project":"ada/churn","check":"sum","good":1,"bad":2}`},
		{"POST environments/" + own.Ref + "/revisions/1/trials", `{"projects":["ada/churn"]}`},
		{"GET environments/ada/r/revisions/1/facts", ""},
		{"GET compare?a=ada/churn%231&b=ada/churn%232", ""},
		{"GET compare/picture?a=ada/churn%231&b=ada/churn%232&path=out/a.csv", ""},
		{"GET packages/who-used?q=bash&before=ada/churn%232", ""},
	} {
		ask := func(project, env string) (int, string) {
			method, path, _ := strings.Cut(c.request, " ")
			rename := strings.NewReplacer("ada/churn", "ada/"+project, "ada/r/", "ada/"+env+"/")
			resp, body := l.request(method, "/api/v1/"+rename.Replace(path), l.bobToken, rename.Replace(c.body))
			body = regexp.MustCompile(`"request_id":"[^"]*"`).ReplaceAllString(body, "")
			return resp.StatusCode, strings.NewReplacer("ada/"+project, "PROJECT", "ada/"+env, "ENV").Replace(body)
		}
		hidden, said := ask("churn", "r")
		absent, saidOfNone := ask("other", "q")
		if hidden != absent || said != saidOfNone || hidden < 400 {
			t.Errorf("%s %s: %d %s\nagainst %d %s", c.request, c.body, hidden, said, absent, saidOfNone)
		}
	}
	use, err := l.bob.WhoUsed(ctx, api.PackageQuestion{Query: "bash"})
	l.must(err)
	if use.Counts != (api.PackageCount{}) || len(use.Revisions)+len(use.Projects)+len(use.Runs) > 0 {
		t.Errorf("bob learns who used bash: %+v", use)
	}
	if use, err = l.ada.WhoUsed(ctx, api.PackageQuestion{Query: "bash"}); err != nil || use.Counts.Revisions == 0 {
		t.Errorf("ada learns %+v (%v)", use, err)
	}
}

// Why Petri could not end a trial may name what belongs to a project that not everybody may see.
func TestStrangerIsNotToldWhyATrialFailed(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	ref := l.twoRevisions(l.bob, "everyone")
	l.project("churn", ref.String(), map[string]string{"petri.toml": oneCheck})
	trial, err := l.bob.StartTrial(ctx, ref.At(2), api.NewTrial{})
	l.must(err)
	l.must(l.db.Update(ctx, func(tx *store.Tx) error {
		study, err := tx.Studies().ByID(1)
		if err != nil {
			return err
		}
		study.Status, study.Error = petri.StudyError, "compare ada/churn#2 with ada/churn#1: out/secret.csv is not there"
		return tx.Studies().Save(&study)
	}))
	seen, err := l.bob.Study(ctx, trial.Ref)
	l.must(err)
	if seen.Error == "" || strings.Contains(seen.Error, "churn") {
		t.Errorf("bob is told %q", seen.Error)
	}
	if seen, err = l.ada.Study(ctx, trial.Ref); err != nil || !strings.Contains(seen.Error, "secret.csv") {
		t.Errorf("ada is told %q (%v)", seen.Error, err)
	}
}
