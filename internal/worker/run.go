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
	unstarted bool   // the command has not been started, for sure
	stumbles  int    // how often something failed that should not
	outcome   witness.Outcome
}

// attempt takes up a run. fresh tells that nobody can have started its command yet.
func (w *Worker) attempt(run petri.Run, fresh bool) *attempt {
	return &attempt{Worker: w, run: run, unstarted: fresh, log: w.Log.With("run_id", run.ID, "run", run.Ref.String())}
}

// carry takes a claimed run to its end: stage → start → follow → wait → collect → seal. A run
// taken over from a dead worker enters where that one stopped. Nothing of the user's is an
// error here; what goes wrong is Petri's or the engine's doing.
func (a *attempt) carry(ctx context.Context) {
	defer a.space.sealed(a.run.ID)
	told := ""
	for {
		err := a.advance(ctx)
		switch {
		case err == nil:
			a.clear(ctx)
			return
		case ctx.Err() != nil:
			return // put down; the container, if there is one, goes on
		case !a.passes(err):
			a.giveUp(ctx, err)
			return
		case err.Error() != told:
			told = err.Error()
			a.log.Warn("run waits", "error", err)
		}
		if !pause(ctx, retryAfter) {
			return
		}
	}
}

// retryAfter is how long work rests while something that it needs is away.
const retryAfter = 2 * time.Second

// mostStarts is how often a start is tried that fails for no reason of the run's: Docker
// stumbled, say over a network that it was just making.
const mostStarts = 3

// mostTaken is how often a name that is taken is tried again: a busy engine may take half a minute
// to finish what a dead worker asked of it.
const mostTaken = 15

// passes tells whether err is worth waiting out: what is needed is away, a start stumbled, which
// launch can safely do again, or, once the command has run, the disk is full. Before that a
// full disk is told at once.
func (a *attempt) passes(err error) bool {
	starting := a.run.Status == petri.RunStarting
	if errors.Is(err, errTaken) {
		a.stumbles++
		return a.stumbles < mostTaken
	}
	switch petri.KindOf(err) {
	case petri.Unavailable:
		return true
	case petri.Exhausted:
		return !starting
	case petri.Internal:
		a.stumbles++
		return starting && a.stumbles < mostStarts
	}
	return false
}

// advance goes through the states that are left. It may be called again after an error of
// kind unavailable.
func (a *attempt) advance(ctx context.Context) error {
	if a.run.Status == petri.RunStarting {
		if err := a.launch(ctx); err != nil || a.run.Status.Ended() {
			return err
		}
		if err := a.become(ctx, petri.RunRunning, func(r *petri.Run) { r.StartedAt = a.Now() }); err != nil {
			return err
		}
		a.crash("run-running")
	}
	if a.run.Status == petri.RunRunning {
		if err := a.follow(ctx); err != nil {
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

// follow sees the command to its end, and to what it leaves of the disk.
func (a *attempt) follow(ctx context.Context) error {
	defer a.space.enter(a.run.ID, a.folder())()
	if err := a.await(ctx); err != nil {
		return err
	}
	return a.makeRoom(ctx)
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
	said, err := a.gatherSaid(ctx, &collected)
	if err != nil {
		return err
	}
	a.crash("run-collected")
	finished := runs.Finished{
		Outcome: a.outcome.Outcome, StartedAt: a.outcome.StartedAt, FinishedAt: a.outcome.FinishedAt, Host: a.host(ctx, started), Collected: runs.Collected(collected),
		Log: log, LogBytes: size, PackagesBefore: before, PackagesAfter: after, Facts: said.facts, Loaded: said.loaded, Metrics: said.metrics,
	}
	if a.run, err = a.Runs.Seal(ctx, a.run.ID, finished); err != nil {
		return fmt.Errorf("seal the record: %w", err)
	}
	a.crash("run-sealed")
	return nil
}

// clear removes what only the living run needed; while the engine is away it waits for it.
// What it leaves behind, sweep finds.
func (a *attempt) clear(ctx context.Context) {
	for {
		err := a.removeTraces(ctx)
		if err == nil {
			return
		}
		if petri.KindOf(err) != petri.Unavailable || !pause(ctx, retryAfter) {
			a.log.Warn("clear up after a run", "error", err)
			return
		}
	}
}

func (a *attempt) removeTraces(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if a.container == "" { // another worker started it
		if _, err := a.find(ctx); err != nil {
			return err
		}
	}
	if a.container != "" {
		if err := a.Engine.Remove(ctx, a.container); err != nil {
			return fmt.Errorf("remove the container: %w", err) // and its workspace may still be mounted
		}
	}
	return a.Files.Discard(ctx, a.folder())
}

// giveUp ends the run as error: Petri could not do its part.
func (a *attempt) giveUp(ctx context.Context, cause error) {
	a.log.Error("run cannot go on", "error", cause)
	message := tell(cause)
	log, err := logs.Keep(ctx, a.Blobs.Put, logs.RunLog(a.Data, a.run.ID))
	if err != nil {
		a.log.Warn("keep the log of a run that cannot go on", "error", err)
	}
	for {
		err := a.Runs.Fail(ctx, a.run.ID, message, log)
		if err == nil {
			a.clear(ctx)
			return
		}
		a.log.Error("mark the run as error", "error", err)
		if kind := petri.KindOf(err); kind == petri.Conflict || kind == petri.NotFound || !pause(ctx, retryAfter) {
			return
		}
	}
}

// tell is what people read of an error that ended a run or a build.
func tell(err error) string {
	var known *petri.Error
	if errors.As(err, &known) {
		return petri.MessageOf(err)
	}
	return "something went wrong inside Petri; the server's log says what"
}

func (a *attempt) folder() string { return logs.RunFolder(a.Data, a.run.ID) }

// io is the folder that the witness sees.
func (a *attempt) io() string { return filepath.Join(a.folder(), "io") }
