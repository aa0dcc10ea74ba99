// Package opaque compares what cannot be read as text, table or picture: PDF, archives, packed
// files, R's own files, and anything at all, byte by byte. It tells apart what differs by nature,
// such as a PDF's date or the times in a zip, from what was really meant.
//
// compare calls its comparers, and Unpack for packed files whose content has a kind of its own.
// It never unpacks more than a bound, whatever an archive claims to hold, and writes nothing to disk.
package opaque

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// What is unpacked of one file at most: in memory, or only to look at it once.
const (
	maxHeld     = 64 << 20
	maxUnpacked = 4 << 30
)

const (
	kindPDF     = "pdf"
	kindArchive = "archive"
	kindBinary  = "binary"
)

// errTooMuch is of content that unpacks to more than a bound.
var errTooMuch = errors.New("it unpacks to too much")

func tooMuch(limit int64) error {
	return fmt.Errorf("it unpacks to more than %d MiB: %w", limit>>20, errTooMuch)
}

// bounded fails once more than left bytes were read, or ctx ends.
type bounded struct {
	ctx   context.Context
	r     io.Reader
	left  *int64
	limit int64
}

func (b bounded) Read(p []byte) (int, error) {
	if err := context.Cause(b.ctx); err != nil {
		return 0, err
	}
	n, err := b.r.Read(p)
	if *b.left -= int64(n); *b.left < 0 {
		return n, tooMuch(b.limit)
	}
	return n, err
}

// other makes err of content, unless ctx ended, one that says that it is not of its kind.
func other(ctx context.Context, what string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if errors.Is(err, kind.ErrOther) {
		return err
	}
	if errors.Is(err, errTooMuch) {
		return fmt.Errorf("%s: %w", trimmed(err), kind.ErrOther)
	}
	return fmt.Errorf("it cannot be read as %s (%v): %w", what, err, kind.ErrOther)
}

func trimmed(err error) string {
	text := err.Error()
	if cut := len(text) - len(errTooMuch.Error()) - 2; cut > 0 {
		return text[:cut]
	}
	return text
}
