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
