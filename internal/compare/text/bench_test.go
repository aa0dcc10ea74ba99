package text_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/text"
)

// changed is a text of n lines, of which some, in each hundred, are others than in seed 0.
func changed(n, percent int, seed uint64) string {
	random := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for i := range n {
		if seed > 0 && random.IntN(100) < percent {
			fmt.Fprintf(&b, "line %d was changed to %d\n", i, random.IntN(1000))
		} else {
			fmt.Fprintf(&b, "line %d of a text that is of some length\n", i)
		}
	}
	return b.String()
}

func compareFiles(b *testing.B, x, y kind.Content) petri.FileComparison {
	f, err := text.Files(context.Background(), x, y, petri.FileRules{})
	if err != nil {
		b.Fatal(err)
	}
	return f
}

func BenchmarkLines(b *testing.B) {
	x, y := content(changed(50_000, 2, 0)), content(changed(50_000, 2, 1))
	for b.Loop() {
		compareFiles(b, x, y)
	}
}

// zeros is content of the same lines without an end.
type repeated struct{ line string }

func (r repeated) ReadAt(p []byte, at int64) (int, error) {
	for n := 0; n < len(p); {
		n += copy(p[n:], r.line[(at+int64(n))%int64(len(r.line)):])
	}
	return len(p), nil
}

func BenchmarkSameGigabyte(b *testing.B) {
	c := kind.Content{Path: "x", Size: 1 << 30, ReaderAt: repeated{strings.Repeat("a line of text like any other\n", 30_000)}}
	b.SetBytes(c.Size)
	for b.Loop() {
		compareFiles(b, c, c)
	}
}

func BenchmarkOneLine(b *testing.B) {
	half := strings.Repeat("0.123,4.5678,", 100<<20/13)
	x, y := content(half+"old"+half), content(half+"newer"+half)
	b.SetBytes(x.Size)
	for b.Loop() {
		compareFiles(b, x, y)
	}
}

func BenchmarkNothingInCommon(b *testing.B) {
	x, y := content(strings.ReplaceAll(changed(500_000, 0, 0), "line", "left")), content(changed(500_000, 0, 0))
	b.SetBytes(x.Size)
	for b.Loop() {
		compareFiles(b, x, y)
	}
}

func BenchmarkTimesOnEachLine(b *testing.B) {
	log := func(seconds int) io.Reader {
		var s strings.Builder
		for i := range 200_000 {
			fmt.Fprintf(&s, "2026-11-03 12:%02d:%02d,%03d - root - INFO - epoch %d: loss 0.%d\n", seconds/60, seconds%60, i%1000, i, i)
		}
		return strings.NewReader(s.String())
	}
	b.SetBytes(13 << 20)
	for b.Loop() {
		b.StopTimer()
		x, y := log(1), log(99)
		b.StartTimer()
		o, err := text.Outputs(context.Background(), x, y, petri.Rules{})
		if err != nil || o.Ignored != 200_000 {
			b.Fatal(err, o)
		}
	}
}
