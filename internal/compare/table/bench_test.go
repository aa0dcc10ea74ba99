package table_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/table"
)

func bench(b *testing.B, with kind.Comparer, x, y kind.Content, rules petri.FileRules) {
	b.Helper()
	b.SetBytes(x.Size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := with(b.Context(), x, y, rules); err != nil {
			b.Fatal(err)
		}
	}
}

// inMemory reads a made-up table once, so that making it up takes no time later.
func inMemory(b *testing.B, m made) kind.Content {
	b.Helper()
	p := make([]byte, m.size())
	if _, err := m.ReadAt(p, 0); err != nil {
		b.Fatal(err)
	}
	return content("made.csv", p)
}

func BenchmarkCSV(b *testing.B) {
	const rows = 2 * mebi
	few := func(id int64) int64 { return max(0, 1-id%(rows/4)) }
	all := func(id int64) int64 { return 1 + id%7 }
	a := inMemory(b, made{rows: rows, value: plain})
	for _, one := range []struct {
		name  string
		b     made
		rules petri.FileRules
	}{
		{"few rows differ", made{rows: rows, value: few}, petri.FileRules{}},
		{"all rows differ", made{rows: rows, value: all}, petri.FileRules{}},
		{"few rows differ by key", made{rows: rows, value: few}, petri.FileRules{Keys: []string{"id"}}},
		{"reverse order by key", made{rows: rows, back: true, value: plain}, petri.FileRules{Keys: []string{"id"}}},
		{"a row put in", made{rows: rows + 1, from: -1, value: plain}, petri.FileRules{}},
	} {
		b.Run(one.name, func(b *testing.B) { bench(b, table.CSV, a, inMemory(b, one.b), one.rules) })
	}
	small := content("a.csv", []byte("id,x\n1,0.5\n2,0.6\n"))
	b.Run("small", func(b *testing.B) {
		bench(b, table.CSV, small, content("b.csv", []byte("id,x\n1,0.5\n2,0.7\n")), petri.FileRules{})
	})
}

// doubles is an array of n numbers in the version 1 format.
func doubles(n int, at func(int) float64) kind.Content {
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }\n", n)
	p := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
	p = append(p, header...)
	for i := range n {
		p = binary.LittleEndian.AppendUint64(p, math.Float64bits(at(i)))
	}
	return content("a.npy", p)
}

func BenchmarkNPY(b *testing.B) {
	const n = 8 * mebi
	a := doubles(n, func(i int) float64 { return float64(i) })
	b.Run("few differ", func(b *testing.B) {
		bench(b, table.NPY, a, doubles(n, func(i int) float64 { return float64(i + (i+1)%mebi/(mebi-1)) }), petri.FileRules{})
	})
	b.Run("all differ", func(b *testing.B) {
		bench(b, table.NPY, a, doubles(n, func(i int) float64 { return float64(i) + 0.5 }), petri.FileRules{})
	})
}

func BenchmarkParquet(b *testing.B) {
	type row struct {
		ID   int64   `parquet:"id"`
		X    float64 `parquet:"x,snappy"`
		Name string  `parquet:"name,dict,snappy"`
	}
	file := func(n int, step float64) kind.Content {
		rows := make([]row, n)
		for i := range rows {
			rows[i] = row{int64(i), float64(i) * step, fmt.Sprint("n", i%100)}
		}
		var out bytes.Buffer
		if err := parquet.Write(&out, rows); err != nil {
			b.Fatal(err)
		}
		return content("a.parquet", out.Bytes())
	}
	const n = mebi
	b.Run("a column differs", func(b *testing.B) { bench(b, table.Parquet, file(n, 0.5), file(n, 0.25), petri.FileRules{}) })
	b.Run("by key", func(b *testing.B) {
		bench(b, table.Parquet, file(n, 0.5), file(n, 0.25), petri.FileRules{Keys: []string{"id"}})
	})
}
