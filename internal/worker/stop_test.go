package worker_test

import (
	"testing"
	"time"

	"github.com/petri-dev/petri"
)

// never fails unless the run ended before its command began.
func (l *lab) never(run petri.Run) {
	l.Helper()
	l.says(run, "stopped by alice before it began")
	if n := l.engine.starts(run.ID); n != 0 || !run.StartedAt.IsZero() || run.FinishedAt.IsZero() {
		l.Errorf("started %d times: %+v", n, run)
	}
}

func TestStopWhileQueued(t *testing.T) {
	l := newLab(t).withEnvironment("")
	l.stop()
	run := l.submit("write never x")
	l.stopRun(run)
	l.never(l.ended(run, petri.RunStopped))
	l.start()
	l.ended(l.submit(), petri.RunSucceeded) // the queue has moved on
	l.never(l.ended(run, petri.RunStopped))
	l.clean()
}

// TestStopWhileStarting stops runs whose container cannot be had just now. Their command is
// never begun, also when the engine comes back.
func TestStopWhileStarting(t *testing.T) {
	t.Run("the engine is away", func(t *testing.T) {
		l := newLab(t).withEnvironment("")
		l.must(l.engine.SetAway(true))
		run := l.until(l.submit("write never x"), petri.RunStarting)
		l.stopRun(run)
		l.never(l.ended(run, petri.RunStopped)) // and need not wait for the engine
		l.must(l.engine.SetAway(false))
		l.clean()
	})
	t.Run("the container is created", func(t *testing.T) {
		l := newLab(t).withEnvironment("")
		l.engine.onceBefore("Start", away)
		run := l.submit("write never x")
		l.eventually(func() error { // between the two tries
			if len(l.engine.specs()) == 0 {
				return away()
			}
			return nil
		})
		l.stopRun(run)
		l.never(l.ended(run, petri.RunStopped))
		l.clean()
	})
	t.Run("while it is staged", func(t *testing.T) {
		l := newLab(t).withEnvironment("")
		var run petri.Run
		l.engine.onceBefore("Create", func() error { l.stopRun(run); return nil })
		run = l.submit("write kept x", "sleep 1m")
		run = l.ended(run, petri.RunStopped) // too late for never: it is started, and stopped
		if l.results(run) != "" && l.results(run) != "+kept" {
			t.Errorf("results %q", l.results(run))
		}
		l.clean()
	})
}

func TestStopWhileRunning(t *testing.T) {
	tests := []struct {
		name    string
		steps   []string
		prepare func(*lab)
		outcome petri.Outcome
	}{
		{"gives way", []string{"write kept x", "print begun", "sleep 1m"}, nil, petri.Outcome{ExitCode: 143, Signal: "SIGTERM", Stopped: true}},
		{"ignores TERM", []string{"write kept x", "trap", "print begun", "sleep 1m"}, nil, petri.Outcome{ExitCode: 137, Signal: "SIGKILL", Stopped: true}},
		{
			"the first signal is lost", []string{"write kept x", "print begun", "sleep 1m"},
			func(l *lab) { l.engine.onceBefore("Signal", away) },
			petri.Outcome{ExitCode: 143, Signal: "SIGTERM", Stopped: true},
		},
		{
			"not even the witness obeys", []string{"write kept x", "print begun", "sleep 1m"},
			func(l *lab) {
				var deaf func() error
				deaf = func() error {
					l.engine.onceBefore("Signal", deaf)
					l.skew.Add(int64(20 * time.Second))
					return away()
				}
				l.engine.onceBefore("Signal", deaf)
			},
			petri.Outcome{ExitCode: 137, Signal: "SIGKILL", Stopped: true},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t).withEnvironment("")
			if test.prepare != nil {
				test.prepare(l)
			}
			run := l.submit(test.steps...)
			l.untilPrinted(run, "begun\n")
			l.stopRun(run)
			l.stopRun(run) // twice is no error
			run = l.ended(run, petri.RunStopped)
			l.says(run, "stopped by alice")
			got := run.Outcome
			got.Wall, got.CPU, got.PeakMemoryBytes = 0, 0, 0
			if got != test.outcome {
				t.Errorf("outcome %+v", got)
			}
			if l.results(run) != "+kept" || l.output(run) != "begun\n" {
				t.Errorf("results %q, output %q", l.results(run), l.output(run))
			}
			l.clean()
		})
	}
}

// TestStopComesTooLate leaves a run that has ended what it is.
func TestStopComesTooLate(t *testing.T) {
	l := newLab(t).withEnvironment("")
	run := l.ended(l.submit("exit 4"), petri.RunFailed)
	if _, err := l.runs.Stop(t.Context(), l.alice, run.Ref); petri.KindOf(err) != petri.Conflict {
		t.Errorf("got %v", err)
	}
	l.ended(run, petri.RunFailed)
}
