package runs_test

import (
	"errors"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

func (w *world) wanted() runs.Wanted {
	return runs.Wanted{
		Project: w.project, Commit: w.project.Head, Revision: w.new, Spec: petri.RunSpec{Command: []string{"Rscript", "main.R"}},
		CreatedBy: "alice", Origin: "cli", Check: "sum",
	}
}

func (w *world) ensure(want runs.Wanted) (run petri.Run, reused bool, err error) {
	err = w.db.Update(ctx, func(tx *store.Tx) (err error) {
		run, reused, err = w.Ensure(tx, want)
		return err
	})
	return run, reused, err
}

// A sealed run of the same is used again, but only one that came to its own end, and is as wanted.
func TestEnsureReuses(t *testing.T) {
	cases := []struct {
		name    string
		outcome petri.Outcome
		change  func(*world, *runs.Wanted)
		reused  bool
	}{
		{"the same", petri.Outcome{}, func(*world, *runs.Wanted) {}, true},
		{"the same that failed", petri.Outcome{ExitCode: 3}, func(*world, *runs.Wanted) {}, true},
		{"with another title", petri.Outcome{}, func(_ *world, want *runs.Wanted) { want.Spec.Title = "other" }, true},
		{"with the defaults said", petri.Outcome{}, func(_ *world, want *runs.Wanted) { want.Spec.CPUs, want.Spec.Network = 1, petri.NetworkDefault }, true},
		{"not asked for", petri.Outcome{}, func(_ *world, want *runs.Wanted) { want.Reuse = false }, false},
		{"stopped", petri.Outcome{Stopped: true}, func(*world, *runs.Wanted) {}, false},
		{"out of time", petri.Outcome{ExitCode: 143, TimedOut: true}, func(*world, *runs.Wanted) {}, false},
		{"out of memory", petri.Outcome{ExitCode: 137, OOMKilled: true}, func(*world, *runs.Wanted) {}, false},
		{"out of disk", petri.Outcome{ExitCode: 143, DiskFull: true}, func(*world, *runs.Wanted) {}, false},
		{"in another image", petri.Outcome{}, func(w *world, want *runs.Wanted) { want.Revision = w.old }, false},
		{"of another commit", petri.Outcome{}, func(w *world, want *runs.Wanted) { want.Commit = w.commit(map[string]string{"main.R": "2"}) }, false},
		{"with other variables", petri.Outcome{}, func(_ *world, want *runs.Wanted) { want.Spec.Variables = map[string]string{"A": "1"} }, false},
		{"without network", petri.Outcome{}, func(_ *world, want *runs.Wanted) { want.Spec.Network = petri.NetworkNone }, false},
		{"with another limit", petri.Outcome{}, func(_ *world, want *runs.Wanted) { want.Spec.Timeout = time.Hour }, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			earlier := w.sealed(c.outcome)
			want := w.wanted()
			want.Reuse = true
			c.change(w, &want)
			run, reused, err := w.ensure(want)
			w.must(err)
			if reused != c.reused || reused != (run.ID == earlier.ID) {
				t.Errorf("reused %v: %+v", reused, run)
			}
			if !reused && (run.Status != petri.RunQueued || run.Check != "sum" || run.Spec.MemoryBytes == 0) {
				t.Errorf("%+v", run)
			}
		})
	}
}

// What the study's transaction does not keep was never submitted.
func TestEnsureIsPartOfItsTransaction(t *testing.T) {
	w := newWorld(t)
	gone := errors.New("the study could not be saved")
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		if _, _, err := w.Ensure(tx, w.wanted()); err != nil {
			return err
		}
		return gone
	})
	if !errors.Is(err, gone) {
		t.Error(err)
	}
	if list, err := w.List(ctx, w.alice, runs.Filter{}); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestEnsureRefuses(t *testing.T) {
	w := newWorld(t)
	big := w.wanted()
	big.Spec.MemoryBytes = machineMemory + 1
	_, _, err := w.ensure(big)
	w.refused(err, petri.Invalid, "asks for")
	building := w.wanted()
	building.Revision = w.revision("r", petri.BuildBuilding)
	_, _, err = w.ensure(building)
	w.refused(err, petri.Conflict, "nothing can run in alice/r@3 yet")
	archived := w.wanted()
	archived.Project.Archived = true
	_, _, err = w.ensure(archived)
	w.refused(err, petri.Conflict, "is archived")
}

// Stopping for a study ends what runs and leaves what has ended.
func TestStopFor(t *testing.T) {
	w := newWorld(t)
	queued, ended := w.submit(), w.sealed(petri.Outcome{})
	started := w.submit()
	w.must(w.Claim(ctx, started.ID, "worker"))
	for _, run := range []petri.Run{queued, ended, started} {
		for range 2 {
			w.must(w.StopFor(ctx, run.ID, "bob"))
		}
	}
	for run, want := range map[petri.RunID]petri.RunStatus{queued.ID: petri.RunStopped, ended.ID: petri.RunSucceeded, started.ID: petri.RunStarting} {
		got, err := w.ByID(ctx, run)
		w.must(err)
		if got.Status != want || (got.StopRequestedBy == "bob") != (run != ended.ID) {
			t.Errorf("%s by %q, want %s", got.Status, got.StopRequestedBy, want)
		}
	}
}
