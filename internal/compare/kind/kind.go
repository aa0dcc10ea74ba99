// Package kind is what the comparers of the kinds of content share: what they are given, and
// how they say that content is not what its name says.
//
// compare calls the comparers, each in a package of its own below compare, and all of them
// have the form of Comparer. They open nothing and ask nobody for permission. Content is
// hostile: a comparer is bounded in memory and in time per byte, whatever it is given.
package kind

import (
	"context"
	"errors"
	"io"

	"github.com/petri-dev/petri"
)

// Content is one of two files to compare. ReadAt may be called concurrently.
type Content struct {
	Path string
	Size int64
	io.ReaderAt
}

// Reader reads the content from its beginning.
func (c Content) Reader() *io.SectionReader { return io.NewSectionReader(c, 0, c.Size) }

// Comparer compares b with a. The path is left for the caller to set; everything else of the
// comparison is. Content that is not of its kind is ErrOther, with the reason; another error is
// one of reading. A comparer stops soon after ctx ends, with its cause.
type Comparer func(ctx context.Context, a, b Content, rules petri.FileRules) (petri.FileComparison, error)

// ErrOther tells that content is not of the comparer's kind, or too large or deep for it: the
// caller compares it as something simpler.
var ErrOther = errors.New("not of that kind")

// Other is an error that wraps ErrOther, of kind invalid. The message is the reason, a clause that can
// stand after "but".
func Other(format string, args ...any) error {
	return petri.Wrap(petri.Invalid, ErrOther, format, args...)
}
