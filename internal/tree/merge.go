package tree

import (
	"context"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
)

// Merge brings what changed from base to theirs into ours. Where both changed one path
// otherwise, or one has a file where the other has a folder, it returns these paths, sorted,
// and no root; nothing else is an error of the trees.
func Merge(ctx context.Context, src Source, put Put, base, ours, theirs petri.Digest) (root petri.Digest, conflicts []string, err error) {
	edits, err := Changes(ctx, src, base, theirs)
	if err != nil {
		return "", nil, err
	}
	return MergeEdits(ctx, src, put, base, ours, edits)
}

// Changes are the edits that make b of a.
func Changes(ctx context.Context, src Source, a, b petri.Digest) ([]Edit, error) {
	var edits []Edit
	err := Diff(ctx, src, a, b, func(path string, _, b *Entry) error {
		edits = append(edits, Edit{Path: path, Entry: b})
		return nil
	})
	return edits, err
}

// MergeEdits is Merge where theirs is base after edits.
func MergeEdits(ctx context.Context, src Source, put Put, base, ours petri.Digest, edits []Edit) (root petri.Digest, conflicts []string, err error) {
	own, err := Changes(ctx, src, base, ours)
	if err != nil {
		return "", nil, err
	}
	theirs := index(edits)
	mine := index(own)
	for _, e := range edits {
		if other, both := mine[e.Path]; both && !equal(e.Entry, other) || underFile(e, mine) {
			conflicts = append(conflicts, e.Path)
		}
	}
	for _, e := range own {
		if underFile(e, theirs) {
			conflicts = append(conflicts, e.Path)
		}
	}
	if len(conflicts) > 0 {
		slices.Sort(conflicts)
		return "", slices.Compact(conflicts), nil
	}
	root, err = Apply(ctx, src, put, ours, edits)
	return root, nil, err
}

func index(edits []Edit) map[string]*Entry {
	m := make(map[string]*Entry, len(edits))
	for _, e := range edits {
		m[e.Path] = e.Entry
	}
	return m
}

func equal(a, b *Entry) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Digest == b.Digest
}

// underFile tells whether e adds something below what the other side made a file.
func underFile(e Edit, other map[string]*Entry) bool {
	if e.Entry == nil {
		return false
	}
	for i := range len(e.Path) {
		if e.Path[i] != '/' {
			continue
		}
		if parent := other[e.Path[:i]]; parent != nil && parent.Kind != Folder {
			return true
		}
	}
	return false
}

// Within tells whether path is folder or below it.
func Within(path, folder string) bool { return within(path, strings.TrimSuffix(folder, "/")) }
