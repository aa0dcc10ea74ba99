package witness

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// reason is why the witness ends a command.
type reason int

const (
	noReason reason = iota
	asked
	timeUp
	diskFull
)

// execute runs the command to its end and leaves nothing of it running.
func (r *run) execute() error {
	if r.stopAsked() {
		r.neverStarted(128+int(unix.SIGTERM), "")
		r.outcome.Signal, r.outcome.Stopped = signalName(unix.SIGTERM), true
		return nil
	}
	path, code, why := lookCommand(r.spec, withTools(r.env))
	if why != "" {
		r.neverStarted(code, why)
		return nil
	}
	streams, err := newStreams()
	if err != nil {
		return err
	}
	r.meter = newMeter("/sys/fs/cgroup")
	if err := r.started.publish(); err != nil {
		return err
	}
	r.outcome.StartedAt = r.now()
	child, err := r.start(path, streams)
	if err != nil {
		streams.close()
		code, why := explainStart(r.spec, path, err)
		r.neverStarted(code, why)
		return nil
	}
	pump := newPump(r.log, streams, r.now)
	go pump.run()
	r.watch(child, pump)
	r.outcome.FinishedAt = r.now()
	pump.wait(drainLimit)
	r.outcome.DiskFull = r.outcome.DiskFull || pump.full()
	r.measure(child)
	return nil
}

// drainLimit bounds the wait for output once every process is gone; there is nobody left who
// could hold a pipe open, but for one that Docker itself put into the container.
const drainLimit = 10 * time.Second

func (r *run) stopAsked() bool {
	for {
		select {
		case s := <-r.signals:
			if s == unix.SIGTERM {
				return true
			}
		default:
			return false
		}
	}
}

func (r *run) neverStarted(code int, why string) {
	now := r.now()
	if r.outcome.StartedAt.IsZero() {
		r.outcome.StartedAt = now
	}
	r.outcome.FinishedAt = now
	r.outcome.ExitCode, r.outcome.StartError = code, why
}

// watch sees the command through: signals, the time limit, a log that cannot be written, its
// end, and the end of all that it started.
func (r *run) watch(child *process, pump *pump) {
	ending, ended := noReason, false
	var limit, grace <-chan time.Time
	if r.spec.Timeout > 0 {
		limit = time.After(r.spec.Timeout)
	}
	end := func(why reason) {
		if ending == noReason && !ended {
			ending = why
			child.signalAll(unix.SIGTERM)
			grace = time.After(r.spec.Grace)
		}
	}
	broken, exited := pump.broken, child.exited
	for {
		select {
		case s := <-r.signals:
			switch s {
			case unix.SIGTERM:
				end(asked)
			case unix.SIGXFSZ:
				end(diskFull)
			default:
				child.signalGroup(s.(syscall.Signal))
			}
		case <-limit:
			end(timeUp)
		case <-broken:
			broken = nil
			end(diskFull)
		case <-grace:
			child.killAll()
		case status := <-exited:
			exited, ended = nil, true
			r.judge(status, ending)
			if ending == noReason {
				child.killAll()
			}
		case <-child.gone:
			if !ended { // both were ready, and chance chose this one
				r.judge(<-exited, ending)
			}
			return
		case <-r.meter.tick:
			r.meter.sample()
		}
	}
}

// judge tells what the command's end means.
func (r *run) judge(status syscall.WaitStatus, ending reason) {
	r.outcome.ExitCode = status.ExitStatus()
	if status.Signaled() {
		r.outcome.ExitCode = 128 + int(status.Signal())
		r.outcome.Signal = signalName(status.Signal())
	}
	r.outcome.Stopped = ending == asked
	r.outcome.TimedOut = ending == timeUp
	r.outcome.DiskFull = ending == diskFull
}

func (r *run) measure(child *process) {
	used := r.meter.read(child.usage)
	r.outcome.Wall = r.outcome.FinishedAt.Sub(r.outcome.StartedAt)
	r.outcome.CPU, r.outcome.PeakMemoryBytes = used.cpu, used.peak
	r.outcome.OOMKilled = used.oomKilled
}

// openOOM opens our own score before we become unreadable, see start.
func openOOM() *os.File {
	f, err := os.OpenFile("/proc/self/oom_score_adj", os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	return f
}
