package api

import (
	"fmt"
	"time"

	"github.com/petri-dev/petri"
)

// NewTime is t as the API writes it.
func NewTime(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// TimePointer is t, or nil for the zero time.
func TimePointer(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	at := NewTime(t)
	return &at
}

// MarshalJSON writes RFC 3339 in UTC with microseconds; "" for the zero time.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + petri.FormatTime(t.Time) + `"`), nil
}

// UnmarshalJSON reads any RFC 3339 time, "" and null.
func (t *Time) UnmarshalJSON(b []byte) error {
	if s := string(b); s == `""` || s == "null" {
		*t = Time{}
		return nil
	}
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return fmt.Errorf("a time is a string such as %q", petri.TimeLayout)
	}
	at, err := time.Parse(time.RFC3339Nano, string(b[1:len(b)-1]))
	if err != nil {
		return err
	}
	*t = Time{at.UTC()}
	return nil
}
