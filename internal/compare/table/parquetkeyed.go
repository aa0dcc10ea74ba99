package table

import (
	"context"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// maxKeyed bounds the rows that are matched by key: each takes some 40 bytes.
const maxKeyed = 4 << 20

// maxShuffled bounds what one column of a takes in memory where rows stand in another order.
const maxShuffled = 192 << 20

// byKey matches rows by the hashes of their keys; rows of the same key in their order.
func (f *parquets) byKey(keys []int) error {
	if max(f.rows[0], f.rows[1]) > maxKeyed {
		return kind.Other("it has more than %s rows, too many to match by key", count(maxKeyed))
	}
	a, b, err := f.hashRows(keys)
	if err != nil {
		return err
	}
	f.notes.add("rows were matched by %s", named("key column", "key columns", f.rules.Keys))
	partner, repeated := pairKeys(a, b)
	f.runs = nil
	last, matched, ordered := int32(-1), int64(0), true
	for j, i := range partner {
		if i < 0 {
			continue
		}
		matched++
		ordered = ordered && i > last
		last = i
		f.runs = add(f.runs, run{int(i), j, 1})
	}
	if !ordered {
		f.runs, f.partner = nil, partner
		f.notes.add("the rows stand in another order")
	}
	if repeated > 0 {
		f.notes.add("%s with a key that came before were matched in their order", several(int64(repeated), "row"))
	}
	f.noteRows(f.rows[0]-matched, f.rows[1]-matched)
	return nil
}

// pairKeys finds for each row of b its partner in a, -1 for none.
func pairKeys(a, b []uint64) (partner []int32, repeated int) {
	x, y := sortedStable(a), sortedStable(b)
	partner = slices.Repeat([]int32{-1}, len(b))
	for i, j := 0, 0; i < len(x) || j < len(y); {
		n, m := i, j
		switch {
		case j == len(y) || i < len(x) && x[i].hash < y[j].hash:
			n = same(x, i)
		case i == len(x) || y[j].hash < x[i].hash:
			m = same(y, j)
		default:
			n, m = same(x, i), same(y, j)
			for k := range min(n-i, m-j) {
				partner[y[j+k].at] = x[i+k].at
			}
		}
		repeated += max(n-i-1, 0) + max(m-j-1, 0)
		i, j = n, m
	}
	return partner, repeated
}

func sortedStable(hashes []uint64) []placed {
	out := sorted(hashes)
	for i := 0; i < len(out); {
		n := same(out, i)
		if n > i+1 {
			slices.SortFunc(out[i:n], func(p, q placed) int { return int(p.at) - int(q.at) })
		}
		i = n
	}
	return out
}

// held gives the values of one row that are held in memory.
type held struct {
	values []parquet.Value
	at     int
}

func (h *held) advance() { h.at++ }

func (h *held) peek() (*parquet.Value, error) {
	if h.at >= len(h.values) {
		return nil, nil
	}
	return &h.values[h.at], nil
}

// shuffled compares rows of which the order differs: a's column is held in memory, b's is streamed.
func (f *parquets) shuffled(p *leafComparison, x, y *leafCursor) error {
	values, starts, err := f.load(x)
	if err != nil {
		return err
	}
	for j, i := range f.partner {
		if i < 0 {
			if err := eachOfRow(y, nil); err != nil {
				return err
			}
			continue
		}
		p.rowA, p.rowB = int64(i)+1, int64(j)+1
		if err := p.row(&held{values: values[starts[i]:starts[i+1]]}, y); err != nil {
			return err
		}
	}
	return nil
}

func (f *parquets) load(x *leafCursor) (values []parquet.Value, starts []int32, err error) {
	left := maxShuffled
	starts = make([]int32, 0, f.rows[0]+1)
	for row := range f.rows[0] {
		starts = append(starts, int32(len(values)))
		err := eachOfRow(x, func(v *parquet.Value) {
			left -= 32
			if form := v.Kind(); !v.IsNull() && (form == parquet.ByteArray || form == parquet.FixedLenByteArray || form == parquet.Int96) {
				left -= len(v.Bytes())
			}
			if left > 0 {
				values = append(values, v.Clone())
			}
		})
		if err != nil {
			return nil, nil, err
		}
		if left < 0 {
			return nil, nil, kind.Other("its rows stand in another order, and a column is too large to be matched by key")
		}
		if row%4096 == 0 {
			if err := context.Cause(f.ctx); err != nil {
				return nil, nil, err
			}
		}
	}
	return values, append(starts, int32(len(values))), nil
}
