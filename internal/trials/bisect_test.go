package trials_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/trials"
)

func bisection(good, bad int) trials.BisectionRequest {
	return trials.BisectionRequest{Project: petri.ProjectRef{Owner: "alice", Name: "p"}, Check: "sum", Environment: envRef("r"), Good: good, Bad: bad}
}

// Whatever revision changed the results, it is found, in no more runs than were announced, with
// the server killed before every step.
func TestBisection(t *testing.T) {
	for planted := 2; planted <= 9; planted += 1 {
		t.Run(fmt.Sprint(planted), func(t *testing.T) {
			w := newTeam(t)
			for n := 1; n <= 9; n++ {
				status := petri.BuildReady
				if n == 4 && planted != 4 {
					status = petri.BuildFailed
				}
				w.revision("r", status, petri.Base{})
			}
			w.project("alice", "p", "r", oneCheck)
			w.acts = func(r petri.Run, _ int) act { return act{files: csv(fmt.Sprint(r.Environment.Revision >= planted))} }
			study, err := w.StartBisection(ctx, w.alice, bisection(1, 9))
			w.must(err)
			bound := study.Bisection.Bound
			if study.Bisection.New != bound {
				t.Errorf("%d of %d runs are new", study.Bisection.New, bound)
			}
			study = w.settled(study.ID)
			b := study.Bisection
			if study.Status != petri.StudyDone || study.Verdict != string(petri.Different) || b.First.Revision != planted || b.Comparison == nil || len(b.Packages) != 2 {
				t.Fatalf("%s %s %+v", study.Status, study.Error, b)
			}
			if !strings.HasPrefix(b.Summary, fmt.Sprintf("alice/r@%d is the first whose results differ; out/a.csv: ", planted)) {
				t.Error(b.Summary)
			}
			if w.runCount() > bound {
				t.Errorf("%d runs, %d were said", w.runCount(), bound)
			}
			// All but the second run of the good one is there already.
			before := w.runCount()
			study, err = w.StartBisection(ctx, w.alice, bisection(9, 1))
			w.must(err)
			study = w.settled(study.ID)
			if b := study.Bisection; b.Before.Revision != planted || w.runCount()-before > b.New || b.New >= bound {
				t.Errorf("%d new runs, %d were said; %+v", w.runCount()-before, b.New, b)
			}
		})
	}
}

func TestBisectionWithoutAnswer(t *testing.T) {
	for _, test := range []struct {
		name    string
		acts    func(r petri.Run, nth int) act
		status  petri.StudyStatus
		verdict string
		says    string
	}{
		{"same", func(petri.Run, int) act { return act{files: csv("1")} }, petri.StudyDone, "same", "alice/r@3 gives the same results as alice/r@1"},
		{"unstable", func(r petri.Run, nth int) act { return act{files: csv(fmt.Sprint(r.Environment, nth))} }, petri.StudyDone, "unstable", "the check is unstable"},
		{"no file", func(petri.Run, int) act { return act{} }, petri.StudyError, "", "its files match nothing"},
		{"Petri's trouble", func(petri.Run, int) act { return act{fails: "Docker went away"} }, petri.StudyError, "", "Docker went away"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newTeam(t)
			for range 3 {
				w.revision("r", petri.BuildReady, petri.Base{})
			}
			w.project("alice", "p", "r", oneCheck)
			w.acts = test.acts
			study, err := w.StartBisection(ctx, w.alice, bisection(1, 3))
			w.must(err)
			study = w.settled(study.ID)
			if said := study.Bisection.Summary + study.Error; study.Status != test.status || study.Verdict != test.verdict || !strings.Contains(said, test.says) {
				t.Errorf("%s %s %s", study.Status, study.Verdict, said)
			}
		})
	}
}

func TestBisectionRefusals(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildFailed, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "p", "r", oneCheck)
	w.project("alice", "empty", "r", "")
	refused := func(change func(*trials.BisectionRequest), kind petri.Kind, says string) {
		t.Helper()
		want := bisection(1, 3)
		change(&want)
		_, err := w.StartBisection(ctx, w.alice, want)
		w.refused(err, kind, says)
	}
	refused(func(b *trials.BisectionRequest) { b.Bad = 1 }, petri.Invalid, "cannot be both good and bad")
	refused(func(b *trials.BisectionRequest) { b.Bad = 2 }, petri.Conflict, "nothing can run in alice/r@2")
	refused(func(b *trials.BisectionRequest) { b.Bad = 7 }, petri.NotFound, "there is no revision")
	refused(func(b *trials.BisectionRequest) { b.Check = "none" }, petri.NotFound, "there is no check")
	refused(func(b *trials.BisectionRequest) { b.Project.Name = "none" }, petri.NotFound, "there is no project")
	refused(func(b *trials.BisectionRequest) { b.Project.Name = "empty" }, petri.Conflict, "has no commit yet")
	_, err := w.StartBisection(ctx, w.bob, bisection(1, 3))
	w.refused(err, petri.NotFound, "there is no project")
}

// A bisection that is stopped goes on where it was.
func TestBisectionStopAndResume(t *testing.T) {
	w := newTeam(t)
	for range 9 {
		w.revision("r", petri.BuildReady, petri.Base{})
	}
	w.project("alice", "p", "r", oneCheck)
	w.acts = func(r petri.Run, _ int) act { return act{files: csv(fmt.Sprint(r.Environment.Revision >= 4))} }
	study, err := w.StartBisection(ctx, w.alice, bisection(1, 9))
	w.must(err)
	for steps := 1; ; steps++ {
		for range steps { // a little further each time
			w.must(w.Round(ctx))
			w.work(1)
		}
		study, err = w.Get(ctx, w.alice, petri.StudyBisection, study.ID)
		w.must(err)
		if study.Status.Ended() {
			break
		}
		_, err = w.StopStudy(ctx, w.alice, petri.StudyBisection, study.ID)
		w.must(err)
		if study = w.settled(study.ID); study.Status != petri.StudyStopped {
			t.Fatalf("%+v", study)
		}
		_, err = w.Resume(ctx, w.alice, petri.StudyBisection, study.ID)
		w.must(err)
	}
	if study.Bisection.First.Revision != 4 || study.Verdict != string(petri.Different) {
		t.Errorf("%+v", study)
	}
}

// Where the code draws at random the good revision is run again more often, and that is said; earlier
// runs of it show for nothing that it does not repeat itself.
func TestBisectionChance(t *testing.T) {
	for _, test := range []struct {
		name    string
		good    []string // what the good revision gives each time
		verdict petri.Verdict
		runs    int
	}{
		{"differs the second time", []string{"1", "2"}, "unstable", 3},
		{"differs the fourth time", []string{"1", "1", "1", "2"}, "unstable", 5},
		{"never differs", []string{"1", "1", "1", "1"}, petri.Different, 6},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newTeam(t)
			w.code = "x <- sample(3)\n"
			for range 3 {
				w.revision("r", petri.BuildReady, petri.Base{})
			}
			w.project("alice", "p", "r", oneCheck)
			w.acts = func(r petri.Run, nth int) act {
				if r.Environment.Revision == 1 {
					return act{files: csv(test.good[nth-1])}
				}
				return act{files: csv("9")}
			}
			study, err := w.StartBisection(ctx, w.alice, bisection(1, 3))
			w.must(err)
			if study.Bisection.Bound != 6 || study.Bisection.New != 6 {
				t.Errorf("%d runs were said, %d of them new", study.Bisection.Bound, study.Bisection.New)
			}
			study = w.settled(study.ID)
			if study.Verdict != string(test.verdict) || w.runCount() != test.runs {
				t.Errorf("%d runs, %s: %s", w.runCount(), study.Verdict, study.Bisection.Summary)
			}
			if test.verdict != "unstable" {
				return
			}
			before := w.runCount()
			study, err = w.StartBisection(ctx, w.alice, bisection(1, 3))
			w.must(err)
			if study = w.settled(study.ID); study.Verdict != "unstable" || w.runCount() != before {
				t.Errorf("%d more runs, %s: %s", w.runCount()-before, study.Verdict, study.Bisection.Summary)
			}
		})
	}
}

// Good and bad that come out the same by chance are no answer where earlier runs show that they may not.
func TestBisectionSameByChance(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "p", "r", oneCheck)
	w.acts = func(r petri.Run, nth int) act {
		if r.Environment.Revision == 1 {
			return act{files: csv(fmt.Sprint(nth))}
		}
		return act{files: csv("2")}
	}
	for _, summary := range []string{"(see alice/p#3)", "(see alice/p#1)"} {
		study, err := w.StartBisection(ctx, w.alice, bisection(1, 2))
		w.must(err)
		if study = w.settled(study.ID); study.Verdict != "unstable" || !strings.Contains(study.Bisection.Summary, summary) {
			t.Errorf("%s: %s", study.Verdict, study.Bisection.Summary)
		}
	}
}
