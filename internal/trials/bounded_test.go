package trials_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/trials"
)

// hostile is a comparison that is long wherever one can be.
func hostile() petri.Comparison {
	c := petri.Comparison{Verdict: petri.Different, Summary: "1000 files differ"}
	long := strings.Repeat("+a line of \x01 text\n", 10_000)
	c.Stdout = petri.OutputComparison{Verdict: petri.Different, Added: 7, Hunks: long}
	for range 1000 {
		f := petri.FileComparison{Path: strings.Repeat("d/", 100) + "a.csv", Verdict: petri.Different, Kind: "table", Summary: strings.Repeat("s", 200), Hunks: long}
		for range 20 {
			f.Cells = append(f.Cells, petri.CellChange{Where: "row 1", A: strings.Repeat("a", 200), B: "b"})
		}
		for range 500 {
			f.Columns = append(f.Columns, petri.ColumnComparison{Name: strings.Repeat("c", 100)})
		}
		c.Results = append(c.Results, f, petri.FileComparison{Path: "same", Verdict: petri.Same})
		c.Code = append(c.Code, petri.PathChange{Path: "main.R", Change: "changed", Hunks: long})
		c.Packages = append(c.Packages, petri.PackageChange{Ecosystem: "r", Name: "dplyr", A: "1.0", B: "1.1", Change: "changed"})
		c.Metrics = append(c.Metrics, petri.MetricComparison{Name: "auc", A: "1", B: "2"})
		c.Settings = append(c.Settings, petri.FieldChange{Field: "command", A: long})
		c.Facts = append(c.Facts, petri.FieldChange{Field: "glibc", A: "2.31", B: "2.36"})
	}
	return c
}

// What a study keeps of its comparisons takes a megabyte or little more, however many checks it has
// and whatever was compared, and always something of each kind.
func TestBounded(t *testing.T) {
	c := hostile()
	for _, n := range []int{1, 4, 10, 100, 1000} {
		kept := trials.Kept(&c, n)
		text, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		if most := max(256<<10, 1<<20/n, 2<<10); n*len(text) > max(9<<20/8, n*(2<<10+512)) || len(text) > most+512 {
			t.Errorf("of %d: %d bytes", n, len(text))
		}
		if kept.Verdict != petri.Different || kept.Summary == "" || kept.Stdout.Added != 7 || len(kept.Packages) == 0 || len(kept.Metrics) == 0 || len(kept.Results) == 0 {
			t.Errorf("of %d: %+v", n, kept)
		}
		for _, f := range kept.Results {
			if f.Verdict == petri.Same || len(f.Cells) > 5 || len(f.Columns) > 20 {
				t.Fatalf("of %d: %+v", n, f)
			}
		}
	}
	if len(c.Results) != 2000 || len(c.Results[0].Cells) != 20 || c.Code[0].Hunks == "" || c.Results[0].Hunks == "" {
		t.Error("what was compared was changed")
	}
	if trials.Kept(nil, 3) != nil {
		t.Error("something of nothing")
	}
}

// An ordinary comparison is kept whole.
func TestBoundedKeepsWhatIsShort(t *testing.T) {
	c := petri.Comparison{
		Verdict: petri.Different, Stdout: petri.OutputComparison{Hunks: "-a\n+b\n"}, Code: []petri.PathChange{{Path: "main.R", Change: "changed", Hunks: "-1\n+2\n"}},
		Results: []petri.FileComparison{{Path: "a.csv", Verdict: petri.Different, Hunks: "-1\n+2\n", Cells: []petri.CellChange{{Where: "row 1"}}}},
	}
	want, _ := json.Marshal(c)
	if got, _ := json.Marshal(trials.Kept(&c, 50)); string(got) != string(want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
