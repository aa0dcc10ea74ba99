package witness

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipeSize is the most that Linux gives without privilege: the command seldom waits for us.
const pipeSize = 1 << 20

// streams are the command's standard input, output and error.
type streams struct {
	null            *os.File
	outRead, outEnd int
	errRead, errEnd int
}

func newStreams() (*streams, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	s := &streams{null: null}
	if s.outRead, s.outEnd, err = newPipe(); err != nil {
		return nil, err
	}
	s.errRead, s.errEnd, err = newPipe()
	return s, err
}

// newPipe makes a pipe that any user may open again by name: programs write to /dev/stdout
// and /dev/stderr, and the pipe belongs to us, not to them.
func newPipe() (read, write int, err error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return 0, 0, err
	}
	_, _ = unix.FcntlInt(uintptr(ends[0]), unix.F_SETPIPE_SZ, pipeSize)
	_ = unix.Fchmod(ends[1], 0o622)
	return ends[0], ends[1], nil
}

func (s *streams) childFiles() []uintptr {
	return []uintptr{s.null.Fd(), uintptr(s.outEnd), uintptr(s.errEnd)}
}

// closeChild closes our copies of the command's ends, so that their end can be seen.
func (s *streams) closeChild() {
	_ = s.null.Close()
	_ = unix.Close(s.outEnd)
	_ = unix.Close(s.errEnd)
}

// close closes what closeChild left.
func (s *streams) close() {
	_ = unix.Close(s.outRead)
	_ = unix.Close(s.errRead)
}
