package files

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/tree"
)

// File is an entry of a tree with its path.
type File struct {
	Path string
	tree.Entry
}

// maxListing is how many entries List gives.
const maxListing = 500_000

// List gives everything in a tree, folders before what is in them. A tree of more than
// maxListing entries is kind exhausted: Walk it.
func (f *Files) List(ctx context.Context, root petri.Digest) ([]File, error) {
	list := []File{}
	err := f.Walk(ctx, root, func(file File) error {
		if len(list) == maxListing {
			return petri.Errorf(petri.Exhausted, "the commit has more than %d files, too many to list; clone it instead", maxListing)
		}
		list = append(list, file)
		return nil
	})
	return list, err
}

// Walk calls fn for everything in a tree, folders before what is in them, up to fn's first
// error.
func (f *Files) Walk(ctx context.Context, root petri.Digest, fn func(File) error) error {
	return tree.Walk(ctx, f.source, root, func(path string, e tree.Entry) error { return fn(File{path, e}) })
}

// ReadFile opens the file at path in a tree, or a link's target as text. Kinds: not_found;
// invalid for a folder or what is no path.
func (f *Files) ReadFile(ctx context.Context, root petri.Digest, path string) (io.ReadSeekCloser, tree.Entry, error) {
	e, err := tree.Lookup(ctx, f.source, root, path)
	if err != nil {
		return nil, e, err
	}
	if e.Kind == tree.Folder {
		return nil, e, petri.Errorf(petri.Invalid, "%q is a folder; name a file in it", path)
	}
	r, err := f.blobs.Open(ctx, e.Digest)
	if err != nil {
		return nil, e, fmt.Errorf("open %q: %w", path, err)
	}
	return r, e, nil
}

// Extract copies a verified tree into the folder dir, which it makes and which is empty.
// The copy belongs to the server's account. Root "" is the empty tree.
func (f *Files) Extract(ctx context.Context, root petri.Digest, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder for files: %w", disk.Explain(err))
	}
	lay := &layout{source: f.source, blobs: f.blobs, copy: true, owner: Owner{-1, -1}}
	if err := lay.tree(ctx, root, dir); err != nil {
		return fmt.Errorf("copy out tree %s: %w", root.Short(), err)
	}
	return nil
}
