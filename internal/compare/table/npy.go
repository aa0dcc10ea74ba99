package table

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

const kindArray = "array"

// NPY compares NumPy's arrays element by element. Arrays of different shape differ; of another
// type, they are compared as far as both hold numbers, or both text, and the type is noted. The
// tolerance is the file's, or that of the column rule for a field of a structured array. Pickled
// objects are never loaded.
func NPY(ctx context.Context, a, b kind.Content, rules petri.FileRules) (out petri.FileComparison, err error) {
	defer guard("an array", &err)
	var arrays [2]array
	for i, c := range []kind.Content{a, b} {
		if arrays[i], err = openArray(func() (io.Reader, error) { return c.Reader(), nil }, c.Size); err != nil {
			return out, err
		}
		arrays[i].at = io.NewSectionReader(c, arrays[i].start, c.Size-arrays[i].start)
	}
	var names []string
	t := newTally(rules, func(i int) string { return names[i] })
	p := newPairing(t, arrays[0], arrays[1], "")
	names, t.noun = p.names, "field"
	if err := p.run(ctx); err != nil {
		return out, err
	}
	return t.finish(kindArray), nil
}

// array is a stored array.
type array struct {
	dtype
	fortran bool
	shape   []int64
	n       int64 // elements
	start   int64 // of the elements in the stream
	open    func() (io.Reader, error)
	at      io.ReaderAt // the elements; nil where they can only be streamed
}

const maxHeader = 1 << 20

// openArray reads the header of an array of that size in all, and believes none of it unchecked.
func openArray(open func() (io.Reader, error), size int64) (array, error) {
	a := array{open: open}
	r, err := open()
	if err != nil {
		return a, err
	}
	header, err := a.readHeader(r)
	if err != nil {
		return a, err
	}
	if err := a.parse(header); err != nil {
		return a, err
	}
	if err := a.measure(); err != nil {
		return a, err
	}
	switch want := a.n * int64(a.size); {
	case want > size-a.start:
		return a, kind.Other("it is cut off: %s of %s bytes are there", count(max(size-a.start, 0)), count(want))
	case want < size-a.start:
		return a, kind.Other("there is more in it than one array")
	}
	return a, nil
}

func (a *array) readHeader(r io.Reader) (string, error) {
	var fixed [12]byte
	if _, err := io.ReadFull(r, fixed[:10]); err != nil || string(fixed[:6]) != "\x93NUMPY" {
		return "", kind.Other("it is no NumPy array")
	}
	length, start := int(binary.LittleEndian.Uint16(fixed[8:])), 10
	if fixed[6] >= 2 {
		if _, err := io.ReadFull(r, fixed[10:]); err != nil {
			return "", kind.Other("its header is cut off")
		}
		length, start = int(binary.LittleEndian.Uint32(fixed[8:])), 12
	}
	if fixed[6] < 1 || fixed[6] > 3 || length > maxHeader {
		return "", kind.Other("its header is none that is known")
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(r, header); err != nil {
		return "", kind.Other("its header is cut off")
	}
	a.start = int64(start + length)
	return string(header), nil
}

func (a *array) parse(header string) error {
	v, err := parseLiteral(header)
	fields, ok := v.(map[string]any)
	if err != nil || !ok {
		return kind.Other("its header cannot be read")
	}
	shape, okShape := fields["shape"].([]any)
	fortran, okOrder := fields["fortran_order"].(bool)
	if !okShape || !okOrder || fields["descr"] == nil {
		return kind.Other("its header lacks the shape, order or type")
	}
	a.fortran = fortran
	for _, n := range shape {
		n, ok := n.(int64)
		if !ok || n < 0 || len(a.shape) == 64 {
			return kind.Other("its shape is none")
		}
		a.shape = append(a.shape, n)
	}
	a.dtype, err = parseType(fields["descr"])
	return err
}

// measure counts the elements, whose bytes must fit into an int64.
func (a *array) measure() error {
	a.n = 1
	if slices.Contains(a.shape, 0) {
		a.n = 0
		return nil
	}
	for _, n := range a.shape {
		if n > math.MaxInt64/a.n {
			return kind.Other("its shape is larger than any file")
		}
		a.n *= n
	}
	if a.n > math.MaxInt64/int64(max(a.size, 1)) {
		return kind.Other("its shape is larger than any file")
	}
	return nil
}

// elements streams the elements.
func (a *array) elements() (io.Reader, error) {
	r, err := a.open()
	if err == nil {
		_, err = io.CopyN(io.Discard, r, a.start)
	}
	return r, err
}

// index names the element at a place of the file.
func (a *array) index(k int64) string {
	if len(a.shape) == 0 {
		return "the value"
	}
	at := make([]string, len(a.shape))
	for i := range at {
		d := len(at) - 1 - i
		if a.fortran {
			d = i
		}
		at[d] = strconv.FormatInt(k%a.shape[d], 10)
		k /= a.shape[d]
	}
	return "[" + strings.Join(at, ", ") + "]"
}

func (a *array) shapeText() string {
	text := make([]string, len(a.shape))
	for i, n := range a.shape {
		text[i] = strconv.FormatInt(n, 10)
	}
	if len(text) == 1 {
		return "(" + text[0] + ",)"
	}
	return "(" + strings.Join(text, ", ") + ")"
}

// flat: the order of the elements in the file is the same in C's and Fortran's way.
func (a *array) flat() bool {
	long := 0
	for _, n := range a.shape {
		if n > 1 {
			long++
		}
	}
	return long <= 1
}

// pairing is two arrays under comparison, as columns of a tally from first on.
type pairing struct {
	t     *tally
	a, b  array
	first int
	names []string
	k     int64 // the element that is compared
	where func() string
}

// newPairing notes how the arrays differ as a whole. Name is that of the array in its archive.
func newPairing(t *tally, a, b array, name string) *pairing {
	p := &pairing{t: t, a: a, b: b}
	p.names = []string{name}
	if a.fields != nil {
		p.names = nil
		for _, field := range a.fields {
			p.names = append(p.names, strings.TrimPrefix(name+"."+field, "."))
		}
	}
	return p
}

func (p *pairing) run(ctx context.Context) error {
	of := ""
	if name := p.names[0]; name != "" && p.t.noun == "array" {
		of = " of " + strconv.Quote(kind.Clip(name, 60))
	}
	if !slices.Equal(p.a.shape, p.b.shape) {
		p.t.notes.differ("the shape%s is %s instead of %s", of, p.b.shapeText(), p.a.shapeText())
		return nil
	}
	sameType := p.a.text == p.b.text
	if !sameType {
		note := fmt.Sprintf("the type%s is %s instead of %s", of, p.b.dtype.name(), p.a.dtype.name())
		if !p.a.comparable(p.b.dtype) {
			p.t.notes.differ("%s", note)
			return nil
		}
		p.t.notes.add("%s", note)
	}
	for i := range p.names {
		c := p.t.column(p.first + i)
		c.cells = p.a.n * p.leaves(i)
		if !c.ignored {
			p.t.cells += c.cells
		}
	}
	if p.a.size+p.b.size == 0 {
		return nil
	}
	p.where = func() string { return p.a.index(p.k) }
	if p.a.fortran != p.b.fortran && !p.a.flat() {
		p.t.notes.add("the elements%s are stored in another order", of)
		return p.across(ctx)
	}
	return p.along(ctx, sameType)
}

// leaves counts the values that a field has in each element.
func (p *pairing) leaves(field int) (n int64) {
	for _, l := range p.a.leaves {
		if l.field == field {
			n++
		}
	}
	return n
}

// along streams two arrays that store their elements in the same order.
func (p *pairing) along(ctx context.Context, sameType bool) error {
	a, err := p.a.elements()
	if err != nil {
		return err
	}
	b, err := p.b.elements()
	if err != nil {
		return err
	}
	each := int64(max(1, (256<<10)/max(p.a.size, p.b.size, 1)))
	x, y := make([]byte, each*int64(p.a.size)), make([]byte, each*int64(p.b.size))
	for p.k = 0; p.k < p.a.n; {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		n := min(each, p.a.n-p.k)
		if err := readBoth(a, b, x[:n*int64(p.a.size)], y[:n*int64(p.b.size)]); err != nil {
			return err
		}
		if sameType && bytes.Equal(x[:n*int64(p.a.size)], y[:n*int64(p.b.size)]) {
			p.k += n
			continue
		}
		for i := range int(n) {
			p.element(x[i*p.a.size:(i+1)*p.a.size], y[i*p.b.size:(i+1)*p.b.size], sameType)
			p.k++
		}
	}
	return nil
}

func readBoth(a, b io.Reader, x, y []byte) error {
	for _, one := range []struct {
		r io.Reader
		p []byte
	}{{a, x}, {b, y}} {
		if _, err := io.ReadFull(one.r, one.p); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return kind.Other("its data is cut off")
		} else if err != nil {
			return err
		}
	}
	return nil
}

// element compares the values of one element.
func (p *pairing) element(x, y []byte, sameType bool) {
	for i := range p.a.leaves {
		l, m := &p.a.leaves[i], &p.b.leaves[i]
		if sameType && bytes.Equal(x[l.offset:l.offset+l.size], y[m.offset:m.offset+m.size]) {
			continue
		}
		where := p.where
		if l.within != "" {
			where = func() string { return p.where() + l.within }
		}
		p.t.compare(p.first+l.field, l.cell(x), m.cell(y), where)
	}
}
