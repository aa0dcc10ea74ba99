package compare

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/picture"
)

// Picture draws, as PNG, how the result file at path differs between two runs. Kinds: not_found where
// not both have it, invalid where it is no picture that can be drawn.
func Picture(ctx context.Context, a, b Side, path string, open Open) ([]byte, error) {
	r := newResults(open, petri.Rules{})
	var files [2]resultFile
	for i, side := range []Side{a, b} {
		file, err := r.file(ctx, r.counted(side.Run.ResultChanges), side.Code, path)
		if err != nil && petri.KindOf(err) != petri.Invalid {
			return nil, err
		}
		if !file.there {
			return nil, petri.Errorf(petri.NotFound, "there is no file %s among the results of %s", clip(path), side.Run.Ref)
		}
		files[i] = file
	}
	left, closeA, err := opened(ctx, open, path, files[0].content)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	defer closeA()
	right, closeB, err := opened(ctx, open, path, files[1].content)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	defer closeB()
	return picture.Difference(ctx, left, right)
}
