// Package document compares documents by their structure: JSON, JSON Lines and notebooks.
//
// compare calls its comparers, each a kind.Comparer. JSON is read in a stream, so that documents
// of any size are compared in bounded memory; content is hostile, nested as deep and as wide as
// it likes. The package never writes, never opens a path, and never runs what it reads.
package document

import (
	"unicode/utf8"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// other is the error for content that is not of the comparer's kind, or beyond its bounds. The
// message is a reason that goes on from "but …".
func other(format string, args ...any) error {
	return petri.Wrap(petri.Invalid, kind.ErrOther, format, args...)
}

// clip keeps text short.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}
