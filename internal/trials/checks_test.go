package trials_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/trials"
)

const twoChecks = "[[check]]\nname = \"sum\"\ncommand = \"sum\"\nresults = [\"out/*\"]\n\n[[check]]\nname = \"mean\"\ncommand = \"mean\"\nrtol = 1e-3\n"

// checked calls the checks and takes them to their rest.
func (w *team) checked(want trials.CheckRequest) petri.Study {
	w.Helper()
	want.Project = petri.ProjectRef{Owner: "alice", Name: "p"}
	study, err := w.StartChecks(ctx, w.alice, want)
	w.must(err)
	study = w.settled(study.ID)
	if study.Status != petri.StudyDone {
		w.Fatalf("%s is %s: %s", study.Ref(), study.Status, study.Error)
	}
	return study
}

// told is the verdicts in a word each, with the run that each was compared with.
func told(study petri.Study) string {
	var parts []string
	for _, c := range study.Checks.Checks {
		parts = append(parts, fmt.Sprintf("%s %s %d", c.Check.Name, c.Verdict, c.Baseline.Number))
	}
	return strings.Join(parts, ", ")
}

func (w *team) told(study petri.Study, want string) {
	w.Helper()
	if got := told(study); got != want {
		w.Errorf("%s: got %s, want %s (%s)", study.Ref(), got, want, study.Checks.Checks[0].Summary)
	}
}

// A first result becomes the baseline, and the later ones are compared with it, whatever changes;
// the server is killed before every step, and no check ever runs twice for that.
func TestChecks(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "p", "r", twoChecks)
	content, exit := "x\n1\n", 0
	w.acts = func(petri.Run, int) act {
		a := act{exit: exit, files: map[string]string{}}
		if content != "" {
			a.files["out/a.csv"] = content
		}
		return a
	}
	w.told(w.checked(trials.CheckRequest{}), "sum baseline 0, mean baseline 0")
	if n := w.runCount(); n != 2 {
		t.Errorf("%d runs of 2 checks", n)
	}
	second := w.checked(trials.CheckRequest{})
	w.told(second, "sum same 1, mean same 2")
	if second.Verdict != "same" || second.FinishedAt.IsZero() || w.runCount() != 4 {
		t.Errorf("%+v, %d runs", second, w.runCount())
	}
	content = "x\n1.0001\n"
	third := w.checked(trials.CheckRequest{})
	w.told(third, "sum changed 1, mean tolerance 2")
	if c := third.Checks.Checks[0]; third.Verdict != "different" || c.Comparison == nil || c.Summary == "" {
		t.Errorf("%+v", c)
	}
	exit = 3
	failed := w.checked(trials.CheckRequest{Names: []string{"mean", "mean"}})
	w.told(failed, "mean regressed 2")
	if got := failed.Checks.Checks[0].Summary; got != "it failed with exit code 3" {
		t.Error(got)
	}
	accepted, err := w.Accept(ctx, w.alice, trials.Acceptance{Project: second.Checks.Project, Check: "mean", Note: "it is to fail"})
	w.must(err)
	if accepted.Run != failed.Checks.Checks[0].Run.Ref || accepted.AcceptedBy != "alice" || accepted.AcceptedAt.IsZero() {
		t.Errorf("%+v", accepted)
	}
	w.told(w.checked(trials.CheckRequest{Names: []string{"mean"}}), "mean still-failing 7")
	exit, content = 0, ""
	w.told(w.checked(trials.CheckRequest{}), "sum changed 1, mean fixed 7")
	content = "x\n1\n"
	w.told(w.checked(trials.CheckRequest{Names: []string{"mean"}, Baseline: second.Checks.Checks[1].Run.Ref}), "mean same 4")
	history, err := w.Baselines(ctx, w.alice, second.Checks.Project, "mean")
	w.must(err)
	if len(history) != 2 || history[0].Note != "it is to fail" || history[1].Note != "the first result" {
		t.Errorf("%+v", history)
	}
}

// What cannot be judged is trouble, never the same, and leaves no baseline.
func TestChecksInTrouble(t *testing.T) {
	cases := map[string]struct {
		act     act
		verdict petri.CheckVerdict
		says    string
	}{
		"its files match nothing": {act{}, petri.CheckTrouble, `its files match nothing: no run left a file that matches ["out/*"]`},
		"it failed":               {act{exit: 1, files: map[string]string{"out/a": "1"}}, petri.CheckTrouble, "a result that failed does not become one"},
		"Petri failed":            {act{fails: "the disk is gone"}, petri.CheckTrouble, "did not come to an end: the disk is gone"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newTeam(t)
			w.revision("r", petri.BuildReady, petri.Base{})
			p := w.project("alice", "p", "r", oneCheck)
			w.acts = func(petri.Run, int) act { return c.act }
			study := w.checked(trials.CheckRequest{})
			if got := study.Checks.Checks[0]; got.Verdict != c.verdict || !strings.Contains(got.Summary, c.says) || study.Verdict != "different" {
				t.Errorf("%s %s: %s", study.Verdict, got.Verdict, got.Summary)
			}
			if history, err := w.Baselines(ctx, w.alice, p.Ref(), "sum"); err != nil || len(history) != 0 {
				t.Errorf("%v %v", history, err)
			}
		})
	}
}

// A stopped call keeps what it knows, and resumed it makes only what is missing.
func TestChecksStopAndResume(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "p", "r", twoChecks)
	study, err := w.StartChecks(ctx, w.alice, trials.CheckRequest{Project: petri.ProjectRef{Owner: "alice", Name: "p"}})
	w.must(err)
	w.must(w.Round(ctx))
	w.work(1)
	w.must(w.Round(ctx))
	_, err = w.StopStudy(ctx, w.bob, petri.StudyChecks, study.ID)
	w.refused(err, petri.NotFound, "there is no check-1")
	_, err = w.StopStudy(ctx, w.alice, petri.StudyTrial, study.ID)
	w.refused(err, petri.NotFound, "there is no trial-1")
	for range 2 {
		_, err = w.StopStudy(ctx, w.alice, petri.StudyChecks, study.ID)
		w.must(err)
	}
	_, err = w.Resume(ctx, w.alice, petri.StudyChecks, study.ID)
	w.refused(err, petri.Conflict, "still being stopped")
	stopped := w.settled(study.ID)
	if stopped.Status != petri.StudyStopped || stopped.StopRequestedBy != "alice" || stopped.Checks.Checks[0].Verdict != petri.CheckBaseline || stopped.Checks.Checks[1].Run.Status != petri.RunStopped {
		t.Fatalf("%+v", stopped)
	}
	_, err = w.StopStudy(ctx, w.alice, petri.StudyChecks, study.ID)
	w.refused(err, petri.Conflict, "has ended already")
	_, err = w.Resume(ctx, w.alice, petri.StudyChecks, study.ID)
	w.must(err)
	done := w.settled(study.ID)
	w.told(done, "sum baseline 0, mean baseline 0")
	if done.Status != petri.StudyDone || w.runCount() != 3 {
		t.Errorf("%s, %d runs", done.Status, w.runCount())
	}
	_, err = w.Resume(ctx, w.alice, petri.StudyChecks, study.ID)
	w.refused(err, petri.Conflict, "is done")
}

func TestChecksAreRefused(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "p", "r", twoChecks)
	w.project("alice", "empty", "r", "")
	w.project("alice", "broken", "r", "colour = 1")
	w.project("alice", "none", "r", "project = \"none\"")
	w.project("alice", "huge", "r", "[[check]]\nname = \"c\"\ncommand = \"c\"\nmemory = \"900g\"")
	p := petri.ProjectRef{Owner: "alice", Name: "p"}
	run, err := w.runs.Get(ctx, w.alice, petri.RunRef{Project: p, Number: 1})
	w.refused(err, petri.NotFound, "alice/p#1")
	cases := []struct {
		name string
		want trials.CheckRequest
		kind petri.Kind
		says string
	}{
		{"p", trials.CheckRequest{Names: []string{"sum", "none"}}, petri.NotFound, `there is no check "none" in petri.toml; there are: sum, mean`},
		{"p", trials.CheckRequest{Commit: "0000"}, petri.NotFound, "0000"},
		{"p", trials.CheckRequest{Environment: envRef("other")}, petri.NotFound, "there is no environment alice/other"},
		{"p", trials.CheckRequest{Environment: envRef("r@7")}, petri.NotFound, "there is no revision alice/r@7"},
		{"p", trials.CheckRequest{Baseline: petri.RunRef{Project: p, Number: 1}}, petri.Invalid, "name the one"},
		{"p", trials.CheckRequest{Names: []string{"sum"}, Baseline: petri.RunRef{Project: p, Number: 1}}, petri.NotFound, "there is no run alice/p#1"},
		{"p", trials.CheckRequest{Names: []string{"sum"}, Baseline: petri.RunRef{Project: petri.ProjectRef{Owner: "bob", Name: "q"}, Number: 1}}, petri.Invalid, "is not a run of project alice/p"},
		{"p", trials.CheckRequest{Origin: "moon"}, petri.Invalid, "is not an origin"},
		{"empty", trials.CheckRequest{}, petri.Conflict, "has no commit yet"},
		{"broken", trials.CheckRequest{}, petri.Invalid, `petri.toml, line 1: Petri knows no setting "colour"`},
		{"none", trials.CheckRequest{}, petri.Conflict, "declares no checks"},
		{"huge", trials.CheckRequest{}, petri.Invalid, "check c: the run asks for 900 GiB of memory"},
		{"missing", trials.CheckRequest{}, petri.NotFound, "there is no project alice/missing"},
	}
	for _, c := range cases {
		c.want.Project = petri.ProjectRef{Owner: "alice", Name: c.name}
		_, err := w.StartChecks(ctx, w.alice, c.want)
		w.refused(err, c.kind, c.says)
	}
	_, err = w.StartChecks(ctx, w.bob, trials.CheckRequest{Project: p})
	w.refused(err, petri.NotFound, "there is no project alice/p")
	for _, a := range []struct {
		a    trials.Acceptance
		kind petri.Kind
		says string
	}{
		{trials.Acceptance{Check: "sum", Note: " "}, petri.Invalid, "only with a note"},
		{trials.Acceptance{Check: "sum", Note: strings.Repeat("x", 5000)}, petri.Invalid, "longer than"},
		{trials.Acceptance{Check: "a b", Note: "x"}, petri.Invalid, "cannot name a check"},
		{trials.Acceptance{Check: "sum", Note: "x"}, petri.NotFound, "has no result yet"},
		{trials.Acceptance{Check: "sum", Note: "x", Run: petri.RunRef{Project: p, Number: 9}}, petri.NotFound, "there is no run alice/p#9"},
	} {
		a.a.Project = p
		_, err := w.Accept(ctx, w.alice, a.a)
		w.refused(err, a.kind, a.says)
	}
	if run.ID != 0 || w.runCount() != 0 {
		t.Error("something was made")
	}
	w.must(w.db.View(ctx, func(tx *store.Tx) error {
		if all, err := tx.Studies().List(store.StudyFilter{}); err != nil || len(all) != 0 {
			t.Error(all, err)
		}
		return nil
	}))
}

func TestDeclaredChecks(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	p := w.project("alice", "p", "r", twoChecks)
	w.checked(trials.CheckRequest{Names: []string{"mean"}})
	list, err := w.DeclaredChecks(ctx, w.alice, p.Ref())
	w.must(err)
	if len(list) != 2 || list[0].Baseline.RunID != 0 || list[0].Study.ID != 0 || list[1].Baseline.Run.Number != 1 || list[1].Last.Verdict != petri.CheckBaseline {
		t.Errorf("%+v", list)
	}
	_, err = w.DeclaredChecks(ctx, w.bob, p.Ref())
	w.refused(err, petri.NotFound, "there is no project alice/p")
}
