package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/petri-dev/petri"
)

// micros is how a time is kept: microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// microTime reads what micros made.
type microTime struct{ to *time.Time }

// Scan implements sql.Scanner.
func (m microTime) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is kept as %T", src)
	}
	*m.to = time.Time{}
	if n != 0 {
		*m.to = time.UnixMicro(n).UTC()
	}
	return nil
}

// microDuration reads whole microseconds.
type microDuration struct{ to *time.Duration }

// Scan implements sql.Scanner.
func (m microDuration) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a duration is kept as %T", src)
	}
	*m.to = time.Duration(n) * time.Microsecond
	return nil
}

// asJSON writes v as JSON text and, given a pointer, reads it back; "" leaves v alone.
type asJSON struct{ v any }

// Value implements driver.Valuer.
func (j asJSON) Value() (driver.Value, error) {
	b, err := json.Marshal(j.v)
	return string(b), err
}

// Scan implements sql.Scanner.
func (j asJSON) Scan(src any) error {
	switch text := src.(type) {
	case string:
		if text == "" {
			return nil
		}
		return json.Unmarshal([]byte(text), j.v)
	case []byte:
		if len(text) == 0 {
			return nil
		}
		return json.Unmarshal(text, j.v)
	}
	return fmt.Errorf("JSON is kept as %T", src)
}

// bind brings arguments to the few types that both drivers know. Text that PostgreSQL could
// not keep is refused for both.
func bind(args []any) ([]any, error) {
	bound := make([]any, len(args))
	for i, arg := range args {
		if t, ok := arg.(time.Time); ok {
			arg = micros(t)
		}
		v, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		if text, ok := v.(string); ok && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
			return nil, petri.Errorf(petri.Invalid, "the text %.40q holds a NUL byte or is not UTF-8, and cannot be kept", text)
		}
		bound[i] = v
	}
	return bound, nil
}

// printable makes what a program said fit to be kept as text.
func printable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
