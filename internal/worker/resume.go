package worker

import (
	"context"
	"os"
	"path/filepath"
	"strconv"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/store"
)

// resumeRuns takes up every run that an earlier worker of this server held, and removes what
// ended runs left behind. The lock on the data folder proves that no other worker lives, so
// nothing has to time out. It tells whether it could read the rows.
func (w *Worker) resumeRuns(ctx context.Context) bool {
	var held []petri.Run
	err := w.DB.View(ctx, func(tx *store.Tx) (err error) {
		held, err = tx.Runs().Active(w.Server)
		return err
	})
	if err != nil {
		w.Log.Error("look for runs to take up again", "error", err)
		return false
	}
	living := map[petri.RunID]bool{}
	for _, run := range held {
		living[run.ID] = true
		w.Log.Info("take up a run again", "run_id", run.ID, "run", run.Ref.String(), "status", run.Status)
		w.goDo(func() { w.carry(ctx, run) })
	}
	w.goDo(func() { w.sweep(ctx, living) })
	return true
}

// sweep removes containers and folders of runs that have ended. Those of runs that began
// after it did are told apart by looking at the row again.
func (w *Worker) sweep(ctx context.Context, living map[petri.RunID]bool) {
	for {
		containers, err := w.Engine.List(ctx, map[string]string{"petri.server": w.Server})
		if err == nil {
			w.sweepContainers(ctx, containers, living)
			break
		}
		if petri.KindOf(err) != petri.Unavailable || !pause(ctx, engineFactsAge/30) {
			return
		}
	}
	folders, err := os.ReadDir(filepath.Join(w.Data, "runs"))
	if err != nil {
		return // none yet
	}
	for _, folder := range folders {
		n, err := strconv.ParseInt(folder.Name(), 10, 64)
		if err != nil || living[petri.RunID(n)] || !w.ended(ctx, petri.RunID(n)) {
			continue
		}
		if err := w.Files.Discard(ctx, filepath.Join(w.Data, "runs", folder.Name())); err != nil {
			w.Log.Warn("remove the folder of an ended run", "run_id", n, "error", err)
		}
	}
}

func (w *Worker) sweepContainers(ctx context.Context, found []engine.Container, living map[petri.RunID]bool) {
	for _, c := range found {
		n, err := strconv.ParseInt(c.Labels["petri.run"], 10, 64)
		over := err == nil && !living[petri.RunID(n)] && w.ended(ctx, petri.RunID(n))
		if n, err := strconv.ParseInt(c.Labels["petri.build"], 10, 64); err == nil {
			over = w.buildEnded(ctx, petri.BuildID(n))
		}
		if !over {
			continue
		}
		if err := w.Engine.Remove(ctx, c.ID); err != nil {
			w.Log.Warn("remove the container of what has ended", "container", c.Name, "error", err)
		}
	}
}

// buildEnded tells whether the build is over, or unknown to this server's database.
func (w *Worker) buildEnded(ctx context.Context, id petri.BuildID) bool {
	over := false
	err := w.DB.View(ctx, func(tx *store.Tx) error {
		build, err := tx.Builds().ByID(id)
		over = petri.KindOf(err) == petri.NotFound || err == nil && build.Status.Ended()
		return nil
	})
	return err == nil && over
}

// ended tells whether the run is over, or unknown to this server's database.
func (w *Worker) ended(ctx context.Context, id petri.RunID) bool {
	over := false
	err := w.DB.View(ctx, func(tx *store.Tx) error {
		run, err := tx.Runs().ByID(id)
		over = petri.KindOf(err) == petri.NotFound || err == nil && run.Status.Ended()
		return nil
	})
	return err == nil && over
}
