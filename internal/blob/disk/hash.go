package disk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"iter"
	"os"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

const hashBlock = 512 << 10

// hashFile is the digest and length of what f holds. Reading goes on while hashing does.
func hashFile(ctx context.Context, f *os.File, size int64) (petri.Digest, int64, error) {
	hash := sha256.New()
	if size <= hashBlock {
		n, err := io.CopyBuffer(struct{ io.Writer }{hash}, struct{ io.Reader }{f}, make([]byte, min(max(size+1, 512), 64<<10)))
		return petri.DigestHash(hash), n, err
	}
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_SEQUENTIAL)
	free, full, failed := make(chan []byte, 3), make(chan []byte, 3), make(chan error, 1)
	for range cap(free) {
		free <- make([]byte, hashBlock)
	}
	go func() {
		defer close(full)
		for b := range free {
			n, err := io.ReadFull(f, b)
			if n > 0 {
				full <- b[:n]
			}
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return
			}
			if err != nil {
				failed <- err
				return
			}
		}
	}()
	var total int64
	for b := range full {
		if ctx.Err() == nil {
			hash.Write(b)
			total += int64(len(b))
			free <- b[:cap(b)]
			continue
		}
		break
	}
	if err := ctx.Err(); err != nil {
		close(free)
		for range full { // the reader ends before f is closed
		}
		return "", 0, err
	}
	select {
	case err := <-failed:
		return "", 0, err
	default:
		return petri.DigestHash(hash), total, nil
	}
}

// splitNames yields the names of a list that listxattr gave.
func splitNames(list []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for len(list) > 0 {
			name, rest, _ := bytes.Cut(list, []byte{0})
			if !yield(string(name)) {
				return
			}
			list = rest
		}
	}
}
