package httpd

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// living is a context that ends with the request or with the server, whichever is first.
func (s *server) living(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(r.Context())
	if s.Stop == nil {
		return ctx, func() { cancel(nil) }
	}
	go func() {
		select {
		case <-s.Stop:
			cancel(petri.Errorf(petri.Canceled, "the server is stopping"))
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// watchRun sends the run as it is, and again whenever it has changed, until it has ended.
func (s *server) watchRun(w http.ResponseWriter, r *http.Request, c access.Caller) error {
	ctx, cancel := s.living(r)
	defer cancel()
	ref, err := runOf(r, c)
	if err != nil {
		return err
	}
	run, err := s.Runs.Get(ctx, c, ref)
	if err != nil {
		return err
	}
	wake, stop := s.DB.Watch(store.RunTopic(run.ID))
	defer stop()
	return changes(ctx, w, wake, func() (any, bool, error) {
		run, err := s.Runs.Get(ctx, c, ref)
		if err != nil {
			return nil, false, err
		}
		explained, err := s.explain(ctx, run)
		return explained, run.Status.Ended(), err
	})
}

// changesRate is how many bytes a second of something that goes on are sent to each who follows it:
// what is small at every change, what is large now and then.
const changesRate = 256 << 10

// changes sends what now gives, and again whenever that has changed, until it is the last.
func changes(ctx context.Context, w http.ResponseWriter, wake <-chan struct{}, now func() (value any, last bool, err error)) error {
	out := newEvents(ctx, w)
	defer out.close()
	var sent []byte
	for {
		value, last, err := now()
		if err != nil {
			return err
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if !bytes.Equal(text, sent) {
			if err := out.send("", text); err != nil {
				return err
			}
			sent = text
		}
		if last {
			return out.end()
		}
		if err := out.flush(); err != nil {
			return err
		}
		if err := pause(ctx, time.After(time.Duration(len(text))*time.Second/changesRate)); err != nil {
			return err
		}
		if err := pause(ctx, wake); err != nil {
			return err
		}
	}
}

// pause waits until something may have changed.
func pause[T any](ctx context.Context, wake <-chan T) error {
	select {
	case <-wake:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
