package table

import (
	"cmp"
	"context"
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"
	"sort"
)

// maxAligned bounds the rows of a table that are matched by being equal: each takes some 40 bytes.
const maxAligned = 4 << 20

// run is n rows in sequence of a that belong to as many of b.
type run struct{ a, b, n int }

// align matches the rows of two tables, given as hashes, by those that are equal, as diff does:
// common beginnings and ends first, then rows that occur once in each, in their order. Rows
// between equal ones are matched by position. It is not ok where nothing is equal.
func align(a, b []uint64) (runs []run, ok bool) {
	first := 0
	for first < len(a) && first < len(b) && a[first] == b[first] {
		first++
	}
	last := 0
	for last < min(len(a), len(b))-first && a[len(a)-1-last] == b[len(b)-1-last] {
		last++
	}
	anchors := inOrder(uniqueInBoth(a[first:len(a)-last], b[first:len(b)-last]))
	if first+last+len(anchors) == 0 {
		return nil, false
	}
	x, y := 0, 0
	meet := func(i, j, n int) {
		if i < x || j < y { // passed already while going on from the anchor before
			return
		}
		for i > x && j > y && a[i-1] == b[j-1] {
			i, j, n = i-1, j-1, n+1
		}
		runs = add(runs, run{x, y, min(i-x, j-y)})
		for i+n < len(a) && j+n < len(b) && a[i+n] == b[j+n] {
			n++
		}
		runs = add(runs, run{i, j, n})
		x, y = i+n, j+n
	}
	meet(0, 0, first)
	for _, anchor := range anchors {
		meet(first+int(anchor.a), first+int(anchor.b), 1)
	}
	if end := len(a) - last; end >= x && len(b)-last >= y {
		meet(end, len(b)-last, last)
	}
	return add(runs, run{x, y, min(len(a)-x, len(b)-y)}), true
}

func add(runs []run, r run) []run {
	if r.n == 0 {
		return runs
	}
	if n := len(runs); n > 0 && runs[n-1].a+runs[n-1].n == r.a && runs[n-1].b+runs[n-1].n == r.b {
		runs[n-1].n += r.n
		return runs
	}
	return append(runs, r)
}

type anchor struct{ a, b int32 }

// uniqueInBoth are the places of what occurs once in a and once in b, in the order of a.
func uniqueInBoth(a, b []uint64) []anchor {
	x, y := sorted(a), sorted(b)
	var out []anchor
	for i, j := 0, 0; i < len(x) && j < len(y); {
		n, m := same(x, i), same(y, j)
		switch cmp.Compare(x[i].hash, y[j].hash) {
		case -1:
			i = n
		case 1:
			j = m
		default:
			if n == i+1 && m == j+1 {
				out = append(out, anchor{x[i].at, y[j].at})
			}
			i, j = n, m
		}
	}
	slices.SortFunc(out, func(p, q anchor) int { return cmp.Compare(p.a, q.a) })
	return out
}

type placed struct {
	hash uint64
	at   int32
}

func sorted(hashes []uint64) []placed {
	out := make([]placed, len(hashes))
	for i, h := range hashes {
		out[i] = placed{h, int32(i)}
	}
	slices.SortFunc(out, func(p, q placed) int { return cmp.Compare(p.hash, q.hash) })
	return out
}

func same(list []placed, i int) int {
	j := i + 1
	for j < len(list) && list[j].hash == list[i].hash {
		j++
	}
	return j
}

// inOrder is the longest part of the anchors whose places in b ascend too.
func inOrder(anchors []anchor) []anchor {
	var ends []int32 // the anchor that ends the best sequence of each length
	before := make([]int32, len(anchors))
	for i, one := range anchors {
		at := sort.Search(len(ends), func(k int) bool { return anchors[ends[k]].b >= one.b })
		before[i] = -1
		if at > 0 {
			before[i] = ends[at-1]
		}
		if at == len(ends) {
			ends = append(ends, 0)
		}
		ends[at] = int32(i)
	}
	if len(ends) == 0 {
		return nil
	}
	out := make([]anchor, len(ends))
	for i, at := len(ends)-1, ends[len(ends)-1]; i >= 0; i, at = i-1, before[at] {
		out[i] = anchors[at]
	}
	return out
}

// aligned compares with equal rows matched first. It is not ok, and nothing has changed but
// for a remark, where that cannot be done.
func (t *texts) aligned(ctx context.Context) (ok bool, err error) {
	hashes, err := t.hashRows(ctx)
	if err != nil {
		return false, err
	}
	if hashes[0] == nil || hashes[1] == nil {
		t.notes.add("the numbers of rows differ, and there are too many to match equal ones, so rows were matched by position: naming key columns helps")
		return false, nil
	}
	runs, ok := align(hashes[0], hashes[1])
	if !ok {
		t.notes.add("the numbers of rows differ, and no two rows are equal, so rows were matched by position: naming key columns helps")
		return false, nil
	}
	t.notes.add("the numbers of rows differ, so equal rows were matched first, and those between them by position; key columns match rows better")
	t.reset()
	t.start()
	p, err := t.openPass(ctx)
	if err != nil {
		return false, err
	}
	defer p.close()
	if err := p.follow(runs); err != nil {
		return false, err
	}
	t.count(p.matched)
	t.noteRows(int64(len(hashes[0]))-p.matched, int64(len(hashes[1]))-p.matched)
	return true, nil
}

func (p *pass) follow(runs []run) error {
	for _, r := range runs {
		for _, one := range []struct {
			rows   *rows
			before int
		}{{p.a, r.a}, {p.b, r.b}} {
			for one.rows.number < int64(one.before) {
				if record, err := one.rows.next(); record == nil || err != nil {
					return err
				}
			}
		}
		for range r.n {
			if done, err := p.step(); done || err != nil {
				return err
			}
		}
	}
	return nil
}

// hashRows hashes each row of both tables; a nil list stands for too many.
func (t *texts) hashRows(ctx context.Context) (hashes [2][]uint64, err error) {
	seed := maphash.MakeSeed()
	for i := range hashes {
		r, err := t.read(ctx, i)
		if err != nil {
			return hashes, err
		}
		hashes[i], err = t.hashAll(r, i, seed)
		r.close()
		if err != nil || hashes[i] == nil {
			return hashes, err
		}
	}
	return hashes, nil
}

func (t *texts) hashAll(r *rows, which int, seed maphash.Seed) ([]uint64, error) {
	out := []uint64{}
	var canonical []byte
	for {
		record, err := r.next()
		if record == nil || err != nil {
			return out, err
		}
		if len(out) == maxAligned {
			return nil, nil
		}
		if !t.plan.straight {
			fields, err := r.cells(record)
			if err != nil {
				return nil, err
			}
			canonical = canonical[:0]
			for _, pair := range t.plan.pairs {
				if at := [2]int{pair.a, pair.b}[which]; at < len(fields) {
					canonical = readCell(fields[at], r.comma).appendCanonical(canonical)
				}
			}
			record = canonical
		}
		out = append(out, maphash.Bytes(seed, record))
	}
}

// appendCanonical writes a cell so that what is equal without tolerance, and nothing else, is the
// same bytes.
func (c cell) appendCanonical(p []byte) []byte {
	s := c.text
	switch {
	case c.form == absent:
		return append(p, 0)
	case c.form == words:
	case c.exact != "":
		s = c.exact
	default:
		p = append(p, byte(number), 8)
		p = binary.LittleEndian.AppendUint64(p, math.Float64bits(c.f+0))
		if c.form == twofold {
			p = binary.LittleEndian.AppendUint64(p, math.Float64bits(c.im+0))
		}
		return p
	}
	p = append(p, byte(c.form))
	p = binary.AppendUvarint(p, uint64(len(s)))
	return append(p, s...)
}
