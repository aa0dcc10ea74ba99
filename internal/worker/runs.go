package worker

import (
	"context"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// carryOutRuns resumes what was left, then claims queued runs, in their fair order, whenever
// the head of the queue fits into what the machine has left. The head is never passed over:
// a big run waits its turn and gets it.
func (w *Worker) carryOutRuns(ctx context.Context) {
	wake, stop := w.DB.Watch(store.RunQueue)
	defer stop()
	for !w.resumeRuns(ctx) {
		if !pause(ctx, time.Second) {
			return
		}
	}
	for {
		if err := w.claimRuns(ctx); err != nil && ctx.Err() == nil {
			w.Log.Error("claim runs", "error", err)
			if !pause(ctx, time.Second) {
				return
			}
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return
		}
	}
}

func (w *Worker) claimRuns(ctx context.Context) error {
	if w.Blobs.Room(0) != nil {
		return nil // they wait, and are told why, until there is room: see runs.Waiting
	}
	var claimed []petri.Run
	err := w.DB.View(ctx, func(tx *store.Tx) error {
		claimed = claimed[:0]
		queued, err := tx.Runs().Queued()
		if err != nil || len(queued) == 0 {
			return err
		}
		active, err := tx.Runs().Active(w.Server)
		if err != nil {
			return err
		}
		claimed = fitting(queued, active, w.CPUs, w.MemoryBytes)
		return nil
	})
	if err != nil {
		return err
	}
	for _, run := range claimed {
		if err := w.Runs.Claim(ctx, run.ID, w.Server); err != nil {
			if petri.KindOf(err) == petri.Conflict {
				continue // stopped meanwhile
			}
			return err
		}
		run.Status = petri.RunStarting
		w.crash("run-claimed")
		w.goDo(func() { w.attempt(run, true).carry(ctx) })
	}
	return nil
}

// fitting is the longest head of queued that fits beside active. A run that asks for more
// than there is at all was refused when it was submitted; should the server have been given
// less since, it runs alone.
func fitting(queued, active []petri.Run, cpus float64, memory int64) []petri.Run {
	for _, run := range active {
		cpus -= run.Spec.CPUs
		memory -= run.Spec.MemoryBytes
	}
	alone := len(active) == 0
	n := 0
	for _, run := range queued {
		cpus -= run.Spec.CPUs
		memory -= run.Spec.MemoryBytes
		const rounding = 1e-9
		if (cpus < -rounding || memory < 0) && !alone {
			break
		}
		alone = false
		n++
	}
	return queued[:n]
}
