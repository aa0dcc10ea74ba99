package logs

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"github.com/petri-dev/petri"
)

// EventWriter appends a build's events to its log. It may be used concurrently.
type EventWriter struct {
	mu   sync.Mutex
	file *os.File
}

// NewEventWriter begins a build's log.
func NewEventWriter(path string) (*EventWriter, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin the build's log: %w", err)
	}
	return &EventWriter{file: file}, nil
}

// Append writes one event, whole or, on a full disk, not at all. Kind: exhausted.
func (w *EventWriter) Append(event petri.BuildEvent) error {
	line, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("encode a build event: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return petri.Errorf(petri.Internal, "the build's log is closed")
	}
	n, err := w.file.Write(append(line, '\n'))
	if err == nil {
		return nil
	}
	if info, statErr := w.file.Stat(); statErr == nil && n > 0 {
		_ = w.file.Truncate(info.Size() - int64(n)) // half an event would make what follows unreadable
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return petri.Wrap(petri.Exhausted, err, "the disk of the Petri server is full, so the build's log could not be written; free space under its data folder and build again")
	}
	return fmt.Errorf("write the build's log: %w", err)
}

// Close ends the log; closing again is no error.
func (w *EventWriter) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	return err
}

// maxEvent bounds one line of a build's log.
const maxEvent = 4 << 20

// Events calls fn for each event of a build's log, in order, until its end or fn's first
// error. Kind invalid for what is no such log; a last line that was cut is left out.
func Events(log io.Reader, fn func(petri.BuildEvent) error) error {
	lines := bufio.NewReaderSize(log, 64<<10)
	for {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var event petri.BuildEvent
		if err := json.Unmarshal(line, &event); err != nil {
			return petri.Wrap(petri.Invalid, err, "not a build's log: a line is no event")
		}
		if err := fn(event); err != nil {
			return err
		}
	}
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(line) > maxEvent:
			return nil, petri.Errorf(petri.Invalid, "not a build's log: a line is longer than %s", petri.FormatBytes(maxEvent))
		}
	}
}
