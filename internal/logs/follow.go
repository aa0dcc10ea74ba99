package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Following says how a growing file is read.
type Following struct {
	Path string
	// From is the position to begin at.
	From int64
	// Ended tells whether the writer is through; what it wrote before is still read.
	Ended func() bool
	// Wake, which may be nil, says that it is worth asking Ended again.
	Wake <-chan struct{}
}

// poll is how often a file is looked at where the kernel sends no word of changes, and
// appearance how often one that is not there yet.
const (
	poll       = 250 * time.Millisecond
	appearance = 5 * time.Millisecond
)

// Follow reads a file while it grows, from when it appears until its writer is through. A
// read blocks until there is something; ctx's end is its error. A file that never came to
// be is empty.
func Follow(ctx context.Context, f Following) io.ReadCloser { return &follower{ctx: ctx, Following: f} }

type follower struct {
	Following
	ctx    context.Context
	file   *os.File
	events *fsnotify.Watcher
}

func (f *follower) Read(p []byte) (int, error) {
	for {
		// Asked before reading: what was written before the end is then read for sure.
		ended := f.Ended()
		n, err := f.read(p)
		switch {
		case n > 0:
			return n, nil
		case err != nil && !errors.Is(err, io.EOF):
			return 0, err
		case ended:
			return 0, io.EOF
		}
		if err := f.wait(); err != nil {
			return 0, err
		}
	}
}

func (f *follower) read(p []byte) (int, error) {
	if f.file == nil {
		if err := f.open(); err != nil || f.file == nil {
			return 0, err
		}
	}
	return f.file.Read(p)
}

// open opens the file and asks the kernel for word of its changes; without such word, polling
// must do.
func (f *follower) open() error {
	file, err := Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	if _, err := file.Seek(f.From, io.SeekStart); err != nil {
		return errors.Join(fmt.Errorf("find the place in the log: %w", err), file.Close())
	}
	f.file = file
	if events, err := fsnotify.NewWatcher(); err == nil {
		if err := events.Add(f.Path); err == nil {
			f.events = events
		} else {
			_ = events.Close()
		}
	}
	return nil
}

func (f *follower) wait() error {
	every := poll
	if f.file == nil {
		every = appearance
	}
	var events chan fsnotify.Event
	if f.events != nil {
		events = f.events.Events
	}
	timer := time.NewTimer(every)
	defer timer.Stop()
	select {
	case <-events:
	case <-f.Wake:
	case <-timer.C:
	case <-f.ctx.Done():
		return context.Cause(f.ctx)
	}
	return nil
}

// WriteTo lets io.Copy use reads as large as the log grows.
func (f *follower) WriteTo(w io.Writer) (total int64, err error) {
	buffer := make([]byte, 256<<10)
	for {
		n, err := f.Read(buffer)
		if n > 0 {
			written, err := w.Write(buffer[:n])
			total += int64(written)
			if err != nil {
				return total, err
			}
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

func (f *follower) Close() error {
	var errs []error
	if f.events != nil {
		errs = append(errs, f.events.Close())
	}
	if f.file != nil {
		errs = append(errs, f.file.Close())
	}
	return errors.Join(errs...)
}
