package table_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/table"
)

func TestParquetComparesValues(t *testing.T) {
	for name, want := range map[string]string{
		"same-gzip.parquet":   "the same values; the compression is GZIP instead of SNAPPY",
		"same-brotli.parquet": "the same values; the compression is BROTLI instead of SNAPPY",
		"same-lz4.parquet":    "the same values; the compression is LZ4_RAW instead of SNAPPY",
		"same-zstd.parquet":   "the same values; the compression is ZSTD instead of SNAPPY",
		"same-none.parquet":   "the same values; the compression is UNCOMPRESSED instead of SNAPPY",
		"same-plain.parquet":  "the same values; 4 row groups instead of 1",
		"types.parquet":       `the same values; column "id" is INT32 instead of INT64; column "f" is DOUBLE instead of FLOAT`,
	} {
		for i, pair := range [][2]kind.Content{{fixture(t, "a.parquet"), fixture(t, name)}, {fixture(t, name), fixture(t, "a.parquet")}} {
			out := compare(t, table.Parquet, pair[0], pair[1], petri.FileRules{})
			if out.Verdict != petri.Same || i == 0 && out.Summary != want || out.Kind != "parquet" {
				t.Errorf("%s: %s: %s\nwant %s", name, out.Verdict, out.Summary, want)
			}
		}
	}
	out := compare(t, table.Parquet, fixture(t, "a.parquet"), fixture(t, "same-delta.parquet"), petri.FileRules{})
	if out.Summary != `columns "deep.a", "deep.b.c" are missing` {
		t.Errorf("other encodings: %s", out.Summary)
	}
}

func TestParquetTells(t *testing.T) {
	keys, loose := petri.FileRules{Keys: []string{"id"}}, 1e-3
	for _, one := range []struct {
		b     string
		rules petri.FileRules
		want  string
		parts []string
	}{
		{"b.parquet", petri.FileRules{}, "4 of 697 cells differ, most in column \"x\": ", nil},
		{"b.parquet", petri.FileRules{RTol: &loose}, "3 of 697 cells differ beyond tolerance (1 more within it)", nil},
		{"b-shuffled.parquet", keys, "4 of 697 cells differ", []string{"the rows stand in another order", `rows were matched by key column "id"`}},
		{"b-short.parquet", keys, "4 of 686 cells differ", []string{"1 row missing"}},
		{"b-short.parquet", petri.FileRules{}, "4 of 686 cells differ", []string{"1 row missing", "equal rows were matched first"}},
		{"columns.parquet", petri.FileRules{}, "column \"ok\" is STRING instead of BOOLEAN", []string{`column "f" is missing; column "extra" is added`}},
	} {
		out := compare(t, table.Parquet, fixture(t, "a.parquet"), fixture(t, one.b), one.rules)
		if !strings.HasPrefix(out.Summary, one.want) || out.Verdict != petri.Different {
			t.Errorf("%s: %s: %s\nwant %s", one.b, out.Verdict, out.Summary, one.want)
		}
		for _, part := range one.parts {
			if !strings.Contains(out.Summary, part) {
				t.Errorf("%s: %s\nlacks %s", one.b, out.Summary, part)
			}
		}
	}
	out := compare(t, table.Parquet, fixture(t, "a.parquet"), fixture(t, "b.parquet"), petri.FileRules{})
	places := map[string]bool{}
	for _, c := range out.Cells {
		places[c.Where] = true
	}
	for _, where := range []string{`row 8, value 4, column "list.list.element"`, `row 21, column "x"`, `row 4, column "when"`, `row 11, column "x"`} {
		if !places[where] {
			t.Errorf("%s is not among %v", where, places)
		}
	}
}

// written is a file of the library's own making.
func written[T any](t testing.TB, rows []T) kind.Content {
	t.Helper()
	var b bytes.Buffer
	if err := parquet.Write(&b, rows); err != nil {
		t.Fatal(err)
	}
	return content("w.parquet", b.Bytes())
}

func TestParquetNulls(t *testing.T) {
	type row struct {
		X *float64  `parquet:"x,optional"`
		L []float64 `parquet:"l,list"`
	}
	nan, one := 0.0, 1.0
	nan /= nan
	out := compare(t, table.Parquet, written(t, []row{{nil, nil}, {&one, []float64{1}}}), written(t, []row{{&nan, nil}, {&one, []float64{1, 2}}}), petri.FileRules{})
	if want := `1 of 5 cells differs, in column "l.list.element": no value here → 2 (row 2, value 2)`; out.Summary != want {
		t.Errorf("got %s\nwant %s", out.Summary, want)
	}
}

// Whatever is damaged is told as such: nothing panics, and no claim is believed.
func TestDamagedParquet(t *testing.T) {
	good := fixture(t, "a.parquet")
	whole, err := os.ReadFile(filepath.Join("testdata", "a.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	huge := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(huge[len(huge)-8:], 1<<31)
	list := append([]byte("PAR1"), 0x15, 0x02, 0x19, 0xfc, 0xff, 0xff, 0xff, 0x7f) // a footer with a list of 268 million structs
	list = append(binary.LittleEndian.AppendUint32(list, 8), "PAR1"...)
	for name, p := range map[string][]byte{
		"empty": nil, "short": []byte("PAR1PAR1"), "text": []byte("a,b\n1,2\n3,4,5,6,7"), "cut off": whole[:len(whole)/2],
		"huge footer": huge, "huge list": list, "no footer": []byte("PAR1\x00\x00\x00\x00\x00\x00\x00\x00PAR1"),
	} {
		for _, pair := range [][2]kind.Content{{good, content(name, p)}, {content(name, p), good}} {
			if _, err := table.Parquet(t.Context(), pair[0], pair[1], petri.FileRules{}); !errors.Is(err, kind.ErrOther) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
	for i := 0; i < len(whole); i += 23 { // bits turned over anywhere
		p := bytes.Clone(whole)
		p[i] ^= 0x55
		if _, err := table.Parquet(t.Context(), good, content("flipped", p), petri.FileRules{}); err != nil && !errors.Is(err, kind.ErrOther) {
			t.Errorf("byte %d turned over: %v", i, err)
		}
	}
}
