// Package table compares data: delimited text (CSV, TSV and kin), Parquet files, and NumPy's
// arrays and archives of arrays.
//
// compare calls its four comparers, each a kind.Comparer. Cells are compared as the values that
// a data frame would read, within the tolerance of their column, and it is always said how rows
// and columns were matched. Content is read as a stream; it is hostile, so that every length
// that it states is checked before it is believed. The package never writes, never opens a
// path, and never runs what it reads: pickled objects are refused.
package table

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// other is the error for content that is not of the comparer's kind, or beyond its bounds. The
// message is the reason, a clause that can stand after "but".
func other(format string, args ...any) error {
	return petri.Wrap(petri.Invalid, kind.ErrOther, format, args...)
}

// guard makes of a panic about hostile content the error that it is. Deferred.
func guard(what string, err *error) {
	if p := recover(); p != nil {
		*err = other("it cannot be read as %s: %s", what, clip(fmt.Sprint(p), 100))
	}
}

// clip is s as people are shown it: valid text of at most about n bytes.
func clip(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	return strings.ToValidUTF8(s, "\ufffd")
}
