package document

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// Notebook compares Jupyter notebooks cell by cell.
func Notebook(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	return petri.FileComparison{}, other("it cannot be read")
}
