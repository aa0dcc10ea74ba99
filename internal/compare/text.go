package compare

import (
	"bytes"
	"context"
	"unicode/utf8"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/text"
)

// maxText bounds the files of code that are compared line by line.
const maxText = 1 << 20

// content is one side of a file; the zero value is a file that is not there.
type content struct {
	digest petri.Digest
	bytes  int64
}

// hunks compares two files of code line by line; "" where not both are text of moderate size.
func hunks(ctx context.Context, open Open, path string, a, b content) (string, error) {
	if a.digest == b.digest || a.bytes > maxText || b.bytes > maxText {
		return "", nil
	}
	before, err := a.read(ctx, open)
	if err != nil {
		return "", err
	}
	after, err := b.read(ctx, open)
	if err != nil || !isText(before) || !isText(after) {
		return "", err
	}
	found, _, _ := text.Unified(path, before, after)
	return found, nil
}

func (c content) read(ctx context.Context, open Open) ([]byte, error) {
	if c.digest == "" {
		return nil, nil
	}
	return readAll(ctx, open, c.digest, maxText)
}

func isText(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }
