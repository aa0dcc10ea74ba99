package compare

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// maxHunkFiles bounds how many files' hunks one comparison carries; all paths are named.
const maxHunkFiles = 200

// trees compares two trees; the digest "" is the empty one.
func trees(ctx context.Context, a, b petri.Digest, open Open) ([]petri.PathChange, error) {
	changes := []petri.PathChange{}
	bound := newAllowance()
	err := tree.Diff(ctx, source(open), a, b, func(path string, before, after *tree.Entry) error {
		change := petri.PathChange{Path: path, Change: word(before, after)}
		if len(changes) < maxHunkFiles {
			found, err := hunks(ctx, open, path, piece(before), piece(after))
			if err != nil {
				return err
			}
			change.Hunks = bound.text(found)
		}
		changes = append(changes, change)
		return nil
	})
	return changes, err
}

func word(before, after *tree.Entry) string {
	switch {
	case before == nil:
		return "added"
	case after == nil:
		return "removed"
	default:
		return "changed"
	}
}

// piece is an entry's content; nothing for what is not there and for folders.
func piece(e *tree.Entry) content {
	if e == nil || e.Kind == tree.Folder {
		return content{}
	}
	return content{digest: e.Digest, bytes: e.Size}
}
