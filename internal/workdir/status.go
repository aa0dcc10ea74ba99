package workdir

import (
	"context"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
	"github.com/petri-dev/petri/internal/workdir/ignore"
)

// Change is one leaf (file, link or empty folder) that differs between two trees: From is nil
// for one that was added, To for one that was removed.
type Change struct {
	Path string
	From *tree.Entry
	To   *tree.Entry
}

// Word is added, removed or changed.
func (c Change) Word() string {
	switch {
	case c.From == nil:
		return "added"
	case c.To == nil:
		return "removed"
	default:
		return "changed"
	}
}

// Changes lists how the snapshot differs from a commit's tree (Root "" for none), sorted. The
// server is only asked for folders that are not kept here; remote may be nil when Root is "".
func (s *Snapshot) Changes(ctx context.Context, remote Remote, base Tree) ([]Change, error) {
	if base.Root == "" || base.Root == s.Tree() {
		return s.diff(ctx, nil, base.Root)
	}
	known := s.folder.openTrees()
	src := known.source(func(ctx context.Context, d petri.Digest) ([]byte, error) {
		if err := fetchLevel(ctx, remote, base, known, []petri.Digest{d}); err != nil {
			return nil, err
		}
		return known.source(nil)(ctx, d)
	})
	changes, err := s.diff(ctx, src, base.Root)
	if err == nil {
		err = known.save()
	}
	return changes, err
}

func (s *Snapshot) diff(ctx context.Context, src tree.Source, base petri.Digest) ([]Change, error) {
	return diff(ctx, s.Source(src), base, s.Tree())
}

func diff(ctx context.Context, src tree.Source, a, b petri.Digest) ([]Change, error) {
	var changes []Change
	err := tree.Diff(ctx, src, a, b, func(path string, from, to *tree.Entry) error {
		if !neverOurs(path) {
			changes = append(changes, Change{path, from, to})
		}
		return nil
	})
	return changes, err
}

// neverOurs tells whether a path lies in .git or .petri. No folder's commit has such a path; one that
// a stranger made, or results of a run, may: written here it would be git's or our own
// settings, with which programs can be had started.
func neverOurs(path string) bool {
	for name := range strings.SplitSeq(path, "/") {
		if ignore.Always(name) {
			return true
		}
	}
	return false
}
