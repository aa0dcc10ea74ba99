package compare

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// shownTarget bounds what is shown of what a link points to.
const shownTarget = 120

// seeLink notes that a file among a run's results is a symbolic link: what it holds is then where it
// points to, and is compared as such and never followed.
func (r *resultsOf) seeLink(ctx context.Context, results petri.Digest, path string, file *resultFile) error {
	if results == "" || file.deed == "" || file.bytes > tree.MaxTarget {
		return nil
	}
	e, err := tree.Lookup(ctx, r.folder, results, path)
	if r.broken != nil {
		return fmt.Errorf("look up %s in the results: %w", path, r.broken)
	}
	file.link = err == nil && e.Kind == tree.Link
	return nil
}

// links compares two files of which at least one is a link.
func (r *resultsOf) links(ctx context.Context, path string, a, b resultFile) (petri.FileComparison, error) {
	left, err := r.linkWords(ctx, a)
	if err != nil {
		return petri.FileComparison{}, err
	}
	right, err := r.linkWords(ctx, b)
	return petri.FileComparison{Path: path, Verdict: petri.Different, Summary: left + " in A, " + right + " in B"}, err
}

func (r *resultsOf) linkWords(ctx context.Context, f resultFile) (string, error) {
	if !f.link {
		return "a file", nil
	}
	blob, err := r.open(ctx, f.digest)
	if err != nil {
		return "", fmt.Errorf("read a link: %w", err)
	}
	defer blob.Close()
	target, err := io.ReadAll(io.LimitReader(blob, shownTarget+1))
	if err != nil {
		return "", fmt.Errorf("read a link: %w", err)
	}
	if len(target) > shownTarget {
		return "a link to " + strconv.Quote(string(target[:shownTarget])) + "…", nil
	}
	return "a link to " + strconv.Quote(string(target)), nil
}
