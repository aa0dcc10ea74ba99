package workdir

import (
	"context"
	"crypto/sha256"
	"io"
	"os"

	"github.com/petri-dev/petri"
)

// DigestFile computes the digest and size of one file.
func DigestFile(ctx context.Context, path string) (petri.Digest, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, unreadable("file", path, err)
	}
	defer file.Close()
	h := sha256.New()
	buf := make([]byte, 1<<20)
	size := int64(0)
	for ctx.Err() == nil {
		n, err := file.Read(buf)
		_, _ = h.Write(buf[:n])
		size += int64(n)
		if err == io.EOF {
			return petri.DigestHash(h), size, nil
		}
		if err != nil {
			return "", 0, unreadable("file", path, err)
		}
	}
	return "", 0, ctx.Err()
}
