package witness

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is the command and everything it started. As PID 1 we are the parent of every
// orphan, so that "no child left" means that nothing of the run is left.
type process struct {
	pid    int
	exited chan syscall.WaitStatus // the command itself ended
	gone   chan struct{}           // closed when nothing is left
	usage  syscall.Rusage          // of all that was reaped; valid once gone
}

// start begins the command. The kernel's OOM killer must choose it, and never the witness:
// the score is inherited, and what was raised without privilege may be lowered again to
// where it was.
func (r *run) start(path string, s *streams) (*process, error) {
	attributes := &syscall.ProcAttr{
		Dir: r.spec.Dir, Env: withTools(r.env), Files: s.childFiles(),
		Sys: &syscall.SysProcAttr{Setsid: true},
	}
	if r.spec.UID >= 0 && r.spec.GID >= 0 && (r.spec.UID != os.Getuid() || r.spec.GID != os.Getgid() || os.Getuid() == 0) {
		attributes.Sys.Credential = &syscall.Credential{Uid: uint32(r.spec.UID), Gid: uint32(r.spec.GID)}
	}
	r.setOOM("500")
	pid, err := syscall.ForkExec(path, r.spec.Command, attributes)
	r.setOOM("0")
	s.closeChild()
	if err != nil {
		return nil, err
	}
	p := &process{pid: pid, exited: make(chan syscall.WaitStatus, 1), gone: make(chan struct{})}
	go p.reap()
	return p, nil
}

func (r *run) setOOM(score string) {
	if r.oom != nil {
		_, _ = r.oom.WriteAt([]byte(score), 0)
	}
}

// reap collects every process that ends until none is left.
func (p *process) reap() {
	defer close(p.gone)
	for {
		var status syscall.WaitStatus
		var usage syscall.Rusage
		pid, err := syscall.Wait4(-1, &status, unix.WALL, &usage)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return
		}
		p.add(usage)
		if pid == p.pid {
			p.exited <- status
		}
	}
}

func (p *process) add(u syscall.Rusage) {
	p.usage.Maxrss = max(p.usage.Maxrss, u.Maxrss)
	cpu := time.Duration(p.usage.Utime.Nano() + u.Utime.Nano() + u.Stime.Nano())
	p.usage.Utime = syscall.NsecToTimeval(int64(cpu))
}

func (p *process) signalGroup(s syscall.Signal) { _ = syscall.Kill(-p.pid, s) }

// signalAll reaches every process of the container. Where we are not PID 1 (under test) that
// would be every process of the machine: there it is the command's group only.
func (p *process) signalAll(s syscall.Signal) {
	if os.Getpid() == 1 {
		_ = syscall.Kill(-1, s)
		return
	}
	p.signalGroup(s)
}

// killAll kills until nothing is left; a fork that was under way can slip through once.
func (p *process) killAll() {
	p.signalAll(unix.SIGKILL)
	go func() {
		again := time.NewTicker(20 * time.Millisecond)
		defer again.Stop()
		for {
			select {
			case <-p.gone:
				return
			case <-again.C:
				p.signalAll(unix.SIGKILL)
			}
		}
	}()
}
