package disk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// inMemory is the length up to which Put hashes a blob before it touches the disk.
const inMemory = 256 << 10

// Put keeps what r yields. See blob.Store.
func (s *Store) Put(ctx context.Context, r io.Reader, want petri.Digest) (petri.Digest, int64, error) {
	if want != "" {
		if err := valid(want); err != nil {
			return "", 0, err
		}
	}
	var head bytes.Buffer
	n, err := io.CopyN(&head, contextReader{ctx, r}, inMemory)
	switch {
	case errors.Is(err, io.EOF):
		d := petri.DigestBytes(head.Bytes())
		if want != "" && d != want {
			return "", 0, mismatch(want, d)
		}
		return d, n, s.PutKnown(head.Bytes(), d)
	case err != nil:
		return "", 0, fmt.Errorf("receive a blob: %w", err)
	}
	return s.putStream(io.MultiReader(&head, contextReader{ctx, r}), want)
}

func mismatch(want, got petri.Digest) error {
	return petri.Errorf(petri.Invalid, "the content sent for blob %s has digest %s: it was damaged on its way or changed while it was read; send it again", want, got)
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}

// PutBytes keeps b and returns its digest.
func (s *Store) PutBytes(b []byte) (petri.Digest, error) {
	d := petri.DigestBytes(b)
	return d, s.PutKnown(b, d)
}

// PutKnown keeps b, whose digest the caller has computed to be d. It is made for many small blobs:
// the file is written under its own name, marked unfinished until it is whole.
func (s *Store) PutKnown(b []byte, d petri.Digest) error {
	path := s.path(plain, d)
	fd, err := create(path)
	if errors.Is(err, unix.EEXIST) {
		var st unix.Stat_t
		if err := retry(func() error { return unix.Lstat(path, &st) }); err == nil && finished(&st, d) && st.Size == int64(len(b)) {
			return nil
		}
		// Another call is at it, or a killed process was: make it aside and let it take the place.
		return s.putAside(b, path)
	}
	if err != nil {
		return fmt.Errorf("create blob %s: %w", d.Short(), Explain(err))
	}
	if err := s.fill(fd, b); err != nil {
		_ = unix.Unlink(path)
		return fmt.Errorf("write blob %s: %w", d.Short(), err)
	}
	return nil
}

func create(path string) (fd int, err error) {
	err = retry(func() (err error) {
		fd, err = unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC|unix.O_NOFOLLOW, unfinished)
		return err
	})
	return fd, err
}

// fill writes b into the new file fd, finishes and closes it.
func (s *Store) fill(fd int, b []byte) error {
	err := writeAll(fd, b)
	if err == nil {
		err = s.finish(fd, 0o644)
	}
	if closed := unix.Close(fd); err == nil {
		err = closed
	}
	return Explain(err)
}

func writeAll(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := unix.Write(fd, b)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		b = b[max(n, 0):]
	}
	return nil
}

// finish gives a whole file its owner, time and, last, its mode.
func (s *Store) finish(fd int, mode uint32) error {
	if s.owner.UID >= 0 {
		if err := unix.Fchown(fd, s.owner.UID, s.owner.GID); err != nil {
			return err
		}
	}
	if err := futimens(fd); err != nil {
		return err
	}
	return unix.Fchmod(fd, mode)
}

func (s *Store) putAside(b []byte, path string) error {
	tmp := s.temporary()
	fd, err := create(tmp)
	if err != nil {
		return fmt.Errorf("create a temporary file: %w", Explain(err))
	}
	err = s.fill(fd, b)
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("write a blob: %w", Explain(err))
	}
	return nil
}

// putStream keeps a blob too long for memory.
func (s *Store) putStream(r io.Reader, want petri.Digest) (d petri.Digest, size int64, err error) {
	tmp := s.temporary()
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, unfinished)
	if err != nil {
		return "", 0, fmt.Errorf("create a temporary file: %w", Explain(err))
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp)
		}
	}()
	hash := sha256.New()
	size, err = io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(f, hash)}, r, make([]byte, 256<<10))
	if err == nil {
		if d = petri.DigestHash(hash); want != "" && d != want {
			err = mismatch(want, d)
		}
	}
	if err == nil {
		err = s.finish(int(f.Fd()), 0o644)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp, s.path(plain, d))
	}
	if err != nil {
		return "", 0, fmt.Errorf("receive a blob: %w", Explain(err))
	}
	return d, size, nil
}
