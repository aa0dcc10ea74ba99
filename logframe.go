package petri

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"time"
)

// A run's log is a sequence of frames: what one read of the command's output gave, with its
// stream and its time. A frame is
//
//	stream (1 byte: 1 stdout, 2 stderr) | microseconds since 1970, big-endian (8) | length, big-endian (4) | bytes
//
// Frames are appended whole in one write; a frame cut at the end of a file was not finished
// and is not part of the log.

// The streams of a log.
const (
	Stdout byte = 1
	Stderr byte = 2
)

// LogHeaderSize is the length of a frame's header; MaxLogFrame is the most bytes a frame carries.
const (
	LogHeaderSize = 13
	MaxLogFrame   = 1 << 20
)

// LogFrame is one piece of output. Data is not necessarily a line, nor whole characters.
type LogFrame struct {
	Stream byte
	Time   time.Time
	Data   []byte
}

// PutLogHeader writes the header of a frame of length bytes into header, which has
// LogHeaderSize bytes.
func PutLogHeader(header []byte, stream byte, at time.Time, length int) {
	header[0] = stream
	binary.BigEndian.PutUint64(header[1:9], uint64(at.UnixMicro()))
	binary.BigEndian.PutUint32(header[9:13], uint32(length))
}

// LogReader reads frames one after another.
type LogReader struct {
	r   *bufio.Reader
	buf []byte
}

// NewLogReader reads frames from r.
func NewLogReader(r io.Reader) *LogReader { return &LogReader{r: bufio.NewReaderSize(r, 256<<10)} }

// Next gives the next frame; its Data is valid until the following call. It returns io.EOF at
// the end, also where the last frame was cut, and an error of kind invalid for bytes that are
// no log.
func (l *LogReader) Next() (LogFrame, error) {
	var header [LogHeaderSize]byte
	if _, err := io.ReadFull(l.r, header[:]); err != nil {
		return LogFrame{}, cutIsEnd(err)
	}
	length := int(binary.BigEndian.Uint32(header[9:13]))
	if stream := header[0]; stream != Stdout && stream != Stderr || length > MaxLogFrame {
		return LogFrame{}, Errorf(Invalid, "not a run's log: no frame begins here")
	}
	if cap(l.buf) < length {
		l.buf = make([]byte, length)
	}
	data := l.buf[:length]
	if _, err := io.ReadFull(l.r, data); err != nil {
		return LogFrame{}, cutIsEnd(err)
	}
	at := time.UnixMicro(int64(binary.BigEndian.Uint64(header[1:9]))).UTC()
	return LogFrame{Stream: header[0], Time: at, Data: data}, nil
}

func cutIsEnd(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}
