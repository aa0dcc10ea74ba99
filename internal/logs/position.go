package logs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"time"

	"github.com/petri-dev/petri"
)

// frame is where one frame stands in a log.
type frame struct {
	at     int64
	length int
	time   time.Time
}

// frames are the whole frames of a log, by their headers; the bytes between are not read.
func frames(log io.ReaderAt) ([]frame, int64, error) {
	var all []frame
	var header [petri.LogHeaderSize]byte
	at := int64(0)
	for {
		if n, err := log.ReadAt(header[:], at); n < len(header) {
			if errors.Is(err, io.EOF) {
				return all, at, nil
			}
			return nil, 0, fmt.Errorf("read the log: %w", err)
		}
		length := int(binary.BigEndian.Uint32(header[9:]))
		if length > petri.MaxLogFrame || header[0] != petri.Stdout && header[0] != petri.Stderr {
			return nil, 0, petri.Errorf(petri.Invalid, "not a run's log: no frame begins at byte %d", at)
		}
		next := at + petri.LogHeaderSize + int64(length)
		if length > 0 {
			var last [1]byte
			if n, err := log.ReadAt(last[:], next-1); n < 1 {
				if errors.Is(err, io.EOF) {
					return all, at, nil // cut: never finished
				}
				return nil, 0, fmt.Errorf("read the log: %w", err)
			}
		}
		all = append(all, frame{at, length, time.UnixMicro(int64(binary.BigEndian.Uint64(header[1:])))})
		at = next
	}
}

// Since is the position of the first frame that is not older than t; the end where there is
// none yet. Kind: invalid.
func Since(log io.ReaderAt, t time.Time) (int64, error) {
	all, end, err := frames(log)
	if err != nil {
		return 0, err
	}
	i := sort.Search(len(all), func(i int) bool { return !all[i].time.Before(t) })
	if i == len(all) {
		return end, nil
	}
	return all[i].at, nil
}

// Tail gives the last lines of a log: first, a frame made of the end of one that the lines
// begin within ("" where they begin with a frame), then the position to go on from. Lines of
// both streams count as they were written. Kind: invalid.
func Tail(log io.ReaderAt, lines int) (first []byte, from int64, err error) {
	all, end, err := frames(log)
	if err != nil || lines <= 0 {
		return nil, end, err
	}
	from = end
	left := lines
	for i := len(all) - 1; i >= 0; i-- {
		data := make([]byte, all[i].length)
		if _, err := log.ReadAt(data, all[i].at+petri.LogHeaderSize); err != nil {
			return nil, 0, fmt.Errorf("read the log: %w", err)
		}
		search := data
		if i == len(all)-1 {
			search = bytes.TrimSuffix(data, []byte{'\n'}) // the end of the last line begins no other
		}
		for {
			cut := bytes.LastIndexByte(search, '\n')
			if cut < 0 {
				break
			}
			if left--; left == 0 {
				return reframe(log, all[i], data[cut+1:]), from, nil
			}
			search = search[:cut]
		}
		from = all[i].at
	}
	return nil, 0, nil
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
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	_, end, err := frames(file)
	if err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil || info.Size() == end {
		return end, err
	}
	return end, file.Truncate(end)
}
