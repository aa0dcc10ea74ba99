package table

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

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
