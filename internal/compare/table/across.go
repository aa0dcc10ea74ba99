package table

import (
	"context"
	"errors"
	"io"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// cacheSize is what is kept of the second of two arrays in different order.
const cacheSize = 32 << 20

// across compares an array in C's order with one in Fortran's: the first is streamed, of the
// second blocks are read where its elements lie.
func (p *pairing) across(ctx context.Context) error {
	a, err := p.a.elements()
	if err != nil {
		return err
	}
	cache, err := newBlocks(&p.b, p.a.shape)
	if err != nil {
		return err
	}
	x, y := make([]byte, p.a.size), make([]byte, p.b.size)
	reader := &buffered{r: a, buf: make([]byte, 0, max(256<<10, p.a.size))}
	for p.k = 0; p.k < p.a.n; p.k++ {
		if p.k%4096 == 0 {
			if err := context.Cause(ctx); err != nil {
				return err
			}
		}
		if _, err := io.ReadFull(reader, x); err != nil {
			return cutOff(err)
		}
		if err := cache.read(y, p.transposed(p.k)*int64(p.b.size)); err != nil {
			return cutOff(err)
		}
		p.element(x, y, p.a.text == p.b.text)
	}
	return nil
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return kind.Other("its data is cut off")
	}
	return err
}

// transposed is where b has the element that a has at k.
func (p *pairing) transposed(k int64) int64 {
	shape, n := p.a.shape, len(p.a.shape)
	at := make([]int64, 0, 8)
	for i := range n {
		d := n - 1 - i
		if p.a.fortran {
			d = i
		}
		at = append(at, k%shape[d]) // from a's fastest index to its slowest
		k /= shape[d]
	}
	out := int64(0)
	for i := range n { // b's slowest index is a's fastest
		d := n - 1 - i
		if p.a.fortran {
			d = i
		}
		out = out*shape[d] + at[i]
	}
	return out
}

// buffered is a reader in larger pieces.
type buffered struct {
	r   io.Reader
	buf []byte
	at  int
}

func (b *buffered) Read(p []byte) (int, error) {
	if b.at == len(b.buf) {
		n, err := b.r.Read(b.buf[:cap(b.buf)])
		b.buf, b.at = b.buf[:n], 0
		if n == 0 {
			return 0, err
		}
	}
	n := copy(p, b.buf[b.at:])
	b.at += n
	return n, nil
}

// blocks reads an array here and there through a cache. Blocks are as long as lets every line
// along the other order keep one.
type blocks struct {
	at    io.ReaderAt
	size  int64 // of a block
	data  []byte
	which []int64 // the block at each place; -1 for none
	left  []int
}

func newBlocks(a *array, shape []int64) (*blocks, error) {
	at := a.at
	if at == nil { // deflated: it has to be whole
		if a.n*int64(a.size) > 4*cacheSize {
			return nil, kind.Other("its elements are in another order, and there are too many that are compressed")
		}
		r, err := a.elements()
		if err != nil {
			return nil, err
		}
		data := make([]byte, a.n*int64(a.size))
		if _, err := io.ReadFull(r, data); err != nil {
			return nil, cutOff(err)
		}
		return &blocks{size: int64(len(data)), data: data, which: []int64{0}, left: []int{len(data)}}, nil
	}
	lines := int64(1)
	for _, n := range shape[1:] {
		lines = min(lines*n, cacheSize)
	}
	b := &blocks{at: at, size: min(max(cacheSize/lines/4, 512), 64<<10)}
	b.data = make([]byte, cacheSize/b.size*b.size)
	b.which, b.left = make([]int64, cacheSize/b.size), make([]int, cacheSize/b.size)
	for i := range b.which {
		b.which[i] = -1
	}
	return b, nil
}

// read fills p from an offset.
func (b *blocks) read(p []byte, from int64) error {
	for len(p) > 0 {
		block := from / b.size
		slot := int(block % int64(len(b.which)))
		data := b.data[int64(slot)*b.size : int64(slot+1)*b.size]
		if b.which[slot] != block {
			n, err := b.at.ReadAt(data, block*b.size)
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			b.which[slot], b.left[slot] = block, n
		}
		within := int(from - block*b.size)
		if within >= b.left[slot] {
			return io.ErrUnexpectedEOF
		}
		n := copy(p, data[within:b.left[slot]])
		p, from = p[n:], from+int64(n)
	}
	return nil
}
