package worker

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/witness"
)

// errVanished is a container that ended, or went away, before the witness could say how its
// command fared.
var errVanished = petri.Errorf(petri.Internal, "the container vanished under the run: Docker was restarted or killed, or the machine went down; start it again with: petri rerun")

// errEngineStopped is a command that was ended because the engine was shut down.
var errEngineStopped = petri.Errorf(petri.Internal, "Docker was shut down under the run; start it again with: petri rerun")

// diskFullFile marks in the run's folder that Petri itself asked for the end because the disk
// was about to be full. The witness says so in the outcome; the mark is for a run whose witness
// could not.
const diskFullFile = "disk-full"

// readOutcome takes what the witness, or judge, left in the run's folder.
func (a *attempt) readOutcome() error {
	outcome, err := witness.ReadOutcome(a.io())
	if err != nil {
		return fmt.Errorf("read the outcome: %w", err)
	}
	outcome.DiskFull = outcome.DiskFull || exists(filepath.Join(a.folder(), diskFullFile))
	if outcome.Stopped && !outcome.DiskFull && a.run.StopRequestedBy == "" {
		return errEngineStopped
	}
	outcome.Stopped = outcome.Stopped && !outcome.DiskFull
	a.outcome = outcome
	return nil
}

// await follows the container until its outcome is there. Meanwhile it passes on a request
// to stop, and ends the run before the disk is full. The outcome need not wait for the engine's
// own end of the container, which comes later: by then every process is gone.
func (a *attempt) await(ctx context.Context) error {
	if a.container == "" { // another worker started it
		if _, err := a.find(ctx); err != nil {
			return err
		}
	}
	events, unwatchFolder := a.watchFolder()
	defer unwatchFolder()
	trusted, err := a.outcomeIsTheWitness(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan containerEnd, 1)
	go func(id string) { ended <- a.awaitContainer(ctx, id) }(a.container)
	wake, unwatch := a.DB.Watch(store.RunTopic(a.run.ID)) // which also ticks every second
	defer unwatch()
	var end ending
	for {
		if trusted && exists(filepath.Join(a.io(), witness.OutcomeFile)) {
			return a.refreshAndRead(ctx)
		}
		select {
		case <-events:
		case end := <-ended:
			if end.err != nil {
				return end.err
			}
			return a.judge(ctx, end.exit)
		case <-wake:
			if err := a.bringAbout(ctx, &end); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// outcomeIsTheWitness tells whether nobody but the witness can have written the outcome. A
// command that is root in its container, or runs as the server's own account, may have; of
// that one only the engine's word counts that all of it is over, and that nothing changes
// its files while they are collected.
func (a *attempt) outcomeIsTheWitness(ctx context.Context) (bool, error) {
	revision, _, err := a.Runs.Inputs(ctx, a.run)
	return a.Root && runAs(revision.Image.User, a.Root).uid != 0, err
}

// watchFolder gives word of changes in the witness's folder. The kernel lends few watches;
// without one the outcome is found up to a second later.
func (a *attempt) watchFolder() (events <-chan fsnotify.Event, stop func()) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		a.log.Warn("watch the run's folder", "error", err)
		return nil, func() {}
	}
	if err := watcher.Add(a.io()); err != nil {
		a.log.Warn("watch the run's folder", "error", err)
	}
	return watcher.Events, func() { _ = watcher.Close() }
}

// ending is what was done so far to bring a run to its end.
type ending struct {
	signal   string    // what the witness is sent, "" while the run may go on
	deadline time.Time // when the container is removed because even the witness did not end it
	sent     time.Time
}

// lateness is how long after the grace the witness itself may take to kill and to report;
// resend how often it is asked again, since a container's very first moments lose signals.
const (
	lateness = 15 * time.Second
	resend   = time.Second
)

// bringAbout sends the witness the signal to end the run, once somebody asked for it or the
// disk is nearly full, and again while it takes its time. The witness sees to the grace and to
// KILL; where even that does not help the container is removed.
func (a *attempt) bringAbout(ctx context.Context, end *ending) error {
	if end.signal == "" {
		if err := a.decideEnd(ctx, end); err != nil || end.signal == "" {
			return err
		}
		end.deadline = a.Now().Add(a.Grace + lateness)
	}
	switch now := a.Now(); {
	case now.After(end.deadline):
		a.log.Warn("the run did not end when asked to; its container is removed")
		if err := a.Engine.Remove(ctx, a.container); err != nil {
			return fmt.Errorf("remove a container that would not end: %w", err)
		}
	case now.Sub(end.sent) >= resend:
		end.sent = now
		err := a.Engine.Signal(ctx, a.container, end.signal)
		if kind := petri.KindOf(err); err != nil && kind != petri.NotFound && kind != petri.Unavailable {
			return fmt.Errorf("ask the run to end: %w", err)
		}
	}
	return nil
}

func (a *attempt) decideEnd(ctx context.Context, end *ending) error {
	if err := a.refresh(ctx); err != nil {
		return err
	}
	if a.run.StopRequestedBy != "" {
		end.signal = witness.StopSignal
		return nil
	}
	free, err := freeBytes(a.Data)
	if err != nil || free >= a.DiskReserve || !a.space.goes(a.run.ID) {
		return err
	}
	a.log.Warn("the disk is nearly full; the run that takes most of it is ended", "free_bytes", free)
	end.signal = witness.DiskFullSignal
	a.markDiskFull()
	return nil
}

// refreshAndRead takes the newest row, which says who asked to stop, and then the outcome.
func (a *attempt) refreshAndRead(ctx context.Context) error {
	if err := a.refresh(ctx); err != nil {
		return err
	}
	return a.readOutcome()
}

func (a *attempt) refresh(ctx context.Context) error {
	return a.DB.View(ctx, func(tx *store.Tx) error {
		run, err := tx.Runs().ByID(a.run.ID)
		if err == nil {
			a.run = run
		}
		return err
	})
}

// containerEnd is how the container ended by the engine's word, or why that cannot be known.
type containerEnd struct {
	exit engine.Exit
	err  error
}

// awaitContainer returns once the container has ended or is no more. While the engine is away
// it waits for it to come back.
func (a *attempt) awaitContainer(ctx context.Context, id string) containerEnd {
	if id == "" {
		return containerEnd{}
	}
	for told := false; ; told = true {
		exit, err := a.Engine.Wait(ctx, id)
		switch petri.KindOf(err) {
		case "", petri.NotFound:
			return containerEnd{exit: exit}
		case petri.Unavailable:
		default:
			return containerEnd{err: fmt.Errorf("wait for the container: %w", err)}
		}
		if !told {
			a.log.Warn("Docker is away; the run goes on as long as its container does", "error", err)
		}
		if !pause(ctx, 500*time.Millisecond) {
			return containerEnd{err: ctx.Err()}
		}
	}
}

// judge sees to an outcome once the container has ended: the witness's own, or, where it was
// killed for want of memory or removed because it would not stop, one made from what is known.
// Any other end without an outcome is Petri's error.
func (a *attempt) judge(ctx context.Context, exit engine.Exit) error {
	err := a.refreshAndRead(ctx)
	if petri.KindOf(err) != petri.NotFound {
		return err
	}
	if why := witness.ReadFailure(a.io()); why != "" {
		return petri.Errorf(petri.Internal, "the witness could not do its part: %s", why)
	}
	stopped := a.run.StopRequestedBy != "" || exists(filepath.Join(a.folder(), diskFullFile))
	if !exit.OOMKilled && !stopped {
		return errVanished
	}
	end := a.Now()
	outcome := witness.Outcome{StartedAt: a.run.StartedAt, FinishedAt: end}
	outcome.ExitCode, outcome.Signal, outcome.Wall = 137, "SIGKILL", end.Sub(a.run.StartedAt)
	outcome.OOMKilled, outcome.Stopped = exit.OOMKilled, stopped
	if err := witness.WriteJSON(a.io(), witness.OutcomeFile, outcome); err != nil {
		return fmt.Errorf("write the outcome: %w", disk.Explain(err))
	}
	return a.readOutcome()
}
