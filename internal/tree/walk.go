package tree

import (
	"context"
	"fmt"
	"strings"

	"github.com/petri-dev/petri"
)

// load reads and decodes a folder; "" is the empty one.
func load(ctx context.Context, src Source, d petri.Digest) ([]Entry, error) {
	if d == "" || d == Empty {
		return nil, ctx.Err()
	}
	b, err := src(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("read folder %s: %w", d.Short(), err)
	}
	return Decode(b)
}

// Load reads and decodes one folder; "" is the empty one. Kinds: not_found, invalid.
func Load(ctx context.Context, src Source, d petri.Digest) ([]Entry, error) { return load(ctx, src, d) }

// budget stops work on a tree that was made to explode.
type budget struct{ left int }

func (b *budget) spend(n int) error {
	if b.left -= n; b.left < 0 {
		return petri.Errorf(petri.Invalid, "the tree has more than %d entries, the most that a project may have", MaxEntries)
	}
	return nil
}

func checkDepth(path string) error {
	if strings.Count(path, "/") >= MaxDepth {
		return petri.Errorf(petri.Invalid, "the path %s is more than %d folders deep", quote(path), MaxDepth)
	}
	return nil
}

// SkipFolder, returned by Walk's fn for a folder, leaves out what is in it.
var SkipFolder = fmt.Errorf("tree: skip this folder")

// Walk calls fn for every entry below root: sorted, depth first, a folder before its
// content. root "" is the empty tree. It stops at fn's first error and returns it; SkipFolder
// leaves out a folder's content. Beyond MaxDepth or MaxEntries: kind invalid.
func Walk(ctx context.Context, src Source, root petri.Digest, fn func(path string, e Entry) error) error {
	return walk(ctx, src, root, "", &budget{MaxEntries}, fn)
}

func walk(ctx context.Context, src Source, d petri.Digest, folder string, b *budget, fn func(string, Entry) error) error {
	entries, err := load(ctx, src, d)
	if err != nil {
		return err
	}
	if err := b.spend(len(entries)); err != nil {
		return err
	}
	for _, e := range entries {
		path := join(folder, e.Name)
		if err := checkDepth(path); err != nil {
			return err
		}
		switch err := fn(path, e); {
		case err == SkipFolder && e.Kind == Folder:
			continue
		case err != nil:
			return err
		}
		if e.Kind != Folder {
			continue
		}
		if err := walk(ctx, src, e.Digest, path, b, fn); err != nil {
			return err
		}
	}
	return nil
}

// Lookup finds the entry at path; path "" is the root itself. Kind: not_found, invalid.
func Lookup(ctx context.Context, src Source, root petri.Digest, path string) (Entry, error) {
	e := Entry{Kind: Folder, Digest: root}
	if path == "" {
		return e, nil
	}
	if err := CheckPath(path); err != nil {
		return Entry{}, err
	}
	for name := range strings.SplitSeq(path, "/") {
		if e.Kind != Folder {
			return Entry{}, missing(path)
		}
		entries, err := load(ctx, src, e.Digest)
		if err != nil {
			return Entry{}, err
		}
		i, ok := find(entries, name)
		if !ok {
			return Entry{}, missing(path)
		}
		e = entries[i]
	}
	return e, nil
}

func missing(path string) error {
	return petri.Errorf(petri.NotFound, "there is no file %s in this commit", quote(path))
}
