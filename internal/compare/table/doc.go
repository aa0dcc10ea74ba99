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

	"github.com/petri-dev/petri/internal/compare/kind"
)

// guard makes of a panic about hostile content the error that it is. Deferred.
func guard(what string, err *error) {
	if p := recover(); p != nil {
		*err = kind.Other("it cannot be read as %s: %s", what, kind.Clip(fmt.Sprint(p), 100))
	}
}
