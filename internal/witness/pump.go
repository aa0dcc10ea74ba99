package witness

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// frameData is how much one frame carries at most: enough to be fast, and to stay in the
// processor's cache.
const frameData = 256 << 10

// pump carries the command's output into the log, one write a frame. One thread serves both
// streams, so that their frames stand in the order in which they were seen.
type pump struct {
	log     *os.File
	streams *streams
	now     func() time.Time
	written int64
	buf     []byte
	broken  chan struct{} // closed when the log cannot be written any more
	failure error
	done    chan struct{}
}

func newPump(log *os.File, s *streams, now func() time.Time) *pump {
	p := &pump{log: log, streams: s, now: now, buf: make([]byte, petri.LogHeaderSize+frameData),
		broken: make(chan struct{}), done: make(chan struct{})}
	if info, err := log.Stat(); err == nil {
		p.written = info.Size()
	}
	return p
}

// run reads until both streams have ended. Once the log is broken it still reads, so that
// the command can end.
func (p *pump) run() {
	defer close(p.done)
	fds := []unix.PollFd{
		{Fd: int32(p.streams.outRead), Events: unix.POLLIN},
		{Fd: int32(p.streams.errRead), Events: unix.POLLIN},
	}
	for fds[0].Fd >= 0 || fds[1].Fd >= 0 {
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			p.fail(err)
			return
		}
		for i := range fds {
			if fds[i].Fd < 0 || fds[i].Revents == 0 {
				continue
			}
			fds[i].Revents = 0
			if !p.move(int(fds[i].Fd), petri.Stdout+byte(i)) {
				_ = unix.Close(int(fds[i].Fd))
				fds[i].Fd = -1
			}
		}
	}
}

// move carries one piece; false at the stream's end.
func (p *pump) move(fd int, stream byte) bool {
	n, err := unix.Read(fd, p.buf[petri.LogHeaderSize:])
	if err == unix.EINTR || err == unix.EAGAIN {
		return true
	}
	if err != nil || n <= 0 {
		return false
	}
	if p.failure != nil {
		return true
	}
	petri.PutLogHeader(p.buf, stream, p.now(), n)
	p.append(p.buf[:petri.LogHeaderSize+n])
	return true
}

func (p *pump) append(frame []byte) {
	n, err := unix.Write(int(p.log.Fd()), frame)
	for err == unix.EINTR {
		n, err = unix.Write(int(p.log.Fd()), frame)
	}
	if err == nil && n < len(frame) {
		// The disk took a part: the rest tells why.
		_, err = p.log.Write(frame[n:])
	}
	if err != nil {
		_ = p.log.Truncate(p.written)
		p.fail(err)
		return
	}
	p.written += int64(len(frame))
}

func (p *pump) fail(err error) {
	if p.failure == nil {
		p.failure = err
		close(p.broken)
	}
}

// wait waits for the end of the streams, at most so long.
func (p *pump) wait(most time.Duration) {
	select {
	case <-p.done:
	case <-time.After(most):
	}
}

// full tells whether the log could not be written.
func (p *pump) full() bool {
	select {
	case <-p.broken:
		return true
	default:
		return false
	}
}
