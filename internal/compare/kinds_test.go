package compare_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare"
)

// pair compares two runs that added these contents at one path.
func pair(t *testing.T, path, a, b string, rules petri.Rules) petri.FileComparison {
	t.Helper()
	store := blobs{}
	one, two := sealed(1), sealed(2)
	one.ResultChanges = []petri.ResultChange{store.change(path, "added", a)}
	two.ResultChanges = []petri.ResultChange{store.change(path, "added", b)}
	c, err := compare.Runs(context.Background(), compare.Side{Run: one}, compare.Side{Run: two}, rules, store.open)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if c.Verdict != c.Results[0].Verdict {
		t.Errorf("%s: %s, though its file is %s", path, c.Verdict, c.Results[0].Verdict)
	}
	return c.Results[0]
}

func packed(text string, at time.Time) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.ModTime = at
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func zipped(name, text string, at time.Time) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, _ := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	_, _ = io.WriteString(f, text)
	_ = w.Close()
	return b.String()
}

func drawn(width int) string {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 4)))
	return b.String()
}

// huge is a small file that claims 60,000 × 60,000 pixels.
func huge(salt byte) string {
	b := []byte(drawn(4))
	binary.BigEndian.PutUint32(b[16:], 60_000)
	binary.BigEndian.PutUint32(b[20:], 60_000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return string(append(b, salt))
}

func TestKinds(t *testing.T) {
	monday := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	tuesday := monday.AddDate(0, 0, 1)
	loose := petri.Rules{Tolerance: petri.Tolerance{RTol: 0.1}}
	csv := func(x string) string { return "id,x\n1,0.5\n2," + x + "\n" }
	tests := []struct {
		path, a, b string
		rules      petri.Rules
		kind       string
		verdict    petri.Verdict
		words      string // in the summary
	}{
		{"fit.csv", csv("1.0"), csv("1.05"), petri.Rules{}, "table", petri.Different, "1 of 4 cells"},
		{"fit.CSV", csv("1.0"), csv("1.05"), loose, "table", petri.WithinTolerance, "within tolerance"},
		{"fit.csv.gz", packed(csv("1.0"), monday), packed(csv("1.05"), monday), loose, "table", petri.WithinTolerance, ""},
		{"fit.csv.gz", packed(csv("1.0"), monday), packed(csv("1.0"), tuesday), petri.Rules{}, "archive", petri.Same, "the content is the same"},
		{"fit.json", `{"a": 1, "b": [2]}`, `{"b": [2.1], "a": 1}`, petri.Rules{}, "json", petri.Different, "$.b"},
		{"fit.jsonl", "{\"a\": 1}\n", "{\"a\": 2}\n", petri.Rules{}, "jsonl", petri.Different, ""},
		{"plot.png", drawn(4), drawn(5), petri.Rules{}, "image", petri.Different, "4 × 4 pixels in A, 5 × 4 in B"},
		{"all.zip", zipped("a", "1", monday), zipped("a", "1", tuesday), petri.Rules{}, "archive", petri.Same, "only times"},
		{"book.xlsx", zipped("a", "1", monday), zipped("a", "2", monday), petri.Rules{}, "archive", petri.Different, "1 of 1 member"},
		{"notes", "one\n", "two\n", petri.Rules{}, "text", petri.Different, "1 line added"},
		{"unnamed", drawn(4), drawn(5), petri.Rules{}, "image", petri.Different, "4 × 4 pixels"},
		{"model.bin", "\x00\x01", "\x00\x02", petri.Rules{}, "binary", petri.Different, "from byte 2 on"},

		// What is not what its name says.
		{"plot.png", "not a picture\n", "no picture\n", petri.Rules{}, "text", petri.Different, "named .png, but it is neither PNG, JPEG nor GIF"},
		{"plot.png", huge(1), huge(2), petri.Rules{}, "binary", petri.Different, "named .png, but its 60,000 × 60,000 pixels would need"},
		{"fit.csv", drawn(4), drawn(5), petri.Rules{}, "image", petri.Different, "named .csv, but "},
		{"fit.csv", zipped("a", "1", monday), zipped("a", "1", tuesday), petri.Rules{}, "archive", petri.Same, "named .csv, but "},
		{"fit.json", "{\"a\": ", "{\"a\": [", petri.Rules{}, "text", petri.Different, "named .json, but "},
		{"fit.npy", "\x93NUMPY\x00cut", "\x93NUMPY\x00cut off", petri.Rules{}, "binary", petri.Different, "named .npy, but "},
		{"fit.parquet", "PAR1PAR1", "PAR1\x00\x00PAR1", petri.Rules{}, "binary", petri.Different, "named .parquet, but "},
		{"all.zip", "PK\x03\x04\x00", "PK\x03\x04\x00\x00", petri.Rules{}, "binary", petri.Different, "named .zip, but "},
		{"report.pdf", "\x00", "\x01", petri.Rules{}, "binary", petri.Different, "named .pdf, but "},
		{"fit.rds", "\x1f\x8bcut", "\x1f\x8bcut off", petri.Rules{}, "binary", petri.Different, "named .rds, but "},
		{"fit.csv.gz", "id\n1\n", "id\n2\n", petri.Rules{}, "text", petri.Different, "named .gz, but "},
		{"bomb.zip", zipped("a", strings.Repeat("\x00", 90<<20), monday), zipped("a", strings.Repeat("\x00", 90<<20), tuesday), petri.Rules{}, "archive", petri.Same, ""},
		{"bomb.csv.gz", packed(strings.Repeat("1\n", 40<<20), monday), packed(strings.Repeat("1\n", 40<<20), tuesday), petri.Rules{}, "archive", petri.Same, ""},
		{"mixed.txt", "caf\xe9\n", "café\n", petri.Rules{}, "text", "", ""},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			f := pair(t, test.path, test.a, test.b, test.rules)
			if f.Path != test.path || f.Kind != test.kind || test.verdict != "" && f.Verdict != test.verdict || !strings.Contains(f.Summary, test.words) {
				t.Errorf("got %s, %s: %s", f.Kind, f.Verdict, f.Summary)
			}
		})
	}
}

// counting tells which blobs were opened.
func counting(b blobs, seen *[]petri.Digest) compare.Open {
	return func(ctx context.Context, d petri.Digest) (io.ReadCloser, error) {
		*seen = append(*seen, d)
		return b.open(ctx, d)
	}
}

func TestEqualDigestsAreNeverOpened(t *testing.T) {
	b := blobs{}
	one, two := sealed(1), sealed(2)
	for i := range 100 {
		same := b.change(fmt.Sprintf("out/%02d.csv", i), "added", fmt.Sprint("x\n", i))
		one.ResultChanges, two.ResultChanges = append(one.ResultChanges, same), append(two.ResultChanges, same)
	}
	one.PackagesBefore = b.packages(petri.Package{Ecosystem: "deb", Name: "a", Version: "1"})
	two.PackagesBefore, one.Log = one.PackagesBefore, b.log("one\n")
	two.Log = one.Log
	code := b.tree(t, map[string]string{"main.R": "1"})
	var seen []petri.Digest
	c, err := compare.Runs(context.Background(), compare.Side{Run: one, Code: code}, compare.Side{Run: two, Code: code}, petri.Rules{}, counting(b, &seen))
	if err != nil || c.Verdict != petri.Same || len(seen) != 0 {
		t.Errorf("%s, %v; opened %d blobs", c.Verdict, err, len(seen))
	}
}

// TestFilesLeftAlone: a file that one run rewrote and the other left as its commit has it is
// compared with what the commit has.
func TestFilesLeftAlone(t *testing.T) {
	b := blobs{}
	code := b.tree(t, map[string]string{"out/fit.csv": "x\n1\n", "out/same.csv": "x\n1\n", "gone": "1", "main.R": "1"})
	one, two := sealed(1), sealed(2)
	one.ResultChanges = []petri.ResultChange{b.change("out/fit.csv", "changed", "x\n2\n"), b.change("gone", "removed", ""), b.change("new", "added", "1"), b.change("away", "removed", "")}
	c, err := compare.Runs(context.Background(), compare.Side{Run: one, Code: code}, compare.Side{Run: two, Code: code}, petri.Rules{}, b.open)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range c.Results {
		got[r.Path] = string(r.Verdict) + ": " + r.Summary
	}
	for path, want := range map[string]string{
		"out/fit.csv": "B left it as it was", "gone": "different: only in B: left as it was; removed in A", "new": "different: only in A: added, 1 byte", "away": "same: ",
	} {
		if !strings.Contains(got[path], want) {
			t.Errorf("%s: %q, want %q", path, got[path], want)
		}
	}
}

func TestMetrics(t *testing.T) {
	metric := func(name, value string) petri.Metric {
		m, err := petri.NewMetric(name, value)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	one, two := sealed(1), sealed(2)
	one.Metrics = []petri.Metric{metric("auc", "0.5"), metric("gone", "1"), metric("model", "glm"), metric("same", "3"), metric("seconds", "12")}
	two.Metrics = []petri.Metric{metric("auc", "0.505"), metric("model", "gam"), metric("new", "x"), metric("same", "3.0"), metric("seconds", "13")}
	rules := petri.Rules{Tolerance: petri.Tolerance{ATol: 0.01}, Files: []petri.FileRules{{Pattern: petri.MetricsFile, Columns: []petri.ColumnRules{{Name: "$.seconds", Ignore: true}}}}}
	run := func(rules petri.Rules) petri.Comparison {
		c, err := compare.Runs(context.Background(), compare.Side{Run: one}, compare.Side{Run: two}, rules, blobs{}.open)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := run(rules)
	var got []string
	for _, m := range c.Metrics {
		got = append(got, fmt.Sprintf("%s %s→%s %s", m.Name, m.A, m.B, m.Verdict))
	}
	want := []string{"auc 0.5→0.505 tolerance", "gone 1→ different", "model glm→gam different", "new →x different"}
	if !slices.Equal(got, want) || c.Verdict != petri.Different || !strings.HasPrefix(c.Summary, "metric gone: 1 is gone; 3 more metrics differ. ") {
		t.Errorf("%v: %s %s", got, c.Verdict, c.Summary)
	}
	if c = run(petri.Rules{Ignore: []string{"*.json"}}); c.Verdict != petri.Same || len(c.Metrics) != 0 {
		t.Errorf("ignored: %+v", c)
	}
}

// TestHunksAreBounded: however much differs, a comparison stays of moderate size.
func TestHunksAreBounded(t *testing.T) {
	b := blobs{}
	one, two := sealed(1), sealed(2)
	before, after := map[string]string{}, map[string]string{}
	for i := range 100 {
		path := fmt.Sprintf("%03d.txt", i)
		before[path], after[path] = strings.Repeat("before\n", 3000), strings.Repeat("after\n", 3000)
		one.ResultChanges = append(one.ResultChanges, b.change(path, "changed", before[path]))
		two.ResultChanges = append(two.ResultChanges, b.change(path, "changed", after[path]))
	}
	c, err := compare.Runs(context.Background(), compare.Side{Run: one, Code: b.tree(t, before)}, compare.Side{Run: two, Code: b.tree(t, after)}, petri.Rules{}, b.open)
	if err != nil {
		t.Fatal(err)
	}
	results, code := 0, 0
	for _, r := range c.Results {
		results += len(r.Hunks)
	}
	for _, p := range c.Code {
		code += len(p.Hunks)
	}
	if len(c.Results) != 100 || len(c.Code) != 100 || results == 0 || code == 0 || results > 1<<20 || code > 1<<20 {
		t.Errorf("%d results with %d bytes of hunks, %d files of code with %d", len(c.Results), results, len(c.Code), code)
	}
}
