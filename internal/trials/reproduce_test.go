package trials_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/trials"
)

// recorded is a run of alice/p that was carried out.
func (w *team) recorded() petri.Run {
	w.Helper()
	r, err := w.runs.Submit(ctx, w.alice, runs.Submission{Project: petri.ProjectRef{Owner: "alice", Name: "p"}, Spec: petri.RunSpec{Command: []string{"Rscript", "main.R"}, CPUs: 2}})
	w.must(err)
	w.carry(r)
	r, err = w.runs.Get(ctx, w.alice, r.Ref)
	w.must(err)
	return r
}

func (w *team) reproduced(want trials.ReproductionRequest) petri.Study {
	w.Helper()
	study, err := w.StartReproduction(ctx, w.alice, want)
	w.must(err)
	return w.settled(study.ID)
}

// A reproduction runs exactly what was recorded, as often as asked for and no more.
func TestReproductions(t *testing.T) {
	csv := func(n float64) string { return fmt.Sprintf("id,price\n1,%v\n2,5\n", n) }
	cases := map[string]struct {
		toml    string
		numbers []float64 // the recorded run's, and those of its reruns
		verdict petri.Verdict
		cause   petri.CauseName
		noise   string
	}{
		"the same":         {"", []float64{10, 10, 10, 10}, petri.Same, "", ""},
		"within tolerance": {"[compare]\nrtol = 1e-3\n", []float64{10, 10.001, 10}, petri.WithinTolerance, petri.CauseThreads, "price"},
		"not":              {"", []float64{10, 11, 10, 12}, petri.Different, "", "price"},
		"last digits":      {"", []float64{10, 10.000000001}, petri.Different, petri.CauseThreads, "price"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newTeam(t)
			w.revision("r", petri.BuildReady, petri.Base{})
			w.project("alice", "p", "r", "project = \"p\"\n"+c.toml)
			nth := 0
			w.acts = func(petri.Run, int) act {
				nth++
				return act{files: map[string]string{"out/a.csv": csv(c.numbers[nth-1])}}
			}
			run := w.recorded()
			w.revision("r", petri.BuildReady, petri.Base{}) // another active one changes nothing
			study := w.reproduced(trials.ReproductionRequest{Run: run.Ref, Times: len(c.numbers) - 1})
			if study.Status != petri.StudyDone || study.Verdict != string(c.verdict) || w.runCount() != len(c.numbers) {
				t.Fatalf("%s %s, %d runs: %s", study.Status, study.Verdict, w.runCount(), study.Error)
			}
			for i, r := range study.Reproduction.Reruns {
				rerun, err := w.runs.Get(ctx, w.alice, r.Run.Ref)
				w.must(err)
				if rerun.RerunOf != run.Ref.String() || rerun.Image != run.Image || rerun.Commit != run.Commit || rerun.Study != study.ID {
					t.Errorf("%+v", rerun)
				}
				if (r.Verdict != petri.Same) != (c.numbers[i+1] != c.numbers[0]) {
					t.Errorf("rerun %d is %s", i, r.Verdict)
				}
			}
			if name == "within tolerance" {
				c.cause = "" // 1e-4 is more than last digits
			}
			causes := study.Reproduction.Reruns[0].Causes
			if (c.cause == "") != (len(causes) == 0) || c.cause != "" && causes[0].Cause != c.cause {
				t.Errorf("causes %+v, want %q", causes, c.cause)
			}
			if n := study.Reproduction.Noise; (c.noise == "") != (len(n) == 0) || c.noise != "" && !strings.Contains(n[0].Where, c.noise) {
				t.Errorf("noise %+v", n)
			}
			found, err := w.Reproductions(ctx, w.alice, run.Ref)
			w.must(err)
			if len(found) != 1 || found[0].ID != study.ID {
				t.Errorf("%+v", found)
			}
		})
	}
}

// A rerun that Petri could not carry out is no answer; resumed, it is made again, alone.
func TestReproductionGoesOn(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "p", "r", "project = \"p\"\n")
	run := w.recorded()
	nth := 0
	w.acts = func(petri.Run, int) act {
		if nth++; nth == 2 {
			return act{fails: "the engine went away"}
		}
		return act{files: map[string]string{"out/a.csv": "x\n1\n"}}
	}
	study := w.reproduced(trials.ReproductionRequest{Run: run.Ref, Times: 3})
	if study.Status != petri.StudyError || !strings.Contains(study.Error, "did not come to its own end") || study.Verdict != "" {
		t.Fatalf("%+v", study)
	}
	_, err := w.Resume(ctx, w.alice, "", study.ID)
	w.must(err)
	study = w.settled(study.ID)
	if study.Status != petri.StudyDone || study.Verdict != "same" || w.runCount() != 5 || study.Error != "" {
		t.Errorf("%s %s %d: %s", study.Status, study.Verdict, w.runCount(), study.Error)
	}
}

func TestReproductionsAreRefused(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	p := w.project("alice", "p", "r", "project = \"p\"\n")
	run := w.recorded()
	queued, err := w.runs.Submit(ctx, w.alice, runs.Submission{Project: p.Ref(), Spec: petri.RunSpec{Command: []string{"true"}}})
	w.must(err)
	start := func(ref petri.RunRef, times int) error {
		_, err := w.StartReproduction(ctx, w.alice, trials.ReproductionRequest{Run: ref, Times: times})
		return err
	}
	w.refused(start(run.Ref, -1), petri.Invalid, "cannot be reproduced -1 times")
	w.refused(start(run.Ref, 101), petri.Invalid, "1 to 100")
	w.refused(start(petri.RunRef{Project: p.Ref(), Number: 9}, 1), petri.NotFound, "there is no run alice/p#9")
	w.refused(start(queued.Ref, 1), petri.Conflict, "has not ended")
	_, err = w.runs.Stop(ctx, w.alice, queued.Ref)
	w.must(err)
	w.refused(start(queued.Ref, 1), petri.Conflict, "did not come to its own end")
	_, err = w.StartReproduction(ctx, w.bob, trials.ReproductionRequest{Run: run.Ref})
	w.refused(err, petri.NotFound, "there is no project alice/p")
	_, err = w.StartReproduction(ctx, w.alice, trials.ReproductionRequest{Run: run.Ref, Rules: func(r petri.Rules) petri.Rules { r.RTol = -1; return r }})
	w.refused(err, petri.Invalid, "rtol")
	_, err = w.Reproductions(ctx, w.bob, run.Ref)
	w.refused(err, petri.NotFound, "there is no project alice/p")
}
