package opaque

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/petri-dev/petri/internal/compare/kind"
)

const maxWindow = 64 << 20

// unpacked reads what a gzip, bzip2 or zstd file holds, at most limit bytes of it. What is none
// of them is kind.ErrOther.
func unpacked(ctx context.Context, c kind.Content, limit int64) (io.ReadCloser, error) {
	r := bufio.NewReaderSize(c.Reader(), chunk)
	magic, err := r.Peek(6)
	if err != nil && err != io.EOF {
		return nil, err
	}
	left := limit
	give := func(from io.Reader, done func() error) io.ReadCloser {
		return &closing{bounded{ctx, from, &left, limit}, done}
	}
	switch {
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		gz, err := gzip.NewReader(r)
		if err != nil {
			return nil, other(ctx, "gzip", err)
		}
		return give(gz, gz.Close), nil
	case bytes.HasPrefix(magic, []byte("BZh")):
		return give(bzip2.NewReader(r), func() error { return nil }), nil
	case bytes.HasPrefix(magic, []byte("\x28\xb5\x2f\xfd")):
		z, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, other(ctx, "zstd", err)
		}
		return give(z, func() error { z.Close(); return nil }), nil
	}
	return nil, fmt.Errorf("it is packed neither by gzip, bzip2 nor zstd: %w", kind.ErrOther)
}

type closing struct {
	io.Reader
	done func() error
}

func (c *closing) Close() error { return c.done() }

// Unpack gives what a gzip, bzip2 or zstd file holds, in memory, under another path. What is none
// of them, or holds more than fits, is kind.ErrOther.
func Unpack(ctx context.Context, c kind.Content, path string) (kind.Content, error) {
	r, err := unpacked(ctx, c, maxHeld)
	if err != nil {
		return kind.Content{}, err
	}
	defer r.Close()
	held, err := io.ReadAll(r)
	if err != nil {
		return kind.Content{}, other(ctx, "a packed file", err)
	}
	return kind.Content{Path: path, Size: int64(len(held)), ReaderAt: bytes.NewReader(held)}, nil
}
