package logs

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/petri-dev/petri"
)

// Since is the position of the first frame that is not older than t; the end where there is
// none yet. Kind: invalid.
func Since(log io.ReaderAt, t time.Time) (int64, error) {
	s := &scan{log: log}
	for {
		f, ok, err := s.next()
		if err != nil || !ok || !f.time.Before(t) {
			return f.at, err
		}
	}
}

// Tail gives the last lines of a log: first, a frame made of the end of one that the lines
// begin within ("" where they begin with a frame), then the position to go on from. Lines of
// both streams count as they were written. Kind: invalid.
func Tail(log io.ReaderAt, lines int) (first []byte, from int64, err error) {
	marks, end, err := landmarks(log)
	if err != nil || lines <= 0 {
		return nil, end, err
	}
	left := lines
	for i := len(marks) - 1; i >= 0; i-- {
		until := end
		if i+1 < len(marks) {
			until = marks[i+1]
		}
		first, from, left, err = tailWithin(log, marks[i], until, end, left)
		if err != nil || left == 0 {
			return first, from, err
		}
	}
	return nil, 0, nil
}

// tailWithin looks for the left last lines among the frames from at to until, the log having
// its end at end. It gives what Tail does, and how many lines are still to be found before.
func tailWithin(log io.ReaderAt, at, until, end int64, left int) (first []byte, from int64, stillLeft int, err error) {
	all, err := within(log, at, until)
	if err != nil {
		return nil, 0, left, err
	}
	from = until
	for _, f := range slices.Backward(all) {
		data := make([]byte, f.length)
		if _, err := log.ReadAt(data, f.at+petri.LogHeaderSize); err != nil {
			return nil, 0, left, fmt.Errorf("read the log: %w", err)
		}
		search := data
		if f.end() == end {
			search = bytes.TrimSuffix(data, []byte{'\n'}) // the end of the last line begins no other
		}
		for {
			cut := bytes.LastIndexByte(search, '\n')
			if cut < 0 {
				break
			}
			if left--; left == 0 {
				return reframe(log, f, data[cut+1:]), from, 0, nil
			}
			search = search[:cut]
		}
		from = f.at
	}
	return nil, from, left, nil
}

// reframe is a frame with the stream and time of f that carries only data.
func reframe(log io.ReaderAt, f frame, data []byte) []byte {
	if len(data) == 0 {
		return nil
	}
	var stream [1]byte
	_, _ = log.ReadAt(stream[:], f.at) // it was read a moment ago
	out := make([]byte, petri.LogHeaderSize+len(data))
	petri.PutLogHeader(out, stream[0], f.time, len(data))
	copy(out[petri.LogHeaderSize:], data)
	return out
}

// trim cuts off a last frame that was not finished and returns the log's length.
func trim(path string) (int64, error) {
	file, err := open(path, os.O_RDWR)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	end, err := length(file)
	if err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil || info.Size() == end {
		return end, err
	}
	return end, file.Truncate(end)
}
