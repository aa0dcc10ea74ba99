package table_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/table"
)

func FuzzCSV(f *testing.F) {
	for _, p := range []string{"", "a,b\n1,2\n", "a;b\n1,5;x\n2,5;\"y\"\"z\"\n", "\xff\xfea\x00,\x00b\x00\n\x00", "x y\n\"1\" 2\n", "a,b\n1,\"", "#c\n1,2\n3,4\n", "a\r1\r2\r", "k,v\n1,NA\n1,-0\nNaN,1e400\n"} {
		f.Add([]byte(p), []byte("a,b\n1,2\n3,4\n"), true)
		f.Add([]byte(p), []byte("b,a\n2,1\n"), false)
	}
	add(f, "*.csv", "*.gz", "*.tsv")
	fuzz(f, table.CSV)
}

func FuzzParquet(f *testing.F) {
	add(f, "*.parquet")
	fuzz(f, table.Parquet)
}

func FuzzNPY(f *testing.F) {
	add(f, "*.npy")
	fuzz(f, table.NPY)
}

func FuzzNPZ(f *testing.F) {
	add(f, "*.npz")
	fuzz(f, table.NPZ)
}

// add gives fixtures as seeds, each with the one before it.
func add(f *testing.F, patterns ...string) {
	f.Helper()
	var last []byte
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(names) == 0 {
			f.Fatalf("no fixtures %s: %v", pattern, err)
		}
		for i, name := range names {
			p, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(p, last, i%2 == 0)
			last = p
		}
	}
}

// fuzz holds a comparer to what is true of any content: it does not panic, knows no errors but
// ErrOther, takes content for the same as itself, and takes no side.
func fuzz(f *testing.F, compare kind.Comparer) {
	f.Helper()
	f.Fuzz(func(t *testing.T, p, q []byte, keyed bool) {
		rules := petri.FileRules{}
		if keyed {
			rules.Keys = []string{"id"}
		}
		a, b := content("a", p), content("b", q)
		self, err := compare(t.Context(), a, a, rules)
		if err != nil && !errors.Is(err, kind.ErrOther) || err == nil && self.Verdict != petri.Same {
			t.Fatalf("with itself: %s: %s, %v", self.Verdict, self.Summary, err)
		}
		one, err1 := compare(t.Context(), a, b, rules)
		other, err2 := compare(t.Context(), b, a, rules)
		if (err1 == nil) != (err2 == nil) || one.Verdict != other.Verdict {
			t.Fatalf("there %s (%s), %v\nback %s (%s), %v", one.Verdict, one.Summary, err1, other.Verdict, other.Summary, err2)
		}
		if err1 != nil && !errors.Is(err1, kind.ErrOther) {
			t.Fatal(err1)
		}
	})
}
