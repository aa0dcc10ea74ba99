package httpd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/logs"
	"github.com/petri-dev/petri/internal/store"
)

// logWish is what part of a log somebody wants.
type logWish struct {
	follow bool
	from   int64
	since  time.Time
	tail   int
}

func parseLogWish(q url.Values) (wish logWish, err error) {
	bad := func(name, example string) error {
		return petri.Errorf(petri.Invalid, "%.60q is no value for %s; one is %s", q.Get(name), name, example)
	}
	if v := q.Get("follow"); v != "" {
		if wish.follow, err = strconv.ParseBool(v); err != nil {
			return wish, bad("follow", "true")
		}
	}
	if v := q.Get("from"); v != "" {
		if wish.from, err = strconv.ParseInt(v, 10, 64); err != nil || wish.from < 0 {
			return wish, bad("from", "a position in bytes, such as 0")
		}
	}
	if v := q.Get("tail"); v != "" {
		if wish.tail, err = strconv.Atoi(v); err != nil || wish.tail < 0 {
			return wish, bad("tail", "a number of lines, such as 100")
		}
	}
	if v := q.Get("since"); v != "" {
		if wish.since, err = time.Parse(time.RFC3339Nano, v); err != nil {
			return wish, bad("since", petri.TimeLayout)
		}
	}
	return wish, nil
}

// logFile is what a log is read from.
type logFile interface {
	io.ReadSeeker
	io.ReaderAt
	io.Closer
}

// readRunLog sends a run's log. One that has ended is a file copied to the socket; one that
// lives is followed.
func (s *server) readRunLog(w http.ResponseWriter, r *http.Request, c access.Caller) error {
	ctx, cancel := s.living(r)
	defer cancel()
	ref, err := runOf(r, c)
	if err != nil {
		return err
	}
	wish, err := parseLogWish(r.URL.Query())
	if err != nil {
		return err
	}
	run, err := s.Runs.Get(ctx, c, ref)
	if err != nil {
		return err
	}
	file, err := s.openLog(ctx, run)
	if err != nil {
		return err
	}
	if file != nil {
		defer file.Close()
	}
	first, at, err := place(file, wish)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", api.TypeLog)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set(api.HeaderLogOffset, strconv.FormatInt(at-int64(len(first)), 10))
	if !wish.follow || run.Status.Ended() {
		return sendLog(w, file, first, at)
	}
	if _, err := w.Write(first); err != nil {
		return gone(err)
	}
	return s.followRunLog(ctx, w, run, at)
}

// openLog opens a run's log as far as there is one: its blob once it is sealed, before that
// the file that the witness writes. nil where nothing was written.
func (s *server) openLog(ctx context.Context, run petri.Run) (logFile, error) {
	if run.Log == "" {
		file, err := logs.Open(logs.RunLog(s.Data, run.ID))
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("open the log of %s: %w", run.Ref, err)
		}
		// It may have been sealed, and its folder removed, since the row was read.
		err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
			run, err = tx.Runs().ByID(run.ID)
			return err
		})
		if err != nil || run.Log == "" {
			return nil, err
		}
	}
	blob, err := s.Blobs.Open(ctx, run.Log)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", run.Ref, err)
	}
	file, ok := blob.(logFile)
	if !ok {
		return nil, errors.Join(petri.Errorf(petri.Internal, "the blob store cannot read inside of blobs"), blob.Close())
	}
	return file, nil
}

// place finds where to begin: bytes to send first, then the position to go on from.
func place(file logFile, wish logWish) (first []byte, at int64, err error) {
	if file == nil {
		return nil, 0, nil
	}
	switch {
	case wish.tail > 0:
		return logs.Tail(file, wish.tail)
	case !wish.since.IsZero():
		at, err = logs.Since(file, wish.since)
		return nil, at, err
	}
	end, err := file.Seek(0, io.SeekEnd)
	return nil, min(wish.from, end), err
}

// sendLog sends what there is. With its length known and no wrapper around it, the file goes
// from disk to socket inside the kernel.
func sendLog(w http.ResponseWriter, file logFile, first []byte, at int64) error {
	if file == nil {
		w.Header().Set("Content-Length", "0")
		return nil
	}
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := file.Seek(at, io.SeekStart); err != nil {
		return err
	}
	w.Header().Set("Content-Length", strconv.FormatInt(int64(len(first))+end-at, 10))
	if _, err := w.Write(first); err != nil {
		return gone(err)
	}
	_, err = io.Copy(w, io.LimitReader(file, end-at))
	return gone(err)
}

// followRunLog sends a log from position at while it grows, until nothing more can come.
func (s *server) followRunLog(ctx context.Context, w http.ResponseWriter, run petri.Run, at int64) error {
	out := &flushing{w: w, control: http.NewResponseController(w)}
	if err := out.control.Flush(); err != nil { // so that the caller knows that we are with it
		return gone(err)
	}
	end, stop := s.endOf(ctx, run)
	defer stop()
	log := logs.Follow(ctx, logs.Following{Path: logs.RunLog(s.Data, run.ID), From: at, Ended: end.reached.Load, Wake: end.wake})
	n, err := io.Copy(out, log)
	if err = errors.Join(err, log.Close()); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return gone(err)
	}
	return s.sendRest(ctx, w, run, at+n)
}

// sendRest sends what a follower missed because the log was sealed, and its folder removed, before
// it could open the file.
func (s *server) sendRest(ctx context.Context, w http.ResponseWriter, run petri.Run, at int64) error {
	file, err := s.openLog(ctx, run)
	if err != nil || file == nil {
		return err
	}
	defer file.Close()
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil || end <= at {
		return err
	}
	if _, err := file.Seek(at, io.SeekStart); err != nil {
		return err
	}
	_, err = io.Copy(w, file)
	return gone(err)
}

// ending knows when a run's log is complete.
type ending struct {
	reached atomic.Bool
	wake    chan struct{} // closed when it is
}

// endOf watches for the moment when a run's command, and so its log, has ended.
func (s *server) endOf(ctx context.Context, run petri.Run) (*ending, func()) {
	end := &ending{wake: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(ctx)
	changed, unwatch := s.DB.Watch(store.RunTopic(run.ID))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			status := petri.RunStatus("")
			err := s.DB.View(ctx, func(tx *store.Tx) error {
				now, err := tx.Runs().ByID(run.ID)
				status = now.Status
				return err
			})
			if err == nil && (status == petri.RunCollecting || status.Ended()) {
				end.reached.Store(true)
				end.wake <- struct{}{}
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}()
	return end, func() { cancel(); unwatch(); <-done }
}

// flushing sends each piece on at once.
type flushing struct {
	w       io.Writer
	control *http.ResponseController
}

func (f *flushing) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err == nil {
		err = f.control.Flush()
	}
	return n, err
}
