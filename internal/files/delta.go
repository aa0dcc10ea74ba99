package files

import (
	"context"
	"os"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// delta lays out in dir, which is empty, what makes tree b of tree a when it is mounted above
// it: what was added or changed, and a whiteout for what is gone.
func (l *layout) delta(ctx context.Context, a, b petri.Digest, dir string) error {
	before, err := tree.Load(ctx, l.source, a)
	if err != nil {
		return err
	}
	after, err := tree.Load(ctx, l.source, b)
	if err != nil {
		return err
	}
	was := make(map[string]tree.Entry, len(before))
	for _, e := range before {
		was[e.Name] = e
	}
	for _, e := range after {
		old, found := was[e.Name]
		delete(was, e.Name)
		if found && old == e {
			continue
		}
		if err := l.deltaEntry(ctx, old, e, dir+"/"+e.Name); err != nil {
			return err
		}
	}
	for name := range was {
		if err := whiteout(dir + "/" + name); err != nil {
			return err
		}
	}
	return nil
}

func (l *layout) deltaEntry(ctx context.Context, old, e tree.Entry, path string) error {
	if e.Kind != tree.Folder {
		return l.leaf(ctx, path, e) // hides what is below, be it a folder
	}
	if err := l.mkdir(path); err != nil {
		return err
	}
	if old.Kind == tree.Folder {
		return l.delta(ctx, old.Digest, e.Digest, path)
	}
	return l.tree(ctx, e.Digest, path)
}

// whiteout marks a name as gone from the layers below.
func whiteout(path string) error {
	if err := unix.Mknod(path, unix.S_IFCHR, 0); err != nil {
		return &os.PathError{Op: "mknod", Path: path, Err: err}
	}
	return nil
}
