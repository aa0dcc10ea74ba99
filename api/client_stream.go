package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/petri-dev/petri"
)

// endEvent is the name of a stream's last event: without it, the stream was cut.
const endEvent = "end"

// errStop carries an error of the caller's own function out of a stream unchanged.
type errStop struct{ error }

func (e errStop) Unwrap() error { return e.error }

// follow reads server-sent events to their end, calling fn for each, and begins again
// behind the last one seen when the connection breaks.
func follow[T any](ctx context.Context, c *Client, path string, fn func(T) error) error {
	retry, last, seen := newRetry(c.patience), "", int64(0)
	for {
		ended, err := followOnce(ctx, c, path, &last, func(data []byte) error {
			var event T
			if err := json.Unmarshal(data, &event); err != nil {
				return petri.Wrap(petri.Internal, err, "the server sent an event that this petri does not understand")
			}
			seen++
			return fn(event)
		})
		var stop errStop
		switch {
		case errors.As(err, &stop):
			return stop.error
		case ended:
			return nil
		case ctx.Err() != nil:
			return petri.Wrap(petri.Canceled, context.Cause(ctx), "the request was cancelled")
		case err != nil && petri.KindOf(err) != petri.Unavailable:
			return err
		}
		retry.progressed(seen)
		if !retry.wait(ctx) {
			if err == nil {
				err = petri.Errorf(petri.Unavailable, "the server at %s broke off", c.base)
			}
			return err
		}
	}
}

// followOnce reads one connection's events. It returns no error for a connection that broke.
func followOnce(ctx context.Context, c *Client, path string, last *string, fn func([]byte) error) (ended bool, err error) {
	header := http.Header{"Accept": {TypeEvents}}
	if *last != "" {
		header.Set("Last-Event-ID", *last)
	}
	resp, err := c.send(ctx, request{method: http.MethodGet, path: path, header: header})
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	events := eventReader{r: bufio.NewReaderSize(resp.Body, 64<<10)}
	for {
		event, err := events.next()
		if err != nil {
			return false, nil
		}
		if event.name == endEvent {
			return true, nil
		}
		if event.id != "" {
			*last = event.id
		}
		if err := fn(event.data); err != nil {
			return false, errStop{err}
		}
	}
}

type event struct {
	name string
	id   string
	data []byte
}

// eventReader reads server-sent events; lines may be of any length.
type eventReader struct{ r *bufio.Reader }

func (e *eventReader) next() (event, error) {
	var ev event
	for {
		line, err := e.r.ReadBytes('\n')
		if err != nil {
			return event{}, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			if ev.name != "" || ev.data != nil {
				return ev, nil
			}
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			ev.name = string(value)
		case "id":
			ev.id = string(value)
		case "data":
			if ev.data != nil {
				ev.data = append(ev.data, '\n')
			}
			ev.data = append(ev.data, value...)
		}
	}
}

// logStream is a followed log. When the connection breaks it asks for the rest.
type logStream struct {
	ctx   context.Context
	c     *Client
	ref   petri.RunRef
	body  io.ReadCloser
	at    int64
	retry *retry
}

func (s *logStream) Read(p []byte) (int, error) {
	for {
		n, err := s.body.Read(p)
		s.at += int64(n)
		switch {
		case n > 0:
			return n, nil
		case err == nil || err == io.EOF:
			return 0, err
		case s.ctx.Err() != nil:
			return 0, petri.Wrap(petri.Canceled, context.Cause(s.ctx), "the request was cancelled")
		}
		if err := s.reconnect(err); err != nil {
			return 0, err
		}
	}
}

func (s *logStream) reconnect(cause error) error {
	_ = s.body.Close()
	s.body = http.NoBody
	s.retry.progressed(s.at)
	err := s.c.unreached(s.ctx, cause)
	for s.retry.wait(s.ctx) {
		var resp *http.Response
		q := url.Values{"follow": {"true"}, "from": {strconv.FormatInt(s.at, 10)}}
		resp, err = s.c.send(s.ctx, request{method: http.MethodGet, path: runPath(s.ref) + "/log", query: q})
		if err == nil {
			s.body = resp.Body
			return nil
		}
		if petri.KindOf(err) != petri.Unavailable {
			return err
		}
	}
	return err
}

func (s *logStream) Close() error { return s.body.Close() }
