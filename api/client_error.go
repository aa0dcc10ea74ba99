package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"

	"github.com/petri-dev/petri"
)

// RequestError is the cause of an error that a server answered with; errors.As finds it.
type RequestError struct {
	ID     string // the request's, under which the server's log has details
	Status int    // HTTP's
}

func (e *RequestError) Error() string { return fmt.Sprintf("request %s", e.ID) }

// unreached tells why no answer came.
func (c *Client) unreached(ctx context.Context, err error) error {
	var e *petri.Error
	switch {
	case errors.As(err, &e):
		return e // from the body that was being sent
	case ctx.Err() != nil:
		return petri.Wrap(petri.Canceled, context.Cause(ctx), "the request was cancelled")
	case errors.Is(err, syscall.ECONNREFUSED):
		return petri.Wrap(petri.Unavailable, err, "no Petri server answers at %s: start one with: petri server", c.base)
	}
	return petri.Wrap(petri.Unavailable, err, "cannot reach the Petri server at %s (%v)", c.base, root(err))
}

// root is the innermost cause, the part that people can read.
func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func (c *Client) decodeError(resp *http.Response) error {
	var body ErrorBody
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	cause := &RequestError{ID: resp.Header.Get(HeaderRequestID), Status: resp.StatusCode}
	if json.Unmarshal(raw, &body) == nil && body.Error.Kind != "" {
		if body.Error.RequestID != "" {
			cause.ID = body.Error.RequestID
		}
		return petri.Wrap(petri.Kind(body.Error.Kind), cause, "%s", body.Error.Message)
	}
	if resp.StatusCode == http.StatusRequestHeaderFieldsTooLarge || resp.StatusCode == http.StatusRequestURITooLong {
		return petri.Wrap(petri.Invalid, cause, "what was asked for is too long for the server at %s: ask in fewer words", c.base)
	}
	if cause.ID == "" && resp.Request.Method != http.MethodHead {
		return petri.Wrap(petri.Unavailable, cause, "what answers at %s (%s) is no Petri server, or stands in its way; check the address, which petri login URL sets", c.base, resp.Status)
	}
	return petri.Wrap(kindOfStatus(resp.StatusCode), cause, "the server answered with status %s", resp.Status)
}

// kindOfStatus judges answers without a body, as HEAD's are.
func kindOfStatus(status int) petri.Kind {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return petri.Invalid
	case http.StatusUnauthorized:
		return petri.Unauthenticated
	case http.StatusForbidden:
		return petri.Denied
	case http.StatusNotFound:
		return petri.NotFound
	case http.StatusConflict:
		return petri.Conflict
	case http.StatusRequestEntityTooLarge, http.StatusTooManyRequests, http.StatusInsufficientStorage:
		return petri.Exhausted
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return petri.Unavailable
	}
	return petri.Internal
}
