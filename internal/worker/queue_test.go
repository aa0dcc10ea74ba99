package worker_test

import (
	"testing"
	"time"

	"github.com/petri-dev/petri"
)

// hold queues a run that takes so much and goes on until it is stopped.
func (l *lab) hold(cpus float64, memory int64) petri.Run {
	l.Helper()
	return l.submitSpec(petri.RunSpec{Command: []string{"fake", "print a", "sleep 1m"}, CPUs: cpus, MemoryBytes: memory})
}

// waits fails when one of these is not queued any more.
func (l *lab) waits(waiting ...petri.Run) {
	l.Helper()
	time.Sleep(300 * time.Millisecond)
	for _, run := range waiting {
		if now := l.look(run); now.Status != petri.RunQueued {
			l.Errorf("run %s is %s, and should wait", run.Ref, now.Status)
		}
	}
}

// TestQueue: what fits runs at once; the head of the queue waits until it fits, and nothing
// passes it by.
func TestQueue(t *testing.T) {
	const gib = 1 << 30
	tests := []struct {
		name                     string
		first, second, big, last func(*lab) petri.Run
	}{
		{
			"by CPUs",
			func(l *lab) petri.Run { return l.hold(1, gib) }, func(l *lab) petri.Run { return l.hold(2, gib) },
			func(l *lab) petri.Run { return l.hold(2.5, gib) }, func(l *lab) petri.Run { return l.hold(0.5, gib) },
		},
		{
			"by memory",
			func(l *lab) petri.Run { return l.hold(0.5, 2*gib) }, func(l *lab) petri.Run { return l.hold(0.5, 4*gib) },
			func(l *lab) petri.Run { return l.hold(0.5, 5*gib) }, func(l *lab) petri.Run { return l.hold(0.5, gib) },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t).withEnvironment("")
			first, second := test.first(l), test.second(l)
			l.untilPrinted(first, "a\n")
			l.untilPrinted(second, "a\n")
			big, last := test.big(l), test.last(l)
			l.waits(big, last)
			l.stopRun(second)
			l.ended(second, petri.RunStopped)
			l.until(big, petri.RunRunning)
			l.until(last, petri.RunRunning)
			for _, run := range []petri.Run{first, big, last} {
				l.stopRun(run)
				l.ended(run, petri.RunStopped)
			}
			l.clean()
		})
	}
}

// TestQueueAfterAnotherWorker counts what an earlier worker's runs still take.
func TestQueueAfterAnotherWorker(t *testing.T) {
	l := newLab(t).withEnvironment("")
	first := l.hold(3, 1<<30)
	l.untilPrinted(first, "a\n")
	l.stop()
	next := l.hold(2, 1<<30)
	l.start()
	l.waits(next)
	l.stopRun(first)
	l.until(next, petri.RunRunning)
	l.stopRun(next)
	l.ended(next, petri.RunStopped)
}

// TestQueueOnASmallerMachine: a run that was accepted when there was more runs alone.
func TestQueueOnASmallerMachine(t *testing.T) {
	l := newLab(t).withEnvironment("")
	l.stop()
	big, small := l.hold(4, 1<<30), l.hold(1, 1<<30)
	l.config.CPUs = 2
	l.start()
	l.until(big, petri.RunRunning)
	l.waits(small)
	l.stopRun(big)
	l.until(small, petri.RunRunning)
	l.stopRun(small)
	l.ended(small, petri.RunStopped)
}

// TestManyRuns ends more runs at once than fit, each once.
func TestManyRuns(t *testing.T) {
	l := newLab(t).withEnvironment("")
	var all []petri.Run
	for range 12 {
		all = append(all, l.submit("print a", "append in.txt once", "sleep 20ms", "print b"))
	}
	for _, run := range all {
		l.once(l.ended(run, petri.RunSucceeded))
	}
	l.clean()
}
