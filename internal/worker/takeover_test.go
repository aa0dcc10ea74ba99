package worker_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/logs"
	"github.com/petri-dev/petri/internal/witness"
)

// untilPrinted waits until the run is running and has printed that.
func (l *lab) untilPrinted(run petri.Run, want string) {
	l.Helper()
	l.until(run, petri.RunRunning)
	l.eventually(func() error {
		file, err := os.Open(logs.RunLog(l.data, run.ID))
		if err != nil {
			return err
		}
		defer file.Close()
		got := ""
		for frames := petri.NewLogReader(file); ; {
			frame, err := frames.Next()
			if err != nil {
				break
			}
			got += string(frame.Data)
		}
		if got != want {
			return errors.New("so far it has printed " + got)
		}
		return nil
	})
}

func (l *lab) outcome(run petri.Run) witness.Outcome {
	l.Helper()
	var outcome witness.Outcome
	l.eventually(func() (err error) {
		outcome, err = witness.ReadOutcome(logs.RunFolder(l.data, run.ID) + "/io")
		return err
	})
	return outcome
}

func (l *lab) container(run petri.Run) engine.Container {
	l.Helper()
	found, err := l.engine.Engine.List(l.Context(), map[string]string{"petri.run": run.Ref.String()[len("alice/p#"):]})
	l.must(err)
	if len(found) != 1 {
		l.Fatalf("%d containers of %s", len(found), run.Ref)
	}
	return found[0]
}

// TestTakeOver puts a worker down at every step of a run's life, and has another one on the
// same rows and folders bring it to its end.
func TestTakeOver(t *testing.T) {
	tests := []struct {
		name string
		// down submits the run and puts the worker down.
		down  func(*lab) petri.Run
		check func(*lab, petri.Run)
	}{
		{"queued", func(l *lab) petri.Run { l.stop(); return l.submitOnce() }, (*lab).once},
		{"claimed, not created", func(l *lab) petri.Run { return l.dieAt(l.engine.hangBefore("Create")) }, (*lab).once},
		{"created, answer lost", func(l *lab) petri.Run { return l.dieAt(l.engine.hangAfter("Create")) }, (*lab).once},
		{"created, not started", func(l *lab) petri.Run { return l.dieAt(l.engine.hangBefore("Start")) }, (*lab).once},
		{"started, answer lost", func(l *lab) petri.Run { return l.dieAt(l.engine.hangAfter("Start")) }, (*lab).once},
		{"running", func(l *lab) petri.Run {
			run := l.submitOnce()
			l.untilPrinted(run, "a\n")
			l.stop()
			if state := l.container(run).State; state != engine.Running {
				l.Errorf("the container is %s", state)
			}
			return run
		}, (*lab).once},
		{"started, ended meanwhile", func(l *lab) petri.Run {
			run := l.dieAt(l.engine.hangAfter("Start"))
			l.outcome(run)
			return run
		}, (*lab).once},
		{"running, ended meanwhile", func(l *lab) petri.Run {
			run := l.submitOnce()
			l.untilPrinted(run, "a\n")
			l.stop()
			l.outcome(run)
			return run
		}, (*lab).once},
		{"running, container removed after its end", func(l *lab) petri.Run {
			run := l.submitOnce()
			l.untilPrinted(run, "a\n")
			l.stop()
			l.outcome(run)
			l.must(l.engine.Engine.Remove(l.Context(), l.container(run).ID))
			return run
		}, (*lab).once},
		{"collecting", func(l *lab) petri.Run {
			run := l.submitOnce()
			l.untilPrinted(run, "a\n")
			l.stop()
			outcome := l.outcome(run)
			_, err := l.runs.Advance(l.Context(), run.ID, petri.RunRunning, petri.RunCollecting, func(r *petri.Run) { r.Outcome = outcome.Outcome })
			l.must(err)
			return run
		}, (*lab).once},
		{"sealed, not cleared away", func(l *lab) petri.Run { return l.dieAt(l.engine.hangBefore("Remove")) }, (*lab).once},
		{"engine away at first", func(l *lab) petri.Run {
			run := l.submitOnce()
			l.untilPrinted(run, "a\n")
			l.stop()
			l.must(l.engine.SetAway(true))
			time.AfterFunc(300*time.Millisecond, func() { _ = l.engine.SetAway(false) })
			return run
		}, (*lab).once},
	}
	for _, test := range tests {
		t.Run(clean(test.name), func(t *testing.T) {
			l := newLab(t).withEnvironment("")
			run := test.down(l)
			l.start()
			test.check(l, l.ended(run, petri.RunSucceeded))
			l.clean()
		})
	}
}

// submitOnce queues a run whose results tell how often it ran.
func (l *lab) submitOnce() petri.Run {
	l.Helper()
	return l.submit("print a", "append in.txt once", "sleep 300ms", "print b")
}

// dieAt submits a run and puts the worker down when it hangs.
func (l *lab) dieAt(hangs <-chan struct{}) petri.Run {
	l.Helper()
	run := l.submitOnce()
	select {
	case <-hangs:
	case <-time.After(10 * time.Second):
		l.Fatal("the worker never came there")
	}
	l.stop()
	return run
}

// TestTakeOverOfWhatIsLost: where the container is gone the run is not started again, and where
// somebody has stopped it meanwhile it is stopped.
func TestTakeOverOfWhatIsLost(t *testing.T) {
	tests := []struct {
		name   string
		down   func(*lab) petri.Run
		status petri.RunStatus
		says   string
		starts int
	}{
		{"running, container gone", func(l *lab) petri.Run {
			run := l.submit("print a", "sleep 1m")
			l.untilPrinted(run, "a\n")
			l.stop()
			l.must(l.engine.Engine.Remove(l.Context(), l.container(run).ID))
			return run
		}, petri.RunError, "vanished under the run", 1},
		{"started, container gone", func(l *lab) petri.Run {
			run := l.dieAt(l.engine.hangAfter("Start"))
			l.eventually(func() error {
				_, err := witness.ReadStarted(logs.RunFolder(l.data, run.ID) + "/io")
				return err
			})
			l.must(l.engine.Engine.Remove(l.Context(), l.container(run).ID))
			return run
		}, petri.RunError, "vanished under the run", 1},
		{"running, folder gone too", func(l *lab) petri.Run {
			run := l.submit("print a", "sleep 1m")
			l.untilPrinted(run, "a\n")
			l.stop()
			l.must(l.engine.Engine.Remove(l.Context(), l.container(run).ID))
			l.eventually(func() error { return os.RemoveAll(logs.RunFolder(l.data, run.ID)) })
			return run
		}, petri.RunError, "vanished under the run", 1},
		{"stopped while queued for a worker", func(l *lab) petri.Run {
			run := l.dieAt(l.engine.hangBefore("Create"))
			return l.stopRun(run)
		}, petri.RunStopped, "stopped by alice before it began", 0},
		{"stopped while created", func(l *lab) petri.Run {
			run := l.dieAt(l.engine.hangBefore("Start"))
			return l.stopRun(run)
		}, petri.RunStopped, "stopped by alice before it began", 0},
		{"stopped while running", func(l *lab) petri.Run {
			run := l.submit("print a", "sleep 1m")
			l.untilPrinted(run, "a\n")
			l.stop()
			return l.stopRun(run)
		}, petri.RunStopped, "stopped by alice", 1},
		{"failed, not cleared away", func(l *lab) petri.Run {
			hangs := l.engine.hangBefore("Remove")
			run := l.submit("fail-start nothing")
			<-hangs
			l.stop()
			return run
		}, petri.RunError, "refused nothing", 0},
	}
	for _, test := range tests {
		t.Run(clean(test.name), func(t *testing.T) {
			l := newLab(t).withEnvironment("")
			run := test.down(l)
			l.start()
			run = l.ended(run, test.status)
			l.says(run, test.says)
			if n := l.engine.starts(run.ID); n != test.starts {
				t.Errorf("started %d times", n)
			}
			l.clean()
		})
	}
}

// TestShutdown comes to rest at once, leaves what runs running, and starts nothing.
func TestShutdown(t *testing.T) {
	l := newLab(t).withEnvironment("")
	running := l.submitOnce()
	l.untilPrinted(running, "a\n")
	began := time.Now()
	l.stop()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	queued := l.submitOnce()
	if now := l.look(running); now.Status != petri.RunRunning {
		t.Errorf("the run is %s", now.Status)
	}
	if state := l.container(running).State; state != engine.Running {
		t.Errorf("the container is %s", state)
	}
	l.outcome(running) // it ends with no worker there
	if _, err := os.Stat(logs.RunFolder(l.data, queued.ID)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a worker at rest has begun a run: %v", err)
	}
	l.start()
	l.once(l.ended(running, petri.RunSucceeded))
	l.once(l.ended(queued, petri.RunSucceeded))
	l.clean()
}

// clean makes a subtest's name one that overlays can be mounted from.
func clean(name string) string {
	out := []byte(name)
	for i, c := range out {
		if c == ',' || c == ':' {
			out[i] = ' '
		}
	}
	return string(out)
}
