package table_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/table"
)

// fixture is a file of testdata; testdata/make.py made them with pandas, pyarrow and NumPy.
func fixture(t testing.TB, name string) kind.Content {
	t.Helper()
	p, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content(name, p)
}

func content(name string, p []byte) kind.Content {
	return kind.Content{Path: name, Size: int64(len(p)), ReaderAt: bytes.NewReader(p)}
}

func compare(t testing.TB, with kind.Comparer, a, b kind.Content, rules petri.FileRules) petri.FileComparison {
	t.Helper()
	out, err := with(t.Context(), a, b, rules)
	if err != nil {
		t.Fatalf("%s and %s: %v", a.Path, b.Path, err)
	}
	if _, err := json.Marshal(out); err != nil {
		t.Fatalf("%s and %s: no JSON: %v", a.Path, b.Path, err)
	}
	return out
}

func tolerance(rtol, atol float64) petri.FileRules {
	return petri.FileRules{RTol: &rtol, ATol: &atol}
}

// allclose is what NumPy says.
type allclose struct {
	Scalars [][5]any
	Arrays  []struct {
		Name       string
		RTol, ATol float64
		Close      bool
	}
}

func numpySays(t *testing.T) allclose {
	t.Helper()
	p, err := os.ReadFile("testdata/allclose.json")
	if err != nil {
		t.Fatal(err)
	}
	var said allclose
	if err := json.Unmarshal(p, &said); err != nil {
		t.Fatal(err)
	}
	return said
}

func TestCellsAreCloseAsNumPyHasIt(t *testing.T) {
	for _, one := range numpySays(t).Scalars {
		a, b := one[0].(string), one[1].(string)
		rules := tolerance(one[2].(float64), one[3].(float64))
		out := compare(t, table.CSV, content("a.csv", []byte("x,y\n"+a+",1\n")), content("b.csv", []byte("x,y\n"+b+",1\n")), rules)
		if close := out.Verdict != petri.Different; close != one[4].(bool) {
			t.Errorf("%s and %s within %v, %v: %s, but NumPy says %v", a, b, one[2], one[3], out.Verdict, one[4])
		}
	}
}

func TestArraysAreCloseAsNumPyHasIt(t *testing.T) {
	said := numpySays(t).Arrays
	if len(said) < 100 {
		t.Fatalf("only %d results of NumPy", len(said))
	}
	for _, one := range said {
		out := compare(t, table.NPY, fixture(t, one.Name+".a.npy"), fixture(t, one.Name+".b.npy"), tolerance(one.RTol, one.ATol))
		if close := out.Verdict != petri.Different; close != one.Close {
			t.Errorf("%s within %v, %v: %s (%s), but NumPy says %v", one.Name, one.RTol, one.ATol, out.Verdict, out.Summary, one.Close)
		}
		if one.RTol == 0 && one.ATol == 0 && one.Close != (out.Verdict == petri.Same) {
			t.Errorf("%s without tolerance: %s", one.Name, out.Verdict)
		}
	}
}

func TestArraysTell(t *testing.T) {
	for name, want := range map[string]string{
		"f8":           `different: 1 of 15 cells differs, most at [1, 2]: `,
		"be-f4":        `different: 1 of 15 cells differs, most at [1, 2]: `,
		"g":            `different: 1 of 15 cells differs, most at [1, 2]: `,
		"fortran":      `different: 1 of 84 cells differs, most at [2, 5, 1]: `,
		"orders":       `different: 1 of 84 cells differs, most at [2, 5, 1]: `,
		"orders-same":  `same: the same values; the elements are stored in another order`,
		"widths":       `same: the same values; the type is float64 instead of float32`,
		"special-same": `same: the same values`,
		"scalar":       `different: 1 of 1 cell differs, most at the value: 1.5 → 1.5000001`,
		"empty":        `same: the same values`,
		"bool":         `different: 1 of 2 cells differs, most at [1]: false → true`,
		"text":         `different: 1 of 2 cells differs, most at [1]: d → e`,
		"bytes":        `different: 1 of 2 cells differs, most at [1]: d → e`,
		"days":         `different: 1 of 3 cells differs, most at [1]: 2021-02-03T00:00:00 → 2021-02-04T00:00:00`,
		"units-same":   `same: the same values; the type is datetime64[ns] instead of datetime64[D]`,
		"spans":        `different: 1 of 2 cells differs, most at [1]: 2 s → 3 s`,
		"fields":       `different: 1 of 6 cells differs, in field "pos": 3.5 → 4 ([1])`,
		"shape":        `different: the shape is (3, 2) instead of (2, 3)`,
		"kinds":        `different: the type is <U1 instead of int64`,
		"large":        `different: 1 of 2 cells differs, most at [0]: 9007199254740992 → 9007199254740993`,
	} {
		out := compare(t, table.NPY, fixture(t, name+".a.npy"), fixture(t, name+".b.npy"), petri.FileRules{})
		if got := fmt.Sprintf("%s: %s", out.Verdict, out.Summary); !strings.HasPrefix(got, want) || out.Kind != "array" {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

func TestPicklesAreNeverLoaded(t *testing.T) {
	a := fixture(t, "object.npy")
	if _, err := table.NPY(t.Context(), a, a, petri.FileRules{}); !errors.Is(err, kind.ErrOther) || !strings.Contains(petri.MessageOf(err), "pickled") {
		t.Errorf("got %v", err)
	}
	v3 := fixture(t, "v3.npy")
	if out := compare(t, table.NPY, v3, v3, petri.FileRules{}); out.Verdict != petri.Same {
		t.Errorf("version 3: %+v", out)
	}
}

func TestArchives(t *testing.T) {
	a := fixture(t, "a.npz")
	same := compare(t, table.NPZ, a, fixture(t, "same.npz"), petri.FileRules{})
	if same.Verdict != petri.Same || same.Summary != "the same values" {
		t.Errorf("compressed: %s: %s", same.Verdict, same.Summary)
	}
	out := compare(t, table.NPZ, a, fixture(t, "b.npz"), petri.FileRules{})
	if want := `1 of 32 cells differs, in array "weights": `; !strings.HasPrefix(out.Summary, want) || out.Verdict != petri.Different {
		t.Errorf("got %s: %s\nwant %s", out.Verdict, out.Summary, want)
	}
	if want := `array "bias" is missing; array "extra" is added`; !strings.HasSuffix(out.Summary, want) {
		t.Errorf("got %s\nwant %s", out.Summary, want)
	}
	if len(out.Cells) != 1 || out.Cells[0].Where != `[3, 1], array "weights"` || *out.Cells[0].Abs < 0.49 {
		t.Errorf("cells: %+v", out.Cells)
	}
	far := 1.0
	rules := petri.FileRules{Columns: []petri.ColumnRules{{Name: "weights", ATol: &far}, {Name: "bias", Ignore: true}, {Name: "extra", Ignore: true}}}
	if out := compare(t, table.NPZ, a, fixture(t, "b.npz"), rules); out.Verdict != petri.WithinTolerance {
		t.Errorf("with rules: %s: %s", out.Verdict, out.Summary)
	}
}
