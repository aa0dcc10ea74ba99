package table

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/petri-dev/petri/internal/compare/kind"
)

const (
	blockSize = 1 << 20
	// headroom is kept in front of each block for what is left of the one before it.
	headroom = 64 << 10
	minRead  = 4096
	// maxRecord bounds a row, and by that the memory that a window takes.
	maxRecord = 32 << 20
)

// window shows a stream piece by piece; a goroutine reads ahead. What peek returned holds until
// more is called.
type window struct {
	cur      []byte // not yet consumed
	home     []byte // the block that cur lies in; nil where cur has memory of its own
	offset   int64  // of cur in the stream
	eof      bool
	headroom int
	blocks   chan block
	free     chan []byte
	stop     context.CancelFunc
	done     sync.WaitGroup
}

type block struct {
	memory []byte
	n      int
	err    error
}

// newWindow reads r, of which some bytes are expected: a small file gets small blocks.
func newWindow(ctx context.Context, r io.Reader, expected int64) *window {
	size := headroom + blockSize
	if expected < headroom {
		size = 2*int(expected) + 2*minRead
	}
	w := &window{headroom: min(headroom, size/2), blocks: make(chan block, 1), free: make(chan []byte, 3)}
	ctx, w.stop = context.WithCancel(ctx)
	for range cap(w.free) {
		w.free <- nil // memory is taken only when a block is needed
	}
	w.done.Go(func() { w.readAhead(ctx, r, size) })
	return w
}

// close ends the reading and waits for it.
func (w *window) close() {
	w.stop()
	w.done.Wait()
}

func (w *window) readAhead(ctx context.Context, r io.Reader, size int) {
	defer close(w.blocks)
	for {
		var memory []byte
		select {
		case memory = <-w.free:
		case <-ctx.Done():
			return
		}
		if memory == nil {
			memory = make([]byte, size)
		}
		n, err := readBlock(r, memory[w.headroom:])
		select {
		case w.blocks <- block{memory: memory, n: n, err: err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// readBlock has a panic of a decoder end as an error, since no caller could recover it.
func readBlock(r io.Reader, p []byte) (n int, err error) {
	defer guard("a stream", &err)
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}

// skip consumes n bytes of what is shown.
func (w *window) skip(n int) {
	w.cur = w.cur[n:]
	w.offset += int64(n)
}

// more shows at least one byte more, or sets eof.
func (w *window) more(ctx context.Context) error {
	if w.eof {
		return nil
	}
	if len(w.cur) > maxRecord {
		return kind.Other("it has a row of more than %s MiB", count(maxRecord>>20))
	}
	b, ok := <-w.blocks
	if !ok {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		w.eof = true
		return nil
	}
	if b.err != nil && !errors.Is(b.err, io.EOF) {
		return b.err
	}
	w.eof = b.err != nil
	w.join(b)
	return nil
}

// join puts a block behind what is left.
func (w *window) join(b block) {
	left := len(w.cur)
	if left <= w.headroom {
		copy(b.memory[w.headroom-left:], w.cur)
		w.recycle(w.home)
		w.home, w.cur = b.memory, b.memory[w.headroom-left:w.headroom+b.n]
		return
	}
	if w.home != nil {
		w.cur = append(make([]byte, 0, 2*left+blockSize), w.cur...)
		w.recycle(w.home)
	}
	w.cur = append(w.cur, b.memory[w.headroom:w.headroom+b.n]...)
	w.recycle(b.memory)
	w.home = nil
}

func (w *window) recycle(memory []byte) {
	if memory == nil {
		return
	}
	select {
	case w.free <- memory:
	default:
	}
}
