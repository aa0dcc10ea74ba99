package worker_test

import (
	"testing"
	"time"

	"github.com/petri-dev/petri"
)

// TestEngineAway takes the engine away, or an answer of its, at every step of a run.
func TestEngineAway(t *testing.T) {
	tests := []struct {
		name  string
		trick func(*lab)
	}{
		{"at claim", func(l *lab) {
			l.must(l.engine.SetAway(true))
			time.AfterFunc(300*time.Millisecond, func() { _ = l.engine.SetAway(false) })
		}},
		{"before create", func(l *lab) { l.engine.onceBefore("Create", away) }},
		{"after create", func(l *lab) { l.engine.onceAfter("Create", away) }},
		{"a container that a dead worker asked for appears late", func(l *lab) { l.engine.onceAfter("Create", taken) }},
		{"stumbling before create", func(l *lab) { l.engine.onceBefore("Create", stumble) }},
		{"stumbling before start", func(l *lab) { l.engine.onceBefore("Start", stumble) }},
		{"stumbling after start", func(l *lab) { l.engine.onceAfter("Start", stumble) }},
		{"before start", func(l *lab) { l.engine.onceBefore("Start", away) }},
		{"after start", func(l *lab) { l.engine.onceAfter("Start", away) }},
		{"while it runs", func(l *lab) { l.engine.onceBefore("Wait", away) }},
		{"at its end", func(l *lab) { l.engine.onceAfter("Wait", away) }},
		{"while it is cleared away", func(l *lab) { l.engine.onceBefore("Remove", away) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t).withEnvironment("")
			test.trick(l)
			run := l.ended(l.submit("print a", "append in.txt once", "sleep 50ms", "print b"), petri.RunSucceeded)
			l.once(run)
			l.clean()
		})
	}
}

// stumble is a failure of Docker's own, which is over when asked again.
func stumble() error { return petri.Errorf(petri.Internal, "Docker answered: no bridge just now") }

// taken is what the engine answers while another call makes a container of that name.
func taken() error { return petri.Errorf(petri.Conflict, "a container of that name is there already") }

// once fails unless the run's command ran exactly once, by what it left.
func (l *lab) once(run petri.Run) {
	l.Helper()
	if n := l.engine.starts(run.ID); n != 1 {
		l.Errorf("started %d times", n)
	}
	if got := l.result(run, "in.txt"); got != "in\nonce\n" || l.results(run) != "~in.txt" {
		l.Errorf("in.txt is %q, changed %q", got, l.results(run))
	}
	if got := l.output(run); got != "a\nb\n" {
		l.Errorf("output %q", got)
	}
}

// TestEngineAwayForLong ends and stops runs while nobody can ask the engine.
func TestEngineAwayForLong(t *testing.T) {
	t.Run("the run ends", func(t *testing.T) {
		l := newLab(t).withEnvironment("")
		run := l.submit("print a", "append in.txt once", "sleep 300ms", "print b")
		l.untilPrinted(run, "a\n")
		l.must(l.engine.SetAway(true))
		if l.config.Root { // the outcome is the witness's word, and enough
			l.ended(run, petri.RunSucceeded)
		} else {
			time.Sleep(500 * time.Millisecond)
		}
		l.must(l.engine.SetAway(false))
		l.once(l.ended(run, petri.RunSucceeded))
		l.clean()
	})
	t.Run("somebody stops it", func(t *testing.T) {
		l := newLab(t).withEnvironment("")
		run := l.submit("print a", "sleep 1m")
		l.untilPrinted(run, "a\n")
		l.must(l.engine.SetAway(true))
		l.stopRun(run)
		time.Sleep(1200 * time.Millisecond) // long enough for a signal that fails
		if got := l.look(run).Status; got != petri.RunRunning {
			t.Errorf("it is %s", got)
		}
		l.must(l.engine.SetAway(false))
		l.ended(run, petri.RunStopped)
		l.clean()
	})
}
