package trials_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/trials"
)

// Where the code draws at random, a control that comes out the same twice is asked again, though not
// for ever, with a server that is killed before every step.
func TestChance(t *testing.T) {
	const drawn = "x <- sample(3)\n"
	for _, test := range []struct {
		name    string
		code    string
		control []string // what it gives each time
		exit    int      // the candidate's
		verdict petri.CheckVerdict
		runs    int
		says    string
	}{
		{"differs the second time", drawn, []string{"1", "2"}, 0, petri.CheckUnstable, 3, "itself in alice/r@1 (see alice/p#3): out/a.csv"},
		{"differs the third time", drawn, []string{"1", "1", "2"}, 0, petri.CheckUnstable, 4, "itself in alice/r@1 (see alice/p#4): out/a.csv"},
		{"differs the fourth time", drawn, []string{"1", "1", "1", "2"}, 0, petri.CheckUnstable, 5, "itself in alice/r@1 (see alice/p#5): out/a.csv"},
		{"never differs", drawn, []string{"1", "1", "1", "1"}, 0, petri.CheckChanged, 5, "; all 4 runs in alice/r@1 agree, though main.R line 1 uses sample(), and nothing in the R code gives set.seed()"},
		{"fails in the candidate, whatever it draws", drawn, []string{"1", "2", "3", "4"}, 1, petri.CheckRegressed, 5, "it failed with exit code 1"},
		{"with a seed", "set.seed(1)\n" + drawn, []string{"1", "1"}, 0, petri.CheckChanged, 3, "out/a.csv"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newTeam(t)
			w.code = test.code
			w.revision("r", petri.BuildReady, petri.Base{})
			w.revision("r", petri.BuildReady, petri.Base{})
			w.project("alice", "p", "r", oneCheck)
			w.acts = func(r petri.Run, nth int) act {
				if r.Environment.Revision == 2 {
					return act{exit: test.exit, files: csv("9")}
				}
				return act{files: csv(test.control[nth-1])}
			}
			study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2")})
			w.must(err)
			c := w.settled(study.ID).Trial.Checks[0]
			if c.Verdict != test.verdict || !strings.Contains(c.Summary, test.says) {
				t.Errorf("%s: %s", c.Verdict, c.Summary)
			}
			if n := w.runCount(); n != test.runs || len(c.ControlMore) != test.runs-3 {
				t.Errorf("%d runs, want %d; %+v", n, test.runs, c.ControlMore)
			}
		})
	}
}

// Runs that are there already show for nothing that a check does not repeat itself.
func TestWitnesses(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "p", "r", oneCheck)
	w.acts = func(r petri.Run, nth int) act { return act{files: csv(fmt.Sprint(r.Environment.Revision, nth))} }
	for round, want := range []struct {
		runs int
		says string
	}{{3, "(see alice/p#3)"}, {4, "(see alice/p#1)"}} {
		study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2")})
		w.must(err)
		c := w.settled(study.ID).Trial.Checks[0]
		if c.Verdict != petri.CheckUnstable || !strings.Contains(c.Summary, want.says) || c.Again == nil || w.runCount() != want.runs {
			t.Errorf("%d: %d runs, %s: %s", round, w.runCount(), c.Verdict, c.Summary)
		}
	}
}

// A trial that is stopped while it runs a control once more makes that run again when it goes on.
func TestChanceStopAndResume(t *testing.T) {
	w := newTeam(t)
	w.code = "x <- rnorm(1)\n"
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "p", "r", oneCheck)
	w.acts = func(r petri.Run, _ int) act { return act{files: csv(fmt.Sprint(r.Environment.Revision))} }
	study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2")})
	w.must(err)
	for w.runCount() < 4 {
		w.must(w.Round(ctx))
		if w.runCount() < 4 {
			w.work(1)
		}
	}
	_, err = w.StopStudy(ctx, w.alice, petri.StudyTrial, study.ID)
	w.must(err)
	if study = w.settled(study.ID); study.Status != petri.StudyStopped {
		t.Fatalf("%+v", study)
	}
	_, err = w.Resume(ctx, w.alice, petri.StudyTrial, study.ID)
	w.must(err)
	if c := w.settled(study.ID).Trial.Checks[0]; c.Verdict != petri.CheckChanged || w.runCount() != 6 {
		t.Errorf("%d runs, %s: %s", w.runCount(), c.Verdict, c.Summary)
	}
}
