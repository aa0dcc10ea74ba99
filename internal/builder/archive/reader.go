package archive

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"io"
	"os/exec"

	"github.com/klauspost/compress/zstd"

	"github.com/petri-dev/petri"
)

// maxWindow bounds the memory that a zstd stream may claim.
const maxWindow = 128 << 20

// decompress reads r whatever it is compressed with, told by its first bytes.
func decompress(r io.Reader) (io.ReadCloser, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	magic, err := buffered.Peek(6)
	if err != nil && len(magic) == 0 {
		if err == io.EOF {
			return io.NopCloser(buffered), nil
		}
		return nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return gzip.NewReader(buffered)
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	case bytes.HasPrefix(magic, []byte("BZh")):
		return io.NopCloser(bzip2.NewReader(buffered)), nil
	case bytes.HasPrefix(magic, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		return newXZ(buffered)
	default:
		return io.NopCloser(buffered), nil
	}
}

// xz decompresses through the program of that name, as Docker itself does.
type xz struct {
	io.Reader
	command *exec.Cmd
	pipe    io.ReadCloser
	said    bytes.Buffer
	ended   bool
}

func newXZ(r io.Reader) (io.ReadCloser, error) {
	program, err := exec.LookPath("xz")
	if err != nil {
		return nil, petri.Wrap(petri.Invalid, err, "it is compressed with xz, and the server has no xz program; install xz-utils there, or compress the file with gzip or zstd")
	}
	x := &xz{command: exec.Command(program, "-dc", "-q")}
	x.command.Stdin, x.command.Stderr = r, &x.said
	if x.pipe, err = x.command.StdoutPipe(); err != nil {
		return nil, err
	}
	return x, x.command.Start()
}

// Read is io.Reader's; at the end it says whether the program was content.
func (x *xz) Read(p []byte) (int, error) {
	n, err := x.pipe.Read(p)
	if err != io.EOF || x.ended {
		return n, err
	}
	x.ended = true
	if x.command.Wait() == nil {
		return n, io.EOF
	}
	if bytes.Contains(x.said.Bytes(), []byte("nexpected end")) {
		return n, io.ErrUnexpectedEOF
	}
	return n, petri.Errorf(petri.Invalid, "its xz compression is damaged")
}

// Close ends the program if it still runs.
func (x *xz) Close() error {
	if !x.ended {
		x.ended = true
		x.pipe.Close()
		_ = x.command.Process.Kill() // it may have ended by itself
		_ = x.command.Wait()         // killed: there is no result to have
	}
	return nil
}

// tailReader counts what passes and remembers the end: a whole tar ends in two empty blocks.
type tailReader struct {
	r    io.Reader
	n    int64
	tail []byte
}

const tarEnd = 1024

func (t *tailReader) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.n += int64(n)
	if n >= tarEnd {
		t.tail = append(t.tail[:0], p[n-tarEnd:n]...)
	} else if n > 0 {
		t.tail = append(t.tail, p[:n]...)
		if extra := len(t.tail) - tarEnd; extra > 0 {
			t.tail = append(t.tail[:0], t.tail[extra:]...)
		}
	}
	return n, err
}

func (t *tailReader) endsInZeros() bool {
	return len(t.tail) == tarEnd && len(bytes.Trim(t.tail, "\x00")) == 0
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
