package logs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/petri-dev/petri"
)

// frame is where one frame stands in a log.
type frame struct {
	at     int64
	length int
	time   time.Time
}

func (f frame) end() int64 { return f.at + petri.LogHeaderSize + int64(f.length) }

// scan goes through the whole frames of a log by their headers. A program that prints a line at
// a time makes very many frames, so it keeps none of them, and one read serves many.
type scan struct {
	log    io.ReaderAt
	at     int64 // of the next frame
	buffer []byte
	window []byte // what of the log the buffer holds
	from   int64  // where the window begins
}

const windowSize = 64 << 10

// next is the next frame. Where there is none, or it was cut, ok is false and the frame's place is
// the log's end. Kind: invalid for bytes that are no log.
func (s *scan) next() (f frame, ok bool, err error) {
	f.at = s.at
	header, err := s.read(s.at, petri.LogHeaderSize)
	if err != nil || header == nil {
		return f, false, err
	}
	f.length = int(binary.BigEndian.Uint32(header[9:]))
	f.time = time.UnixMicro(int64(binary.BigEndian.Uint64(header[1:])))
	if f.length > petri.MaxLogFrame || header[0] != petri.Stdout && header[0] != petri.Stderr {
		return f, false, petri.Errorf(petri.Invalid, "not a run's log: no frame begins at byte %d", s.at)
	}
	if f.length > 0 {
		if last, err := s.read(f.end()-1, 1); err != nil || last == nil {
			return f, false, err // cut: never finished
		}
	}
	s.at = f.end()
	return f, true, nil
}

// read is n bytes at a place; nil where the log ends before.
func (s *scan) read(at int64, n int) ([]byte, error) {
	if at < s.from || at+int64(n) > s.from+int64(len(s.window)) {
		if s.buffer == nil {
			s.buffer = make([]byte, windowSize)
		}
		got, err := s.log.ReadAt(s.buffer, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read the log: %w", err)
		}
		s.window, s.from = s.buffer[:got], at
	}
	if at+int64(n) > s.from+int64(len(s.window)) {
		return nil, nil
	}
	return s.window[at-s.from:][:n], nil
}

// length is where a log's last whole frame ends.
func length(log io.ReaderAt) (int64, error) {
	s := &scan{log: log}
	for {
		f, ok, err := s.next()
		if err != nil {
			return 0, err
		}
		if !ok {
			return f.at, nil
		}
	}
}

// between is how far landmarks lie apart at least.
const between = 1 << 20

// landmarks are places at which frames begin, all over a log, and its end: a log cannot be
// read backwards, but from one landmark to the next.
func landmarks(log io.ReaderAt) (marks []int64, end int64, err error) {
	s := &scan{log: log}
	for {
		f, ok, err := s.next()
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			return marks, f.at, nil
		}
		if len(marks) == 0 || f.at-marks[len(marks)-1] >= between {
			marks = append(marks, f.at)
		}
	}
}

// within are the frames from one place to another.
func within(log io.ReaderAt, at, until int64) ([]frame, error) {
	var all []frame
	for s := (&scan{log: log, at: at}); s.at < until; {
		f, ok, err := s.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("read the log: %w", io.ErrUnexpectedEOF) // it was whole a moment ago
		}
		all = append(all, f)
	}
	return all, nil
}
