package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/tree"
)

// Owner is an account; a UID of -1 leaves things to the server's own.
type Owner struct{ UID, GID int }

// layout lays out trees as folders. Each tree's folders are made by several goroutines.
type layout struct {
	source tree.Source
	blobs  *disk.Store
	owner  Owner
	copy   bool // copies, whose owner may write; else hard links to blobs

	group *errgroup.Group
}

// tree lays out the content of root in the folder dir, which is empty.
func (l *layout) tree(ctx context.Context, root petri.Digest, dir string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers())
	run := *l
	run.group = group
	err := run.folder(ctx, root, dir)
	if failed := group.Wait(); failed != nil {
		err = failed
	}
	if err != nil {
		return disk.Explain(err)
	}
	return nil
}

// folder lays out one folder, and what is in it here or in other goroutines.
func (l *layout) folder(ctx context.Context, d petri.Digest, dir string) error {
	entries, err := tree.Load(ctx, l.source, d)
	if err != nil {
		return err
	}
	const stride = 512
	for len(entries) > stride { // a folder of many files is shared too
		part := entries[:stride]
		entries = entries[stride:]
		if err := l.do(func() error { return l.entries(ctx, part, dir) }); err != nil {
			return err
		}
	}
	return l.entries(ctx, entries, dir)
}

// do has work done by another goroutine if one is free.
func (l *layout) do(work func() error) error {
	if l.group.TryGo(work) {
		return nil
	}
	return work()
}

func (l *layout) entries(ctx context.Context, entries []tree.Entry, dir string) error {
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		path := dir + "/" + e.Name
		if e.Kind != tree.Folder {
			if err := l.leaf(ctx, path, e); err != nil {
				return err
			}
			continue
		}
		if err := l.mkdir(path); err != nil {
			return err
		}
		if e.Digest == tree.Empty {
			continue
		}
		if err := l.do(func() error { return l.folder(ctx, e.Digest, path) }); err != nil {
			return err
		}
	}
	return nil
}

func (l *layout) mkdir(path string) error {
	if err := os.Mkdir(path, 0o755); err != nil {
		return err
	}
	return l.own(path)
}

func (l *layout) own(path string) error {
	if l.owner.UID < 0 {
		return nil
	}
	return os.Lchown(path, l.owner.UID, l.owner.GID)
}

// leaf lays out a file or a link at path, where nothing is.
func (l *layout) leaf(ctx context.Context, path string, e tree.Entry) error {
	if e.Kind == tree.Link {
		target, err := l.source(ctx, e.Digest)
		if err != nil {
			return err
		}
		if err := os.Symlink(string(target), path); err != nil {
			return err
		}
		return l.own(path)
	}
	from, err := l.blobs.Link(ctx, e.Digest, e.Kind == tree.Executable)
	if err != nil {
		return fmt.Errorf("find the content of %q: %w", path, err)
	}
	if !l.copy && e.Size > 0 { // many files are empty: they would soon have too many links
		err := link(from, path)
		if !errors.Is(err, unix.EMLINK) {
			return err
		}
	}
	return l.copyFile(from, path, e.Kind == tree.Executable)
}

func link(from, to string) error {
	for {
		if err := unix.Link(from, to); !errors.Is(err, unix.EINTR) {
			if err != nil {
				return &os.LinkError{Op: "link", Old: from, New: to, Err: err}
			}
			return nil
		}
	}
}

func (l *layout) copyFile(from, to string, exec bool) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if closed := out.Close(); err == nil {
			err = closed
		}
	}()
	if unix.IoctlFileClone(int(out.Fd()), int(in.Fd())) != nil {
		if _, err := io.Copy(out, in); err != nil {
			return err
		}
	}
	if l.owner.UID >= 0 {
		if err := out.Chown(l.owner.UID, l.owner.GID); err != nil {
			return err
		}
	}
	mode := os.FileMode(0o644)
	if exec {
		mode = 0o755
	}
	if err := out.Chmod(mode); err != nil {
		return err
	}
	return disk.FixTime(out)
}
