package trials_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/trials"
)

func (w *team) study(id petri.StudyID) petri.Study {
	w.Helper()
	study, err := w.Get(ctx, w.alice, "", id)
	w.must(err)
	return study
}

// eventually waits for what the driver does by itself.
func (w *team) eventually(what string, done func() bool) {
	w.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatal("never: " + what)
		}
	}
}

// However often the driver is cut off, at whatever moment, a study comes to its answer with no
// more runs than it needs.
func TestDriverIsCutOff(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	p := w.project("alice", "p", "r", twoChecks)
	random := rand.New(rand.NewPCG(3, 4))
	const calls = 10
	for call := range calls {
		study, err := w.StartChecks(ctx, w.alice, trials.CheckRequest{Project: p.Ref()})
		w.must(err)
		for !w.study(study.ID).Status.Ended() {
			w.restart()
			w.Start()
			time.Sleep(time.Duration(random.IntN(8000)) * time.Microsecond)
			w.work(random.IntN(2))
			time.Sleep(time.Duration(random.IntN(8000)) * time.Microsecond)
			w.must(w.Stop(ctx))
		}
		if n := w.runCount(); n != 2*(call+1) || w.study(study.ID).Status != petri.StudyDone {
			t.Fatalf("%d runs after %d calls, %+v", n, call+1, w.study(study.ID))
		}
	}
}

// A study whose steps fail is given up with words, and keeps no other from its answer.
func TestTroubleStaysWithItsStudy(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "p", "r", oneCheck)
	w.checked(trials.CheckRequest{})
	content := "x\n2\n"
	w.acts = func(petri.Run, int) act { return act{files: map[string]string{"out/a.csv": content}} }
	bad, err := w.StartChecks(ctx, w.alice, trials.CheckRequest{Project: petri.ProjectRef{Owner: "alice", Name: "p"}})
	w.must(err)
	w.must(w.Round(ctx))
	w.work(1)
	lost := petri.DigestBytes([]byte(content)) // of which the disk lost the content
	w.must(w.blobs.Delete(context.Background(), lost))
	content = "x\n1\n"
	w.SetPatience(time.Microsecond, time.Microsecond)
	w.Start()
	good, err := w.StartChecks(ctx, w.alice, trials.CheckRequest{Project: petri.ProjectRef{Owner: "alice", Name: "p"}})
	w.must(err)
	w.eventually("the good one is done", func() bool { w.work(1); return w.study(good.ID).Status == petri.StudyDone })
	w.eventually("the bad one is given up", func() bool { return w.study(bad.ID).Status == petri.StudyError })
	w.must(w.Stop(ctx))
	if s := w.study(bad.ID); s.Error == "" || s.FinishedAt.IsZero() {
		t.Errorf("%+v", s)
	}
	w.told(w.study(good.ID), "sum same 1")
	w.put("x\n2\n") // it is found again
	_, err = w.Resume(ctx, w.alice, petri.StudyChecks, bad.ID)
	w.must(err)
	w.told(w.settled(bad.ID), "sum changed 1")
	if n := w.runCount(); n != 3 {
		t.Errorf("%d runs", n)
	}
}

// A driver at rest takes no step, and stopping one that never started does nothing.
func TestDriverRests(t *testing.T) {
	w := newTeam(t)
	w.must(w.Stop(ctx))
	w.revision("r", petri.BuildReady, petri.Base{})
	p := w.project("alice", "p", "r", oneCheck)
	w.restart()
	w.Start()
	w.must(w.Stop(ctx))
	_, err := w.StartChecks(ctx, w.alice, trials.CheckRequest{Project: p.Ref()})
	w.must(err)
	time.Sleep(20 * time.Millisecond)
	if n := w.runCount(); n != 0 {
		t.Errorf("%d runs by a driver at rest", n)
	}
	w.must(w.db.View(ctx, func(tx *store.Tx) error {
		if running, err := tx.Studies().Running(); err != nil || len(running) != 1 {
			t.Error(running, err)
		}
		return nil
	}))
}

func TestJudge(t *testing.T) {
	const ok, fails = petri.RunSucceeded, petri.RunFailed
	cases := []struct {
		control, candidate petri.RunStatus
		found              petri.Verdict
		want               petri.CheckVerdict
	}{
		{ok, ok, petri.Same, petri.CheckSame}, {ok, ok, petri.WithinTolerance, petri.CheckTolerance}, {ok, ok, petri.Different, petri.CheckChanged},
		{ok, fails, petri.Different, petri.CheckRegressed}, {fails, ok, petri.Different, petri.CheckFixed}, {fails, fails, petri.Same, petri.CheckStillFailing},
		{fails, fails, petri.Different, petri.CheckStillFailing}, {ok, petri.RunStopped, petri.Different, petri.CheckStopped}, {petri.RunStopped, ok, petri.Same, petri.CheckStopped},
		{ok, petri.RunError, petri.Same, petri.CheckTrouble}, {petri.RunError, ok, petri.Same, petri.CheckTrouble},
	}
	for _, c := range cases {
		if got := trials.Judge(petri.Run{Status: c.control}, petri.Run{Status: c.candidate}, petri.Comparison{Verdict: c.found}); got != c.want {
			t.Errorf("%s %s %s: got %s, want %s", c.control, c.candidate, c.found, got, c.want)
		}
	}
}
