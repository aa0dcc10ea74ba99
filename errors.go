package petri

import (
	"context"
	"errors"
	"fmt"
)

// Kind says what sort of trouble an Error is; each edge translates it once (HTTP status,
// exit code).
type Kind string

// The kinds of error.
const (
	Invalid         Kind = "invalid"         // the request itself is wrong; nothing was changed
	Unauthenticated Kind = "unauthenticated" // we do not know who asks
	Denied          Kind = "denied"          // we know, and they may see it but not do this
	NotFound        Kind = "not_found"       // it does not exist, or the asker may not know that it does
	Conflict        Kind = "conflict"        // it is in a state that does not allow this
	Exhausted       Kind = "exhausted"       // a limit is reached: disk, quota, size
	Unavailable     Kind = "unavailable"     // something we need is away (Docker, a registry); trying later helps
	Canceled        Kind = "canceled"        // the asker went away or asked to stop
	Internal        Kind = "internal"        // a fault of Petri
)

// Error is the one error type with a meaning for people. Message is a whole sentence or two
// without a final stop: what happened, on what, and what to do next. Err, the cause, is for
// the log and never shown to callers.
type Error struct {
	Kind    Kind
	Message string
	Err     error
}

// Errorf makes an Error; a %w in format becomes its cause.
func Errorf(kind Kind, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Message: wrapped.Error(), Err: errors.Unwrap(wrapped)}
}

// Wrap gives cause a kind and a message for people; the cause's own text stays out of it.
func Wrap(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Err: cause}
}

func (e *Error) Error() string {
	if e.Err != nil && e.Message != e.Err.Error() {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the outermost Error in err's chain; Canceled for a cancelled
// context, Internal for any other error, and "" for nil.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Canceled
	default:
		return Internal
	}
}

// MessageOf is what people are told of err: the message of the outermost Error, else a
// sentence that gives no detail away.
func MessageOf(err error) string {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e) && e.Message != "":
		return e.Message
	case KindOf(err) == Canceled:
		return "the request was cancelled"
	default:
		return "something went wrong inside Petri; the server's log has the details under this request id"
	}
}
