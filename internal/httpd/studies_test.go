package httpd_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/trials"
)

const oneCheck = "[[check]]\nname = \"sum\"\ncommand = \"sum\"\nresults = [\"out/*\"]\n"

// drive takes studies further until the test ends.
func (l *lab) drive() {
	l.Helper()
	driver := trials.New(trials.Config{DB: l.db, Blobs: l.blobs, Runs: l.runs, Envs: l.envs, Files: l.files, Now: time.Now})
	driver.Start()
	l.Cleanup(func() { _ = driver.Stop(l.Context()) })
}

var errSeen = errors.New("seen")

// rest follows a study to its rest; the test carries out each of its runs once, with that content.
func (l *lab) rest(study api.Study, content string) api.Study {
	l.Helper()
	done := map[string]bool{}
	for study.Status == "running" {
		var run string
		err := l.ada.WatchStudy(l.Context(), study.Ref, func(s api.Study) error {
			study = s
			for _, c := range s.Checks {
				run = *c.Run
				if c.Comparison != nil && s.Status == "running" {
					l.Errorf("%s is sent with its comparisons while it goes on", s.Ref)
				}
			}
			for _, r := range s.Reruns {
				run = r.Run
			}
			if run != "" && !done[run] {
				return errSeen
			}
			return nil
		})
		if !errors.Is(err, errSeen) {
			l.must(err)
			break
		}
		done[run] = true
		l.carry(run).seal(0, map[string]string{"petri.toml": oneCheck, "out/a.csv": content},
			petri.ResultChange{Path: "out/a.csv", Change: "added", Bytes: int64(len(content)), Digest: petri.DigestBytes([]byte(content))})
	}
	return study
}

func TestStudiesRoundTrip(t *testing.T) {
	l := newLab(t)
	l.drive()
	ctx := t.Context()
	l.environment("r")
	ref, commit := l.project("churn", "r", map[string]string{"petri.toml": oneCheck})
	started, err := l.ada.StartChecks(ctx, ref, api.NewChecks{Origin: "cli"})
	l.must(err)
	if started.Ref != "check-1" || started.Status != "running" || started.Project != "ada/churn" || started.Commit != commit.ID || started.Environment != "ada/r@1" || len(started.Checks) != 1 || started.Reruns != nil {
		t.Fatalf("started %+v", started)
	}
	first := l.rest(started, "x\n1\n")
	if c := first.Checks[0]; first.Status != "done" || first.Verdict != "same" || c.Verdict != "baseline" || *c.Run != "ada/churn#1" || *c.Status != "succeeded" || c.Seconds != 1 || c.ControlRun != nil || first.FinishedAt == nil {
		t.Fatalf("first %+v", first)
	}
	run, err := l.ada.Run(ctx, petri.RunRef{Project: ref, Number: 1})
	l.must(err)
	if run.Check != "sum" || run.Origin != "cli" || run.Title != "check sum" {
		t.Errorf("run %+v", run)
	}
	second, err := l.ada.StartChecks(ctx, ref, api.NewChecks{Names: []string{"sum"}, Commit: "head", Environment: "r@1"})
	l.must(err)
	second = l.rest(second, "x\n2\n")
	if c := second.Checks[0]; second.Verdict != "different" || c.Verdict != "changed" || *c.Baseline != "ada/churn#1" || c.Comparison == nil || len(c.Comparison.Results) != 1 {
		t.Fatalf("second %+v", second)
	}
	declared, err := l.ada.Checks(ctx, ref)
	l.must(err)
	if len(declared) != 1 || declared[0].Baseline.Run != "ada/churn#1" || declared[0].Verdict != "changed" || declared[0].Study != "check-2" || declared[0].Results[0] != "out/*" {
		t.Errorf("declared %+v", declared)
	}
	accepted, err := l.ada.AcceptBaseline(ctx, ref, "sum", api.AcceptBaseline{Run: "2", Note: "new data"})
	l.must(err)
	history, err := l.ada.Baselines(ctx, ref, "sum")
	l.must(err)
	if len(history) != 2 || history[0] != accepted || accepted.Run != "ada/churn#2" || accepted.AcceptedBy != "ada" || accepted.Note != "new data" {
		t.Errorf("history %+v", history)
	}
	_, err = l.ada.AcceptBaseline(ctx, ref, "sum", api.AcceptBaseline{Run: "2", Note: "again"})
	l.wantKind(err, petri.Conflict, "is the baseline of check sum already")
	_, err = l.ada.ResumeStudy(ctx, "check-1")
	l.wantKind(err, petri.Conflict, "check-1 is done")
	_, err = l.ada.StopStudy(ctx, "check-1")
	l.wantKind(err, petri.Conflict, "has ended")
}

func TestReproductionsRoundTrip(t *testing.T) {
	l := newLab(t)
	l.drive()
	ctx := t.Context()
	l.environment("r")
	ref, _ := l.project("churn", "r", map[string]string{"petri.toml": "project = \"churn\"\n"})
	made, err := l.ada.CreateRun(ctx, ref, api.NewRun{Command: []string{"true"}})
	l.must(err)
	l.carry(made.Ref).seal(0, map[string]string{"out/a.csv": "x\n1\n"}, petri.ResultChange{Path: "out/a.csv", Change: "added", Bytes: 4, Digest: petri.DigestBytes([]byte("x\n1\n"))})
	run := petri.RunRef{Project: ref, Number: made.Number}
	none, err := l.ada.Reproductions(ctx, run)
	l.must(err)
	if none.Times != 0 || none.Studies == nil || none.LastAt != nil {
		t.Errorf("none %+v", none)
	}
	study, err := l.ada.Reproduce(ctx, run, api.NewReproduction{})
	l.must(err)
	study = l.rest(study, "x\n1\n")
	if study.Ref != "reproduction-1" || study.Verdict != "same" || study.Run != "ada/churn#1" || len(study.Reruns) != 1 || study.Reruns[0].Run != "ada/churn#2" || study.Checks != nil || study.Noise == nil || study.Suggestion != nil {
		t.Fatalf("%+v", study)
	}
	rtol := 1.0
	study, err = l.ada.Reproduce(ctx, run, api.NewReproduction{Times: 1, Rules: &api.CompareRules{RTol: &rtol}})
	l.must(err)
	study = l.rest(study, "x\n1.5\n")
	if study.Verdict != "tolerance" || *study.Rules.RTol != 1 || len(study.Noise) != 1 || study.Suggestion == nil || study.Suggestion.RTol == 0 {
		t.Fatalf("%+v", study)
	}
	known, err := l.ada.Reproductions(ctx, run)
	l.must(err)
	if known.Times != 2 || known.Reproduced != 2 || known.LastAt == nil || len(known.Studies) != 2 || known.Studies[0].Ref != "reproduction-2" {
		t.Errorf("%+v", known)
	}
}

// A stranger is told of no study, in the words for one that is not there.
func TestStudiesOfOthers(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	l.environment("r")
	ref, _ := l.project("churn", "r", map[string]string{"petri.toml": oneCheck})
	_, err := l.ada.StartChecks(ctx, ref, api.NewChecks{})
	l.must(err)
	for name, ask := range map[string]func(*api.Client, string) error{
		"get": func(c *api.Client, ref string) error { _, err := c.Study(ctx, ref); return err },
		"watch": func(c *api.Client, ref string) error {
			return c.WatchStudy(ctx, ref, func(api.Study) error { return nil })
		},
		"stop":   func(c *api.Client, ref string) error { _, err := c.StopStudy(ctx, ref); return err },
		"resume": func(c *api.Client, ref string) error { _, err := c.ResumeStudy(ctx, ref); return err },
	} {
		hidden, absent := ask(l.bob, "check-1"), ask(l.bob, "check-2")
		if petri.KindOf(hidden) != petri.NotFound || petri.MessageOf(hidden) != strings.ReplaceAll(petri.MessageOf(absent), "check-2", "check-1") {
			t.Errorf("%s: %v against %v", name, hidden, absent)
		}
		l.wantKind(ask(l.ada, "trial-1"), petri.NotFound, "there is no trial-1")
		for _, ref := range []string{"1", "check", "check-", "check-0", "check-x", "moon-1", "check-99999999999"} {
			l.wantKind(ask(l.ada, ref), petri.Invalid, "is no ")
		}
	}
	visible := "everyone"
	_, err = l.ada.EditProject(ctx, ref, api.EditProject{Visibility: &visible})
	l.must(err)
	if _, err := l.bob.Study(ctx, "check-1"); err != nil {
		t.Error(err)
	}
	_, err = l.bob.StopStudy(ctx, "check-1")
	l.wantKind(err, petri.Denied, "only ada, who owns check-1")
	_, err = l.bob.StartChecks(ctx, ref, api.NewChecks{})
	l.wantKind(err, petri.Denied, "only ada")
	_, err = l.bob.AcceptBaseline(ctx, ref, "sum", api.AcceptBaseline{Note: "x"})
	l.wantKind(err, petri.Denied, "only ada")
	_, err = l.bob.Reproduce(ctx, petri.RunRef{Project: ref, Number: 1}, api.NewReproduction{})
	l.wantKind(err, petri.Denied, "only ada")
	if _, err := l.bob.Checks(ctx, ref); err != nil {
		t.Error(err)
	}
}

func TestWrongStudiesAreRefused(t *testing.T) {
	l := newLab(t)
	l.environment("r")
	l.project("churn", "r", map[string]string{"petri.toml": oneCheck})
	for _, c := range []struct{ request, body, words string }{
		{"POST projects/ada/churn/checks", `{"names":["none"]}`, `there is no check "none"`},
		{"POST projects/ada/churn/checks", `{"names":7}`, "names"},
		{"POST projects/ada/churn/checks", `{"colour":7}`, "colour"},
		{"POST projects/ada/churn/checks", `{"environment":"a b"}`, "a b"},
		{"POST projects/ada/churn/checks", `{"baseline":"x"}`, "is not a run reference"},
		{"POST projects/ada/churn/checks", `{"baseline":"7"}`, "there is no run ada/churn#7"},
		{"POST projects/ada/churn/checks/sum/accept", `{}`, "only with a note"},
		{"POST projects/ada/churn/checks/sum/accept", `{"note":"x"}`, "has no result yet"},
		{"POST projects/ada/churn/checks/a%20b/accept", `{"note":"x"}`, "cannot name a check"},
		{"GET projects/ada/churn/checks/a%20b/baselines", ``, "cannot name a check"},
		{"POST projects/ada/churn/runs/9/reproductions", `{}`, "there is no run ada/churn#9"},
		{"POST projects/ada/churn/runs/9/reproductions", `{"times":1000}`, "ask for 1 to 100"},
		{"POST projects/ada/churn/runs/9/reproductions", `{"rules":{"stdout":"loud"}}`, "stdout"},
		{"GET projects/ada/churn/runs/9/reproductions", ``, "there is no run ada/churn#9"},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		resp, body := l.request(method, "/api/v1/"+path, l.token, c.body)
		if resp.StatusCode < 400 || resp.StatusCode > 422 || !strings.Contains(strings.ReplaceAll(body, `\"`, `"`), c.words) {
			t.Errorf("%s %s: %d %s", c.request, c.body, resp.StatusCode, body)
		}
	}
}
