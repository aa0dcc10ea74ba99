// Package disk keeps blobs as files, one each, named by digest. It is the blob.Store of a
// server on one machine, and lends the files themselves: workspaces are made of hard links
// to them, and what a run wrote becomes a blob by one more link.
//
// Files calls it for that; all else sees only blob.Store. It never changes a blob's content, never
// follows a path that came from a user into the store, and syncs nothing by itself: see
// docs/decisions/0008-no-fsync-per-blob.md for what is promised when.
//
// Layout under the data folder: blobs/sha256/ab/cdef… holds each blob (mode 0644),
// blobs/executable/ab/cdef… its twin with mode 0755 where one was needed, tmp/ what is
// being written. A file with mode 0200 was not finished and is no blob.
package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob"
)

// Store is a blob.Store in a folder.
type Store struct {
	dir   string // the data folder
	owner Options
	// reserve is what Room leaves free.
	reserve int64
	serial  atomic.Uint64
}

var _ blob.Store = (*Store)(nil)

// Options says whom blobs belong to when the server runs as root, so that a run which is
// not root may use them. A UID of -1 leaves them to the server's own account.
type Options struct{ UID, GID int }

const (
	plain      = "sha256"
	executable = "executable"
	unfinished = 0o200
	tmpPrefix  = "blob-"
)

// fixedSeconds is the modification time of every blob, so that a staged file's is always the
// same: the beginning of 2000, late enough for archive formats that know no year before 1980.
const fixedSeconds = 946684800

// Open prepares the store in the data folder dir, making what is not there, and removes
// what an earlier process left unfinished. One process at a time may have it open.
func Open(dir string, owner Options) (*Store, error) {
	if os.Geteuid() != 0 {
		owner = Options{UID: -1, GID: -1}
	}
	s := &Store{dir: dir, owner: owner}
	for _, sub := range []string{plain, executable} {
		for i := range 256 {
			if err := os.MkdirAll(filepath.Join(dir, "blobs", sub, fmt.Sprintf("%02x", i)), 0o755); err != nil {
				return nil, fmt.Errorf("make the blob folder: %w", Explain(err))
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for temporary files: %w", Explain(err))
	}
	left, err := filepath.Glob(filepath.Join(dir, "tmp", tmpPrefix+"*"))
	if err != nil {
		return nil, fmt.Errorf("look for temporary files: %w", err)
	}
	for _, name := range left {
		if err := os.Remove(name); err != nil {
			return nil, fmt.Errorf("remove a temporary file: %w", err)
		}
	}
	return s, nil
}

// Owner is the account that blobs are given to; a UID of -1 for none.
func (s *Store) Owner() Options { return s.owner }

func (s *Store) path(kind string, d petri.Digest) string {
	h := d.Hex()
	return s.dir + "/blobs/" + kind + "/" + h[:2] + "/" + h[2:]
}

func (s *Store) temporary() string {
	return fmt.Sprintf("%s/tmp/%s%d-%d", s.dir, tmpPrefix, os.Getpid(), s.serial.Add(1))
}

// valid refuses what is no digest before it becomes a path.
func valid(d petri.Digest) error {
	_, err := petri.ParseDigest(string(d))
	return err
}

func notFound(d petri.Digest) error {
	return petri.Errorf(petri.NotFound, "there is no blob %s", d)
}

// Stat is a blob's size. Kind: not_found.
func (s *Store) Stat(_ context.Context, d petri.Digest) (int64, error) {
	if err := valid(d); err != nil {
		return 0, err
	}
	var st unix.Stat_t
	if err := retry(func() error { return unix.Lstat(s.path(plain, d), &st) }); err != nil {
		if errors.Is(err, unix.ENOENT) {
			return 0, notFound(d)
		}
		return 0, fmt.Errorf("look up blob %s: %w", d.Short(), err)
	}
	if !finished(&st, d) {
		return 0, notFound(d)
	}
	return st.Size, nil
}

const emptyBlob = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// finished tells a blob from what a killed process or a power cut left under its name: the
// former leaves mode 0200, the latter typically a file of no length.
func finished(st *unix.Stat_t, d petri.Digest) bool {
	return st.Mode&0o7777 != unfinished && (st.Size > 0 || d == emptyBlob)
}

// Open reads a blob. Kind: not_found.
func (s *Store) Open(_ context.Context, d petri.Digest) (io.ReadSeekCloser, error) {
	if err := valid(d); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(s.path(plain, d), os.O_RDONLY|unix.O_NOFOLLOW, 0)
	var st unix.Stat_t
	if err == nil {
		err = retry(func() error { return unix.Fstat(int(f.Fd()), &st) })
	}
	switch {
	case err != nil:
		return nil, openError(err, d)
	case !finished(&st, d):
		_ = f.Close()
		return nil, notFound(d)
	}
	return f, nil
}

// openError says why a blob cannot be opened. Who is not root may not read an unfinished one.
func openError(err error, d petri.Digest) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EACCES) {
		return notFound(d)
	}
	return fmt.Errorf("open blob %s: %w", d.Short(), err)
}

// ReadAll is a whole blob of at most most bytes; a longer one is kind exhausted. Kind:
// not_found.
func (s *Store) ReadAll(ctx context.Context, d petri.Digest, most int64) ([]byte, error) {
	if err := valid(d); err != nil {
		return nil, err
	}
	var fd int
	err := retry(func() (err error) {
		fd, err = unix.Open(s.path(plain, d), unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
		return err
	})
	if err != nil {
		return nil, openError(err, d)
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := retry(func() error { return unix.Fstat(fd, &st) }); err != nil {
		return nil, fmt.Errorf("look up blob %s: %w", d.Short(), err)
	}
	if !finished(&st, d) {
		return nil, notFound(d)
	}
	if st.Size > most {
		return nil, petri.Errorf(petri.Exhausted, "the blob %s has %d bytes; at most %d can be read at once", d.Short(), st.Size, most)
	}
	b := make([]byte, st.Size)
	for n := 0; n < len(b); {
		m, err := unix.Read(fd, b[n:])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, fmt.Errorf("read blob %s: %w", d.Short(), err)
		case m == 0:
			return nil, fmt.Errorf("read blob %s: %w", d.Short(), io.ErrUnexpectedEOF)
		default:
			n += m
		}
	}
	return b, ctx.Err()
}

// Delete forgets a blob and its executable twin; one that is not there is no error.
func (s *Store) Delete(_ context.Context, d petri.Digest) error {
	if err := valid(d); err != nil {
		return err
	}
	for _, kind := range []string{executable, plain} {
		if err := os.Remove(s.path(kind, d)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete blob %s: %w", d.Short(), err)
		}
	}
	return nil
}

// List calls fn for every blob.
func (s *Store) List(ctx context.Context, fn func(d petri.Digest, size int64) error) error {
	for i := range 256 {
		shard := fmt.Sprintf("%02x", i)
		entries, err := os.ReadDir(filepath.Join(s.dir, "blobs", plain, shard))
		if err != nil {
			return fmt.Errorf("list blobs: %w", err)
		}
		for _, e := range entries {
			d, err := petri.ParseDigest("sha256:" + shard + e.Name())
			if err != nil {
				continue
			}
			size, err := s.Stat(ctx, d)
			if petri.KindOf(err) == petri.NotFound {
				continue
			}
			if err == nil {
				err = fn(d, size)
			}
			if err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Sync returns once everything written before is on the disk, safe from a power cut.
func (s *Store) Sync() error {
	dir, err := os.Open(s.dir)
	if err != nil {
		return fmt.Errorf("sync the blobs: %w", err)
	}
	defer func() { _ = dir.Close() }()
	if err := unix.Syncfs(int(dir.Fd())); err != nil {
		return fmt.Errorf("sync the blobs: %w", Explain(err))
	}
	return nil
}

// Explain gives an error of a full disk or a used-up quota its kind, exhausted, and words; others it
// returns as they are.
func Explain(err error) error {
	var known *petri.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, unix.ENOSPC):
		return petri.Wrap(petri.Exhausted, err, "the disk of the Petri server is full; free space under its data folder and try again")
	case errors.Is(err, unix.EDQUOT):
		return petri.Wrap(petri.Exhausted, err, "the disk quota of the Petri server is used up; free space under its data folder and try again")
	}
	return err
}

func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// ReadAt is length bytes of a blob from an offset on. Kind: not_found.
func (s *Store) ReadAt(d petri.Digest, from, length int64) ([]byte, error) {
	r, err := s.Open(context.Background(), d)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	b := make([]byte, length)
	if _, err := r.(io.ReaderAt).ReadAt(b, from); err != nil {
		return nil, fmt.Errorf("read blob %s: %w", d.Short(), err)
	}
	return b, nil
}
