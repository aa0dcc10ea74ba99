package httpd

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

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
	out := newEvents(ctx, w)
	defer out.close()
	var last []byte
	for {
		if run, err = s.Runs.Get(ctx, c, ref); err != nil {
			return err
		}
		explained, err := s.explain(ctx, run)
		if err != nil {
			return err
		}
		now, err := json.Marshal(explained)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, last) {
			if err := out.send("", now); err != nil {
				return err
			}
			last = now
		}
		if run.Status.Ended() {
			return out.end()
		}
		if err := out.flush(); err != nil {
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
