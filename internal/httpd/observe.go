package httpd

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// notes are what a request's log line will say; its handler fills them in.
type notes struct {
	id   string
	user string
	err  error
}

type notesKey struct{}

// notesOf is never nil: outside of observe it is a throw-away.
func notesOf(ctx context.Context) *notes {
	if n, ok := ctx.Value(notesKey{}).(*notes); ok {
		return n
	}
	return &notes{}
}

// observe gives each request an id, a line in the log and a place in the metrics, and
// survives handlers that panic.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		n := &notes{id: newRequestID()}
		r = r.WithContext(context.WithValue(r.Context(), notesKey{}, n))
		rec := &recorder{ResponseWriter: w}
		rec.Header().Set(api.HeaderRequestID, n.id)
		aborted := s.serve(next, rec, r)
		took := time.Since(begun)
		if rec.status == 0 {
			rec.status = http.StatusOK
		}
		if aborted || r.Context().Err() != nil && n.err != nil {
			rec.status = statusCanceled
		}
		s.metrics.observe(r, rec.status, took)
		s.logRequest(r, rec, n, took)
		if aborted {
			panic(http.ErrAbortHandler)
		}
	})
}

// serve tells whether the handler broke off its answer on purpose.
func (s *server) serve(next http.Handler, w *recorder, r *http.Request) (aborted bool) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler {
			aborted = true
			return
		}
		s.log.ErrorContext(r.Context(), "a handler panicked", "request_id", notesOf(r.Context()).id, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		if w.status != 0 {
			aborted = true
			return
		}
		writeError(w, r, petri.Wrap(petri.Internal, fmt.Errorf("panic: %v", v), "something went wrong inside Petri; the server's log has the details under this request id"))
	}()
	next.ServeHTTP(w, r)
	return false
}

func (s *server) logRequest(r *http.Request, rec *recorder, n *notes, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case rec.status >= 500:
		level = slog.LevelError
	case r.Pattern == "GET /healthz" || r.Pattern == "GET /metrics":
		level = slog.LevelDebug
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", n.id),
		slog.String("method", r.Method),
		slog.String("path", r.URL.EscapedPath()),
		slog.Int("status", rec.status),
		slog.Int64("bytes", rec.bytes),
		slog.Duration("took", took),
	}
	if n.user != "" {
		attrs = append(attrs, slog.String("user", n.user))
	}
	if n.err != nil {
		attrs = append(attrs, slog.String("error", n.err.Error()))
	}
	s.log.LogAttrs(r.Context(), level, "request", attrs...)
}

func newRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// recorder notes status and size on the way through, and keeps the fast path of copying a
// file to a socket.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

func (w *recorder) ReadFrom(r io.Reader) (int64, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := io.Copy(w.ResponseWriter, r)
	w.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
