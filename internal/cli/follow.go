package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// submitted prints a submitted run's reference, or follows it to its end.
func (a *app) submitted(ctx context.Context, client *api.Client, run api.Run, detach bool) error {
	if detach {
		return a.print(run, func() { a.out("%s", run.Ref) })
	}
	f := &follower{app: a, client: client, last: run}
	return f.follow(ctx)
}

// follower shows a run until it is sealed.
type follower struct {
	app    *app
	client *api.Client
	ref    petri.RunRef

	mu      sync.Mutex
	last    api.Run
	patient bool   // it has waited for long enough to be told for what
	waiting string // what it was told to wait for
}

func (f *follower) follow(ctx context.Context) error {
	ref, err := petri.ParseRunRef(f.last.Ref, petri.ProjectRef{})
	if err != nil {
		return fmt.Errorf("the server's answer: %w", err)
	}
	f.ref = ref
	// Ctrl-C has a meaning of its own from here on.
	ctx, leave := context.WithCancelCause(context.WithoutCancel(ctx))
	defer leave(nil)
	defer f.app.interrupts(ctx, ref.String(), leave, func(ctx context.Context) error { _, err := f.client.StopRun(ctx, ref); return err })()
	defer time.AfterFunc(patience, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.patient = true
		f.sayWaiting()
	}).Stop()
	output := make(chan error, 1)
	if f.app.json {
		output <- nil
	} else {
		go func() { output <- f.output(ctx) }()
	}
	err = f.client.WatchRun(ctx, ref, f.see)
	if err != nil {
		leave(err)
	}
	shown := <-output
	switch {
	case errors.Is(context.Cause(ctx), errLeft):
		f.app.say("\n%s was asked to stop, and is left to itself; come back to it with: petri logs -f %s", f.last.Ref, f.last.Ref)
		return exits(exitAway)
	case err != nil:
		return petri.Wrap(petri.KindOf(err), err, "lost sight of %s (%s); it is not stopped, come back to it with: petri logs -f %s",
			f.last.Ref, message(err), f.last.Ref)
	case shown != nil:
		return petri.Wrap(petri.KindOf(shown), shown, "the output of %s could not be shown (%s); see it with: petri logs %s", f.last.Ref, message(shown), f.last.Ref)
	}
	return f.sealed(ctx)
}

// see takes note of a change of the run's state.
func (f *follower) see(run api.Run) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = run
	f.sayWaiting()
	return nil
}

// patience is how long a run may wait before it is said for what.
const patience = 700 * time.Millisecond

// sayWaiting tells what the run waits for, each thing once. f.mu is held.
func (f *follower) sayWaiting() {
	if waiting := f.last.Waiting; f.patient && waiting != f.waiting && !f.app.json {
		if waiting != "" {
			f.app.say("%s", f.app.style(f.app.stderr).faint(f.last.Ref+" waits: "+waiting))
		}
		f.waiting = waiting
	}
}

// output shows what the run prints, each stream where it belongs.
func (f *follower) output(ctx context.Context) error {
	body, err := f.client.RunLog(ctx, f.ref, api.LogOptions{Follow: true})
	if err != nil {
		return err
	}
	defer body.Close()
	midLine := false
	err = f.app.copyLog(body, func(frame petri.LogFrame) error {
		midLine = len(frame.Data) > 0 && frame.Data[len(frame.Data)-1] != '\n'
		return f.app.writeFrame(frame)
	})
	if midLine && terminal(f.app.stderr) {
		f.app.say("")
	}
	return err
}

// writeFrame writes what was printed to the stream on which it was.
func (a *app) writeFrame(frame petri.LogFrame) error {
	w := a.stdout
	if frame.Stream == petri.Stderr {
		w = a.stderr
	}
	_, err := w.Write(frame.Data)
	return err
}

// copyLog gives each the frames of a log.
func (a *app) copyLog(body io.Reader, each func(petri.LogFrame) error) error {
	frames := petri.NewLogReader(body)
	for {
		frame, err := frames.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := each(frame); err != nil {
			return err
		}
	}
}

// sealed tells how the run ended and gives the exit code for it.
func (f *follower) sealed(ctx context.Context) error {
	run := f.last
	if run.EnvironmentChanged && !f.app.json {
		// Without the lists the last line still says where they are.
		changes, _ := changedPackages(ctx, f.client, f.ref)
		for _, line := range packageChangeLines(changes, f.app.style(f.app.stderr)) {
			f.app.say("  %s", line)
		}
	}
	if f.app.json {
		if err := f.app.printJSON(run); err != nil {
			return err
		}
	} else {
		f.app.say("%s", f.app.sealedLine(run))
	}
	return exits(runExit(run))
}

// runExit is the exit code that a finished run stands for.
func runExit(run api.Run) int {
	switch {
	case run.Status == string(petri.RunError) || run.ExitCode == nil && run.Status != string(petri.RunStopped):
		return exitPetri
	case run.ExitCode == nil:
		return exitAway // stopped before it began
	case *run.ExitCode == 0 && run.Status != string(petri.RunSucceeded):
		return exitNo // ended well in the end, but was stopped or out of time
	}
	return *run.ExitCode
}

// sealedLine is the last line of petri run: what came of it, in words.
func (a *app) sealedLine(run api.Run) string {
	s := a.style(a.stderr)
	line := s.bold(run.Ref) + " " + s.ending(run)
	if run.Status == string(petri.RunError) {
		return line + ": " + run.Error
	}
	if run.StartedAt != nil {
		line += " in " + seconds(run.WallSeconds)
	}
	line += ", " + count(len(run.Results), "result")
	if n := len(run.LeftOut); n > 0 {
		line += s.yellow(fmt.Sprintf(", %d left out", n)) + " (petri show " + run.Ref + ")"
	}
	if run.EnvironmentChanged {
		line += s.yellow(", changed its own packages") + " (petri packages " + run.Ref + " --changed)"
	}
	return line
}
