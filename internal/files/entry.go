package files

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/tree"
)

// Extended attributes by which overlayfs notes what it did.
const (
	xattrOpaque   = "trusted.overlay.opaque"
	xattrRedirect = "trusted.overlay.redirect"
	xattrMetacopy = "trusted.overlay.metacopy"
)

// entry collects one name of a folder.
func (c *collector) entry(ctx context.Context, p place, n *node, name string) error {
	path, full := joinPath(p.path, name), p.dir+"/"+name
	if why := c.cannotHold(path, full); why != "" {
		c.leave(n, p, name, why)
		return nil
	}
	var st unix.Stat_t
	if err := unix.Lstat(full, &st); err != nil {
		return &os.PathError{Op: "lstat", Path: full, Err: err}
	}
	base := lookup(n.entries, name)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return c.subfolder(ctx, p, n, name, base, st.Mode)
	case unix.S_IFREG:
		return c.file(ctx, p, n, name, base, &st)
	case unix.S_IFLNK:
		return c.link(p, n, name)
	case unix.S_IFCHR:
		if st.Rdev == 0 && c.ws.Mode == Overlay {
			c.set(n, name, nil) // a whiteout
			return nil
		}
		c.leave(n, p, name, "a device cannot be kept")
	case unix.S_IFBLK:
		c.leave(n, p, name, "a device cannot be kept")
	case unix.S_IFIFO:
		c.leave(n, p, name, "a named pipe cannot be kept")
	case unix.S_IFSOCK:
		c.leave(n, p, name, "a socket cannot be kept")
	default:
		c.leave(n, p, name, "it is of an unknown kind")
	}
	return nil
}

// subfolder collects a folder in a folder.
func (c *collector) subfolder(ctx context.Context, p place, n *node, name string, base *tree.Entry, mode uint32) error {
	sub, err := c.below(ctx, p, base, name)
	if err != nil {
		return err
	}
	if mode&0o700 != 0o700 && os.Geteuid() != 0 { // the run closed it to itself, and so to us
		_ = os.Chmod(sub.dir, 0o700)
	}
	below, err := c.folder(ctx, sub)
	if errors.Is(err, os.ErrPermission) {
		c.leave(n, p, name, notAllowed)
		return nil
	}
	n.folders[name] = below
	return err
}

const notAllowed = "Petri's server may not read it"

// cannotHold says why a tree has no room for a path.
func (c *collector) cannotHold(path, full string) string {
	c.entries++
	switch {
	case strings.Count(path, "/") >= tree.MaxDepth:
		return "it lies too many folders deep"
	case len(path) > tree.MaxPath || len(full) >= unix.PathMax-tree.MaxName:
		return "its path is too long"
	case c.entries > tree.MaxEntries:
		return "the run left too many files"
	}
	return ""
}

func lookup(entries []tree.Entry, name string) *tree.Entry {
	i, found := slices.BinarySearchFunc(entries, name, func(e tree.Entry, name string) int { return strings.Compare(e.Name, name) })
	if !found {
		return nil
	}
	return &entries[i]
}

func (c *collector) set(n *node, name string, e *tree.Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n.changed[name] = e
}

// below is the folder name of p, with what of the base shows through it.
func (c *collector) below(ctx context.Context, p place, base *tree.Entry, name string) (place, error) {
	sub := place{dir: p.dir + "/" + name, path: joinPath(p.path, name)}
	if c.ws.Mode == Overlay {
		opaque, err := xattr(sub.dir, xattrOpaque)
		if err != nil || opaque == "y" {
			return sub, err
		}
		redirect, err := xattr(sub.dir, xattrRedirect)
		if err != nil {
			return sub, err
		}
		if redirect != "" {
			return c.redirected(ctx, p, sub, redirect)
		}
	}
	if base != nil && base.Kind == tree.Folder {
		sub.base, sub.origin, sub.known = base.Digest, joinPath(p.origin, name), true
	}
	return sub, nil
}

// redirected is a folder that was renamed: its base lies elsewhere in the staged tree, at an
// absolute path or under another name in the origin of the folder it is in.
func (c *collector) redirected(ctx context.Context, p, sub place, redirect string) (place, error) {
	origin, absolute := strings.CutPrefix(redirect, "/")
	if !absolute {
		origin = joinPath(p.origin, redirect)
	}
	e, err := tree.Lookup(ctx, c.files.source, c.ws.Base, origin)
	switch petri.KindOf(err) {
	case "":
	case petri.NotFound, petri.Invalid:
		return sub, nil // nothing shows through
	default:
		return sub, err
	}
	if e.Kind == tree.Folder {
		sub.base, sub.origin, sub.known = e.Digest, origin, true
	}
	return sub, nil
}

// xattr reads a short extended attribute; "" where there is none.
func xattr(path, name string) (string, error) {
	var b [4096]byte
	n, err := unix.Lgetxattr(path, name, b[:])
	switch {
	case errors.Is(err, unix.ENODATA), errors.Is(err, unix.ENOTSUP):
		return "", nil
	case err != nil:
		return "", &os.PathError{Op: "getxattr", Path: path, Err: err}
	}
	return string(b[:n]), nil
}

// link collects a symbolic link.
func (c *collector) link(p place, n *node, name string) error {
	target, err := os.Readlink(p.dir + "/" + name)
	if err != nil {
		return err
	}
	path := joinPath(p.path, name)
	if err := tree.CheckLink(path, target); err != nil {
		c.leave(n, p, name, "its target lies, or may lie, outside the project: "+target)
		return nil
	}
	d, err := c.files.blobs.PutBytes([]byte(target))
	if err != nil {
		return err
	}
	c.set(n, name, &tree.Entry{Kind: tree.Link, Size: int64(len(target)), Digest: d})
	return nil
}

// file collects a regular file, by another goroutine where it has to be read.
func (c *collector) file(ctx context.Context, p place, n *node, name string, base *tree.Entry, st *unix.Stat_t) error {
	if st.Size == 0 {
		if length, was := shedLength(p.dir + "/" + name); was {
			c.leave(nil, p, name, whyShed(length)) // what was there before the run shows through
			return nil
		}
	}
	kind := tree.File
	if st.Mode&0o100 != 0 {
		kind = tree.Executable
	}
	if kept, err := c.unread(ctx, p, name, base, st); err != nil || kept != nil {
		if kept != nil {
			c.set(n, name, &tree.Entry{Kind: kind, Size: kept.Size, Digest: kept.Digest})
		}
		return err
	}
	e := &tree.Entry{Kind: kind}
	c.set(n, name, e)
	full := p.dir + "/" + name
	work := func() error {
		d, size, err := c.read(ctx, full, st)
		if errors.Is(err, os.ErrPermission) && os.Chmod(full, os.FileMode(st.Mode&0o777|0o400)) == nil {
			d, size, err = c.files.blobs.Adopt(ctx, full)
		}
		if errors.Is(err, os.ErrPermission) {
			c.leave(n, p, name, notAllowed)
			return nil
		}
		e.Digest, e.Size = d, size
		return err
	}
	if !c.group.TryGo(work) {
		return work()
	}
	return nil
}

// unread gives the entry of the base whose content a file surely has still; nil if it must be
// read.
func (c *collector) unread(ctx context.Context, p place, name string, base *tree.Entry, st *unix.Stat_t) (*tree.Entry, error) {
	if c.ws.Mode == Copy {
		same := base != nil && base.IsFile() && st.Size == base.Size && st.Mtim.Nano() == disk.FixedTime && st.Ctim.Nano() < c.ws.StagedAt
		if same {
			return base, nil
		}
		return nil, nil
	}
	// A file of which overlayfs copied up the attributes alone: its content is still below.
	full := p.dir + "/" + name
	n, err := unix.Lgetxattr(full, xattrMetacopy, nil)
	if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP) || err == nil && n < 0 {
		return nil, nil
	}
	if err != nil {
		return nil, &os.PathError{Op: "getxattr", Path: full, Err: err}
	}
	redirect, err := xattr(full, xattrRedirect)
	if err != nil {
		return nil, err
	}
	if redirect == "" {
		return base, nil
	}
	origin, absolute := strings.CutPrefix(redirect, "/")
	if !absolute {
		origin = joinPath(p.origin, redirect)
	}
	e, err := tree.Lookup(ctx, c.files.source, c.ws.Base, origin)
	return &e, err
}

// read makes a blob of a file; one that has several names is read once.
func (c *collector) read(ctx context.Context, full string, st *unix.Stat_t) (petri.Digest, int64, error) {
	if st.Nlink < 2 {
		return c.files.blobs.Adopt(ctx, full)
	}
	c.mu.Lock()
	one := c.inodes[st.Ino]
	if one == nil {
		one = &shared{}
		c.inodes[st.Ino] = one
	}
	c.mu.Unlock()
	one.once.Do(func() { one.digest, one.size, one.err = c.files.blobs.Adopt(ctx, full) })
	return one.digest, one.size, one.err
}

// changeTime is the change time, in nanoseconds, that a file made now in folder has.
func changeTime(folder string) (int64, error) {
	path := folder + "/now"
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, disk.Explain(err)
	}
	defer func() { _ = os.Remove(path) }()
	var st unix.Stat_t
	err = unix.Fstat(int(f.Fd()), &st)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return st.Ctim.Nano(), err
}
