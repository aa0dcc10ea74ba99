package table_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/table"
)

func csv(t testing.TB, a, b string, rules petri.FileRules) petri.FileComparison {
	t.Helper()
	return compare(t, table.CSV, content("a.csv", []byte(a)), content("b.csv", []byte(b)), rules)
}

func TestTablesAsPandasWritesThem(t *testing.T) {
	a := fixture(t, "a.csv")
	for name, note := range map[string]string{
		"same.csv.gz":       "only one is compressed",
		"same-utf16.csv":    "it is UTF-16 instead of UTF-8",
		"same-bom-crlf.csv": "",
		"same.tsv":          `cells are separated by '\t' instead of ','`,
		"same-quoted.csv":   "",
		"same-comma.csv":    "1 of them written otherwise; cells are separated by ';' instead of ','; decimal points are written as commas",
		"same-columns.csv":  "the columns stand in another order",
	} {
		for _, pair := range [][2]kind.Content{{a, fixture(t, name)}, {fixture(t, name), a}} {
			out := compare(t, table.CSV, pair[0], pair[1], petri.FileRules{})
			if out.Verdict != petri.Same || out.Kind != "table" || pair[0].Path == "a.csv" && name != "same-comma.csv" && !strings.HasSuffix(out.Summary, note) {
				t.Errorf("%s: %s: %s, not: %s", name, out.Verdict, out.Summary, note)
			}
		}
	}
	keys := petri.FileRules{Keys: []string{"id"}}
	for _, one := range []struct {
		name, want string
		rules      petri.FileRules
	}{
		{"b.csv", `3 of 480 cells differ, most in column "x": `, petri.FileRules{}},
		{"b-shuffled.csv", `3 of 480 cells differ, most in column "x": `, keys},
		{"b-short.csv", `3 of 472 cells differ, most in column "x": `, petri.FileRules{}},
		{"b-short.csv", `3 of 472 cells differ, most in column "x": `, keys},
	} {
		out := compare(t, table.CSV, a, fixture(t, one.name), one.rules)
		if !strings.HasPrefix(out.Summary, one.want) || out.Verdict != petri.Different || len(out.Cells) != 3 || len(out.Columns) != 2 {
			t.Errorf("%s by %v: %s: %s\n%+v", one.name, one.rules.Keys, out.Verdict, out.Summary, out.Cells)
		}
		if short := strings.Contains(out.Summary, "1 row missing"); short != (one.name == "b-short.csv") {
			t.Errorf("%s: %s", one.name, out.Summary)
		}
	}
}

func TestTablesTell(t *testing.T) {
	wide := 1e-3
	for _, one := range []struct {
		name, a, b string
		rules      petri.FileRules
		want       string
	}{
		{"number", "id,price\n1,0.1\n2,3\n", "id,price\n1,0.2\n2,3\n", petri.FileRules{}, `different: 1 of 4 cells differs, in column "price": 0.1 → 0.2 (row 1)`},
		{"tolerance", "id,price\n1,0.1\n2,3\n", "id,price\n1,0.1001\n2,3\n", petri.FileRules{ATol: &wide}, `tolerance: 1 of 4 cells differs, all within tolerance, in column "price": 0.1 → 0.1001 (row 1)`},
		{"column rule", "id,price\n1,0.1\n", "id,price\n1,0.1001\n", petri.FileRules{Columns: []petri.ColumnRules{{Name: "pri*", ATol: &wide}}}, `tolerance: 1 of 2 cells differs, all within tolerance`},
		{"ignored", "id,price\n1,0.1\n", "id,price\n1,9\n", petri.FileRules{Columns: []petri.ColumnRules{{Name: "price", Ignore: true}}}, `same: the same values`},
		{"ignored and gone", "id,price\n1,0.1\n", "id\n1\n", petri.FileRules{Columns: []petri.ColumnRules{{Name: "price", Ignore: true}}}, `same: the same values`},
		{"written otherwise", "a,b\n1.0,x\n", "a,b\n1.00,x\n", petri.FileRules{}, `same: the same values, 1 of them written otherwise`},
		{"no value", "a,b,c,d\nNA,,nan,1\n", "a,b,c,d\nNaN,null,,1\n", petri.FileRules{}, `same: the same values, 3 of them written otherwise`},
		{"no value and zero", "a,b\nNA,1\n", "a,b\n0,1\n", petri.FileRules{}, `different: 1 of 2 cells differs, in column "a": NA → 0`},
		{"zeros", "a,b\n0,-0.0\n", "a,b\n-0,0\n", petri.FileRules{}, `same: `},
		{"infinities", "a,b\nInf,-inf\n", "a,b\n-Inf,-Infinity\n", petri.FileRules{ATol: &wide}, `different: 1 of 2 cells differs beyond tolerance, in column "a": Inf → -Inf`},
		{"large integers", "a,b\n9007199254740993,1\n", "a,b\n9007199254740992,1\n", petri.FileRules{}, `different: 1 of 2 cells differs, in column "a": 9007199254740993 → 9007199254740992`},
		{"dates", "a,b\n2020-01-01,1\n", "a,b\n2020-01-02,1\n", petri.FileRules{ATol: &wide}, `different: 1 of 2 cells differs`},
		{"no Go numbers", "a,b\n0x10,1_0\n", "a,b\n16,10\n", petri.FileRules{}, `different: 2 of 2 cells differ`},
		{"columns", "a,b,c\n1,2,3\n", "c,a,d,e\n3,1,4,5\n", petri.FileRules{}, `different: column "b" is missing; columns "d", "e" are added; the columns stand in another order`},
		{"twice the same column", "a,a,b\nx,y,1\n", "a,a,b\nx,z,1\n", petri.FileRules{Keys: []string{"b"}}, `different: 1 of 3 cells differs, in column "a": y → z (b=1)`},
		{"R's row names", "\"\",\"x\"\n\"1\",0.5\n\"2\",0.6\n", "\"\",\"x\"\n\"1\",0.5\n\"2\",0.7\n", petri.FileRules{}, `different: 1 of 4 cells differs, in column "x": 0.6 → 0.7 (row 2)`},
		{"write.table", "\"x\" \"y\"\n\"1\" 0.5 \"a \\\"b\\\" c\"\n\"2\" 0.6 \"d\"\n", "\"x\" \"y\"\n\"1\" 0.5 \"a \\\"b\\\" c\"\n\"2\" 0.6 \"e\"\n", petri.FileRules{}, `different: 1 of 6 cells differs, in column "y": d → e (row 2)`},
		{"line ends in cells", "a,b\n1,\"x\ny\"\n2,z\n", "a,b\n1,\"x\ny\"\n2,w\n", petri.FileRules{}, `different: 1 of 4 cells differs, in column "b": z → w (row 2)`},
		{"no header", "1,2\n3,4\n", "1,2\n3,5\n", petri.FileRules{}, `different: 1 of 4 cells differs, in column 2: 4 → 5 (row 2)`},
		{"one column", "x\n1\n2\n", "x\n1\n3\n", petri.FileRules{}, `different: 1 of 2 cells differs, in column "x": 2 → 3 (row 2)`},
		{"row put in", "a,b\n1,x\n2,y\n3,z\n", "a,b\n1,x\n9,n\n2,y\n3,z\n", petri.FileRules{}, `different: 1 row added; the numbers of rows differ, so equal rows were matched first`},
		{"rows at the end", "a,b\n1,x\n", "a,b\n1,x\n2,y\n3,z\n", petri.FileRules{}, `different: 2 rows added`},
		{"nothing equal", "a,b\n1,x\n", "a,b\n5,m\n2,y\n3,z\n", petri.FileRules{}, `different: 2 of 2 cells differ`},
		{"nothing left", "a,b\n1,x\n", "a,b\n", petri.FileRules{}, `different: 1 row missing`},
		{"empty", "a,b\n1,x\n", "", petri.FileRules{}, `different: columns "a", "b" are missing`},
		{"cut off", "a,b\n1,x\n2,y\n", "a,b\n1,x\n2", petri.FileRules{}, `different: 1 of 4 cells differs, in column "b": y → NA (row 2); 1 pair of rows that differ`},
		{"cut off in quotes", "a,b\n1,x\n2,\"y\"\n", "a,b\n1,x\n2,\"y", petri.FileRules{}, `same: the same values; B ends inside a quoted cell, as if it were cut off`},
		{"Latin-1", "a,b\n1,caf\xe9\n", "a,b\n1,caf\u00e9\n", petri.FileRules{}, `same: the same values; some text is Latin-1 in one and UTF-8 in the other`},
		{"old Mac", "a,b\r1,2\r3,4\r", "a,b\n1,2\n3,5\n", petri.FileRules{}, `different: 1 of 4 cells differs, in column "b": 4 → 5 (row 2)`},
		{"thousands or decimals", "a;b\n1,234;x\n", "a;b\n1.234;x\n", petri.FileRules{}, `different: 1 of 2 cells differs, in column "a": 1,234 → 1.234 (row 1)`},
		{"decimal commas", "a;b\n1,234;x\n1,5;y\n", "a;b\n1,234;x\n1,50;y\n", petri.FileRules{}, `same: the same values, 1 of them written otherwise`},
		{"short header", "a,b\n1,2,3,4\n1,2,3,4\n", "a,b\n1,2,3,4\n1,2,3,5\n", petri.FileRules{}, `different: 1 of `},
		{"comments differ", "# x y\n1,2\n3,4\n", "# z y\n1,2\n3,4\n", petri.FileRules{}, `different: `},
		{"years as columns", "k,2019,2020\nx,1,2\n", "k,2020,2019\nx,2,1\n", petri.FileRules{}, `same: the same values; the columns stand in another order`},
		{"blank lines", "a,b\n1,2\n\n3,4\n", "a,b\n1,2\n3,5\n\n", petri.FileRules{}, `different: 1 of 4 cells differs, in column "b": 4 → 5 (row 2)`},
	} {
		out := csv(t, one.a, one.b, one.rules)
		if got := fmt.Sprintf("%s: %s", out.Verdict, out.Summary); !strings.HasPrefix(got, one.want) {
			t.Errorf("%s:\n got %s\nwant %s", one.name, got, one.want)
		}
	}
}

func TestKeys(t *testing.T) {
	a := "id,year,x\n1,2020,a\n1,2021,b\nNA,2020,c\n2,2020,d\n2,2020,e\n7,1,gone\n"
	b := "year,id,x\n2020,2.0,d\n2021,1,b\n2020,,c\n2020,2,f\n2020,1,a\n8,8,new\n"
	out := csv(t, a, b, petri.FileRules{Keys: []string{"id", "year"}})
	want := `1 of 15 cells differs, in column "x": e → f (id=2, year=2020); 1 row missing; 1 row added; the columns stand in another order; ` +
		`rows were matched by key columns "id", "year"; 2 rows with a key that came before were matched in their order; ` +
		`2 rows without a value in a key column were matched with each other`
	if out.Summary != want || out.Verdict != petri.Different {
		t.Errorf("got %s: %s\nwant %s", out.Verdict, out.Summary, want)
	}
	out = csv(t, a, a+"3,4,h\n", petri.FileRules{Keys: []string{"nr"}})
	if !strings.Contains(out.Summary, `rows were matched by position, as not both have the key column "nr"`) {
		t.Errorf("missing key: %s", out.Summary)
	}
}

// Rows in any order, compared by key, are the rows in order compared by position.
func TestKeysAndPositionsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var a, b []string
		for i := range 3000 {
			value := r.NormFloat64()
			a = append(a, fmt.Sprintf("k%d,%v,t%d", i, value, i%9))
			if r.IntN(50) == 0 {
				value += r.Float64()
			}
			b = append(b, fmt.Sprintf("k%d,%v,t%d", i, value, i%9))
		}
		head := "key,value,text\n"
		inOrder := csv(t, head+strings.Join(a, "\n"), head+strings.Join(b, "\n"), petri.FileRules{})
		r.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
		byKey := csv(t, head+strings.Join(a, "\n"), head+strings.Join(b, "\n"), petri.FileRules{Keys: []string{"key"}})
		if *inOrder.MaxAbs != *byKey.MaxAbs || *inOrder.MaxRel != *byKey.MaxRel || inOrder.Columns[0].Differing != byKey.Columns[0].Differing {
			t.Fatalf("by position %s\nby key %s", inOrder.Summary, byKey.Summary)
		}
	}
}

func TestWhatIsNoTable(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := bytes.Repeat([]byte("1,2\n"), 1<<20)
	for range 50 {
		z.Write(zeros)
	}
	z.Close()
	for name, one := range map[string]struct{ p, reason string }{
		"page":    {"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "web page"},
		"JSON":    {`{"a": [1, 2], "b": 3}`, "JSON"},
		"binary":  {"\x7fELF\x02\x01\x01\x00\x00\x00", "not text"},
		"PDF":     {"%PDF-1.7\n1 0 obj", "PDF"},
		"prose":   {"Dear all,\nthis is a letter, and it has, as letters do, commas.\nYours,\nX\n\nP.S.: no, really, it is, I swear.\n", "cells"},
		"bomb":    {bomb.String(), "decompresses"},
		"gzip":    {bomb.String()[:1000], "cut off"},
		"columns": {strings.Repeat(",", 1<<21) + "\n", "more than 1,048,576 columns"},
		"row":     {"a,b\n1," + strings.Repeat("x", 80<<20) + "\n", "row of more than"},
		"line":    {strings.Repeat("x", 80<<20), "row of more than"},
	} {
		bad, good := content(name, []byte(one.p)), content("good.csv", []byte("a,b\n1,2\n"))
		for _, pair := range [][2]kind.Content{{bad, good}, {good, bad}} {
			_, err := table.CSV(t.Context(), pair[0], pair[1], petri.FileRules{})
			if !errors.Is(err, kind.ErrOther) || !strings.Contains(petri.MessageOf(err), one.reason) {
				t.Errorf("%s: got %v, want a reason with %q", name, err, one.reason)
			}
		}
	}
}

func TestAMillionColumns(t *testing.T) {
	var names, a, b strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&names, ",c%d", i)
		fmt.Fprintf(&a, ",%d", i)
		fmt.Fprintf(&b, ",%d", i+i%2)
	}
	head := "id" + names.String() + "\n"
	var out petri.FileComparison
	x, y := content("a.csv", []byte(head+"x"+a.String()+"\n")), content("b.csv", []byte(head+"x"+b.String()+"\n"))
	used := peak(func() { out = compare(t, table.CSV, x, y, petri.FileRules{}) })
	if used > 512*mebi {
		t.Errorf("took %d MiB", used/mebi)
	}
	if !strings.HasPrefix(out.Summary, "500,000 of 1,000,001 cells differ") || len(out.Columns) > 1000 || len(out.Cells) != petri.MaxCells {
		t.Errorf("%s: %d columns, %d cells", out.Summary, len(out.Columns), len(out.Cells))
	}
}
