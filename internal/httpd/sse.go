package httpd

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/petri-dev/petri/api"
)

// heartbeat is how often a stream says that it lives, so that nothing between us and the
// caller takes a quiet one for dead.
const heartbeat = 15 * time.Second

// events writes server-sent events, and a comment now and then.
type events struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
	stop    func()
}

// newEvents begins a stream. The handler closes it before it returns.
func newEvents(ctx context.Context, w http.ResponseWriter) *events {
	header := w.Header()
	header.Set("Content-Type", api.TypeEvents)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	e := &events{w: w, control: http.NewResponseController(w)}
	ctx, cancel := context.WithCancel(ctx)
	var beating sync.WaitGroup
	beating.Go(func() { e.beat(ctx) })
	e.stop = func() { cancel(); beating.Wait() }
	return e
}

func (e *events) close() { e.stop() }

// beat writes comments, which readers skip.
func (e *events) beat(ctx context.Context) {
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if e.write(": here\n\n") != nil || e.flush() != nil {
				return
			}
		}
	}
}

// send writes one event; data is one line of JSON.
func (e *events) send(id string, data []byte) error {
	if id != "" {
		return e.write("id: %s\ndata: %s\n\n", id, data)
	}
	return e.write("data: %s\n\n", data)
}

// end tells the caller that the stream is complete. A stream without it was cut.
func (e *events) end() error {
	if err := e.write("event: end\ndata: {}\n\n"); err != nil {
		return err
	}
	return e.flush()
}

func (e *events) write(format string, args ...any) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, err := fmt.Fprintf(e.w, format, args...)
	return gone(err)
}

func (e *events) flush() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return gone(e.control.Flush())
}
