package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/logs"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/witness"
)

// attempt is one run in this worker's hands.
type attempt struct {
	*Worker
	run       petri.Run
	log       *slog.Logger
	container string // the engine's id; "" when there is none
	outcome   witness.Outcome
}

// carry takes a claimed run to its end: stage → start → follow → wait → collect → seal. A run
// taken over from a dead worker enters where that one stopped. Nothing of the user's is an
// error here; what goes wrong is Petri's or the engine's doing.
func (w *Worker) carry(ctx context.Context, run petri.Run) {
	a := &attempt{Worker: w, run: run, log: w.Log.With("run_id", run.ID, "run", run.Ref.String())}
	for {
		err := a.advance(ctx)
		switch {
		case err == nil:
			a.clear(ctx)
			return
		case ctx.Err() != nil:
			return // put down; the container, if there is one, goes on
		case petri.KindOf(err) == petri.Unavailable, petri.KindOf(err) == petri.Exhausted && a.run.Status == petri.RunCollecting:
			a.log.Warn("run waits", "error", err)
			if !pause(ctx, 2*time.Second) {
				return
			}
		default:
			a.giveUp(ctx, err)
			return
		}
	}
}

// advance goes through the states that are left. It may be called again after an error of
// kind unavailable.
func (a *attempt) advance(ctx context.Context) error {
	if a.run.Status == petri.RunStarting {
		if err := a.launch(ctx); err != nil {
			return err
		}
		if err := a.become(ctx, petri.RunRunning, func(r *petri.Run) { r.StartedAt = a.Now() }); err != nil {
			return err
		}
		a.crash("run-running")
	}
	if a.run.Status == petri.RunRunning {
		if err := a.await(ctx); err != nil {
			return err
		}
		a.crash("run-ended")
		if err := a.become(ctx, petri.RunCollecting, func(r *petri.Run) { r.Outcome = a.outcome.Outcome }); err != nil {
			return err
		}
		a.crash("run-collecting")
	}
	return a.seal(ctx)
}

// become changes the run's state in the store and then here.
func (a *attempt) become(ctx context.Context, to petri.RunStatus, change func(*petri.Run)) error {
	run, err := a.Runs.Advance(ctx, a.run.ID, a.run.Status, to, change)
	if err != nil {
		return fmt.Errorf("make the run %s: %w", to, err)
	}
	a.run = run
	return nil
}

// seal collects what the run left and closes its record. Done again after a crash it comes
// to the same.
func (a *attempt) seal(ctx context.Context) error {
	if err := a.readOutcome(); err != nil {
		return err
	}
	space, err := files.OpenWorkspace(a.folder())
	if err != nil {
		return fmt.Errorf("find the workspace: %w", err)
	}
	collected, err := a.Files.Collect(ctx, space)
	if err != nil {
		return fmt.Errorf("collect results: %w", err)
	}
	log, size, err := logs.Seal(ctx, a.Blobs.Adopt, logs.RunLog(a.Data, a.run.ID))
	if err != nil {
		return fmt.Errorf("seal the log: %w", err)
	}
	before, after, err := a.keepPackageLists(ctx)
	if err != nil {
		return err
	}
	started, err := a.readStarted()
	if err != nil {
		return err
	}
	a.crash("run-collected")
	facts := runs.Finished{
		Outcome: a.outcome.Outcome, StartedAt: a.outcome.StartedAt, FinishedAt: a.outcome.FinishedAt, Host: a.host(ctx, started), Collected: runs.Collected(collected),
		Log: log, LogBytes: size, PackagesBefore: before, PackagesAfter: after,
	}
	if a.run, err = a.Runs.Seal(ctx, a.run.ID, facts); err != nil {
		return fmt.Errorf("seal the record: %w", err)
	}
	a.crash("run-sealed")
	return nil
}

// clear removes what only the living run needed. What it leaves behind, resume sweeps.
func (a *attempt) clear(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if a.container != "" {
		if err := a.Engine.Remove(ctx, a.container); err != nil {
			a.log.Warn("remove container", "error", err)
			return // its workspace may still be mounted
		}
	}
	if err := a.Files.Discard(ctx, a.folder()); err != nil {
		a.log.Warn("remove run folder", "error", err)
	}
}

// giveUp ends the run as error: Petri could not do its part.
func (a *attempt) giveUp(ctx context.Context, cause error) {
	a.log.Error("run cannot go on", "error", cause)
	message := petri.MessageOf(cause)
	if errors.Is(cause, errVanished) {
		message = errVanished.Message
	}
	if err := a.Runs.Fail(ctx, a.run.ID, message); err != nil {
		a.log.Error("mark the run as error", "error", err)
		return
	}
	a.clear(ctx)
}

func (a *attempt) folder() string { return logs.RunFolder(a.Data, a.run.ID) }

// io is the folder that the witness sees.
func (a *attempt) io() string { return filepath.Join(a.folder(), "io") }
