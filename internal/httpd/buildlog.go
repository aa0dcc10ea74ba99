package httpd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/logs"
	"github.com/petri-dev/petri/internal/store"
)

// buildPlace is where in which attempt's log a reader is. A build that was cut and queued again
// writes its log anew, so a position alone would not do.
type buildPlace struct {
	build   petri.BuildID
	attempt int64 // when it was begun, in microseconds
	offset  int64
}

func (p buildPlace) String() string { return fmt.Sprintf("%d.%d.%d", p.build, p.attempt, p.offset) }

// parseBuildPlace reads the id of the last event that a caller has seen; what is none means
// the beginning.
func parseBuildPlace(s string) (p buildPlace) {
	fields := strings.Split(s, ".")
	if len(fields) != 3 {
		return buildPlace{}
	}
	var numbers [3]int64
	for i, field := range fields {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil || n < 0 {
			return buildPlace{}
		}
		numbers[i] = n
	}
	return buildPlace{petri.BuildID(numbers[0]), numbers[1], numbers[2]}
}

// in moves p to the beginning of b's log unless it is in it already.
func (p *buildPlace) in(b petri.Build) {
	attempt := int64(0)
	if !b.StartedAt.IsZero() {
		attempt = b.StartedAt.UnixMicro()
	}
	if p.build != b.ID || p.attempt != attempt {
		*p = buildPlace{build: b.ID, attempt: attempt}
	}
}

// followBuildLog sends a build's events, those that are there and those that come, until it
// has ended.
func (s *server) followBuildLog(w http.ResponseWriter, r *http.Request, c access.Caller) error {
	ctx, cancel := s.living(r)
	defer cancel()
	path := EnvironmentPath{Owner: r.PathValue("owner"), Name: r.PathValue("name")}
	ref, err := s.number(ctx, c, path.ref(c), r.PathValue("revision"), "latest")
	if err != nil {
		return err
	}
	build, err := s.Envs.BuildLogRef(ctx, c, ref)
	if err != nil {
		return err
	}
	wake, stop := s.DB.Watch(store.BuildTopic(build.ID))
	defer stop()
	out := newEvents(ctx, w)
	defer out.close()
	if err := out.flush(); err != nil {
		return err
	}
	f := &buildFollower{s: s, place: parseBuildPlace(r.Header.Get("Last-Event-ID")), out: out, wake: wake}
	return f.follow(ctx, build.ID)
}

type buildFollower struct {
	s     *server
	place buildPlace
	out   *events
	wake  <-chan struct{}
}

func (f *buildFollower) follow(ctx context.Context, id petri.BuildID) error {
	for {
		build, err := f.look(ctx, id)
		if err != nil {
			return err
		}
		f.place.in(build)
		switch {
		case build.Status.Ended():
			if err := f.sealed(ctx, build); err != nil {
				return err
			}
			return f.out.end()
		case build.Status == petri.BuildBuilding:
			err = f.growing(ctx, build)
		default:
			err = pause(ctx, f.wake)
		}
		if err != nil {
			return err
		}
	}
}

func (f *buildFollower) look(ctx context.Context, id petri.BuildID) (build petri.Build, err error) {
	err = f.s.DB.View(ctx, func(tx *store.Tx) (err error) {
		build, err = tx.Builds().ByID(id)
		return err
	})
	return build, err
}

// sealed sends the rest of the log of a build that has ended; one that never began has a
// single event, made here, that says why.
func (f *buildFollower) sealed(ctx context.Context, build petri.Build) error {
	if build.Log == "" {
		if build.Error == "" || f.place.offset > 0 {
			return nil
		}
		why, err := json.Marshal(petri.BuildEvent{Time: build.FinishedAt, Message: build.Error})
		if err != nil {
			return err
		}
		return f.out.send("", why)
	}
	blob, err := f.s.Blobs.Open(ctx, build.Log)
	if err != nil {
		return fmt.Errorf("open a build's log: %w", err)
	}
	defer blob.Close()
	if _, err := blob.Seek(f.place.offset, io.SeekStart); err != nil {
		return err
	}
	return f.lines(blob, false)
}

// growing sends what is written to the log of a build under way, and returns when that
// attempt is over.
func (f *buildFollower) growing(ctx context.Context, build petri.Build) error {
	ctx, cancel := context.WithCancelCause(ctx)
	over := errors.New("the attempt is over")
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.attempt(ctx, build, func() { cancel(over) })
	}()
	log := logs.Follow(ctx, logs.Following{Path: logs.BuildLog(f.s.Data, build), From: f.place.offset, Ended: func() bool { return false }})
	err := f.lines(log, true)
	if context.Cause(ctx) == over && (err == nil || errors.Is(err, over)) {
		err = nil
	} else if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	cancel(nil)
	<-done
	return errors.Join(err, log.Close())
}

// attempt waits until build is not what it was.
func (f *buildFollower) attempt(ctx context.Context, build petri.Build, over func()) {
	for {
		now, err := f.look(ctx, build.ID)
		if err == nil && (now.Status != build.Status || !now.StartedAt.Equal(build.StartedAt)) {
			over()
			return
		}
		select {
		case <-f.wake:
		case <-ctx.Done():
			return
		}
	}
}

// lines sends each whole line as an event.
func (f *buildFollower) lines(log io.Reader, flush bool) error {
	lines := bufio.NewReaderSize(log, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil // a cut line was never finished
		}
		if err != nil {
			return err
		}
		f.place.offset += int64(len(line))
		line = bytes.TrimSuffix(line, []byte{'\n'})
		if !json.Valid(line) {
			return petri.Errorf(petri.Internal, "a build's log is damaged")
		}
		if err := f.out.send(f.place.String(), line); err != nil {
			return err
		}
		if flush && lines.Buffered() == 0 {
			if err := f.out.flush(); err != nil {
				return err
			}
		}
	}
}
