package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// Path is the file that holds a blob, or, with exec set, its twin of mode 0755, which is made
// when it is first asked for. Callers link to it or read it and never write. Kind: not_found.
func (s *Store) Path(ctx context.Context, d petri.Digest, exec bool) (string, error) {
	if _, err := s.Stat(ctx, d); err != nil {
		return "", err
	}
	path := s.path(plain, d)
	if !exec {
		return path, nil
	}
	twin := s.path(executable, d)
	var st unix.Stat_t
	if err := retry(func() error { return unix.Lstat(twin, &st) }); err == nil && finished(&st, d) {
		return twin, nil
	}
	if err := s.copy(path, twin, 0o755); err != nil {
		return "", fmt.Errorf("make blob %s executable: %w", d.Short(), err)
	}
	return twin, nil
}

// Link is Path for a blob that is known to be here: it does not look.
func (s *Store) Link(ctx context.Context, d petri.Digest, exec bool) (string, error) {
	if exec {
		return s.Path(ctx, d, true)
	}
	return s.path(plain, d), valid(d)
}

// FixTime gives an open file the modification time that blobs have.
func FixTime(f *os.File) error { return futimens(int(f.Fd())) }

// FixedTime is the modification time that blobs have, in nanoseconds since 1970.
const FixedTime = fixedSeconds * 1e9

// copy makes a finished file of path's content at target, in one step.
func (s *Store) copy(path, target string, mode uint32) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	tmp := s.temporary()
	out, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, unfinished)
	if err != nil {
		return Explain(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp)
			err = Explain(err)
		}
	}()
	if _, err = io.Copy(out, in); err == nil { // copy_file_range: a reflink where there are any
		err = s.finish(int(out.Fd()), mode)
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp, target)
	}
	return err
}

// Adopt makes a blob of the file at path, which lies on the store's file system and is not
// written any more: hashed where it is, given to the store's owner, and linked into the store
// without copying. The file stays where it is, as one inode with the blob. A file with its owner's
// x bit set is copied and keeps its mode. A file that changes meanwhile is kind conflict. Adopting a file again is no error.
func (s *Store) Adopt(ctx context.Context, path string) (petri.Digest, int64, error) {
	return s.adopt(ctx, path, "")
}

// AdoptKnown is Adopt for a file that must have the digest want; another is kind invalid, and
// nothing is kept.
func (s *Store) AdoptKnown(ctx context.Context, path string, want petri.Digest) (int64, error) {
	if err := valid(want); err != nil {
		return 0, err
	}
	_, size, err := s.adopt(ctx, path, want)
	return size, err
}

func (s *Store) adopt(ctx context.Context, path string, want petri.Digest) (petri.Digest, int64, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", 0, fmt.Errorf("open %q: %w", path, err)
	}
	defer func() { _ = f.Close() }()
	var before, after unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &before); err != nil {
		return "", 0, fmt.Errorf("look at %q: %w", path, err)
	}
	if before.Mode&unix.S_IFMT != unix.S_IFREG {
		return "", 0, petri.Errorf(petri.Invalid, "%q is not a regular file", path)
	}
	d, size, err := hashFile(ctx, f, before.Size)
	if err != nil {
		return "", 0, fmt.Errorf("read %q: %w", path, err)
	}
	if err := unix.Fstat(int(f.Fd()), &after); err != nil {
		return "", 0, fmt.Errorf("look at %q: %w", path, err)
	}
	if size != after.Size || before.Mtim != after.Mtim {
		return "", 0, petri.Errorf(petri.Conflict, "%q changed while it was read", path)
	}
	if want != "" && d != want {
		return "", 0, mismatch(want, d)
	}
	if err := s.take(ctx, f, path, &after, d); err != nil {
		return "", 0, fmt.Errorf("keep %q: %w", path, err)
	}
	return d, size, nil
}

// take puts the file f, whose digest is d, into the store.
func (s *Store) take(ctx context.Context, f *os.File, path string, st *unix.Stat_t, d petri.Digest) error {
	_, err := s.Stat(ctx, d)
	known := err == nil
	if err != nil && petri.KindOf(err) != petri.NotFound {
		return err
	}
	if st.Mode&0o100 != 0 {
		// The mode must stay what it is, since a Collect that was cut reads it again; so the plain blob is a copy.
		if !known {
			return s.copy(path, s.path(plain, d), 0o644)
		}
		return nil
	}
	if known {
		return nil
	}
	target := s.path(plain, d)
	err = clearXattrs(int(f.Fd()))
	if err == nil {
		err = s.finish(int(f.Fd()), 0o644)
	}
	switch {
	case errors.Is(err, unix.EPERM): // another account's file, and we are not root
		return s.copy(path, target, 0o644)
	case err != nil:
		return err
	}
	return s.link(path, target)
}

// link gives the file a second name in the store; where that is not possible, a copy.
func (s *Store) link(path, target string) error {
	tmp := s.temporary()
	err := os.Link(path, tmp)
	switch {
	case errors.Is(err, unix.EMLINK), errors.Is(err, unix.EXDEV), errors.Is(err, unix.EPERM):
		return s.copy(path, target, 0o644)
	case err != nil:
		return Explain(err)
	}
	if err := os.Rename(tmp, target); err != nil {
		_ = os.Remove(tmp)
		return Explain(err)
	}
	// Renaming onto another link of one inode does nothing and leaves the temporary name.
	_ = os.Remove(tmp)
	return nil
}

// clearXattrs takes away what overlayfs or the run's command noted on a file.
func clearXattrs(fd int) error {
	var list [4096]byte
	n, err := unix.Flistxattr(fd, list[:])
	if errors.Is(err, unix.ENOTSUP) || n == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	for name := range splitNames(list[:n]) {
		if err := unix.Fremovexattr(fd, name); err != nil && !errors.Is(err, unix.ENODATA) && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.ENOTSUP) {
			return err
		}
	}
	return nil
}
