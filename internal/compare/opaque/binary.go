package opaque

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// Binary compares any two contents: their sizes, and from where on they differ. Contents that
// are the same are Same.
func Binary(ctx context.Context, a, b kind.Content, _ petri.FileRules) (petri.FileComparison, error) {
	at, err := firstDifference(ctx, a.Reader(), b.Reader())
	if err != nil {
		return petri.FileComparison{}, err
	}
	f := petri.FileComparison{Kind: kindBinary, Verdict: petri.Different}
	switch {
	case at < 0:
		f.Verdict = petri.Same
	case a.Size == b.Size:
		f.Summary = fmt.Sprintf("%s each, different from byte %s on", kind.Count(a.Size, "byte"), kind.Grouped(at+1))
	case at == min(a.Size, b.Size) && at > 0:
		f.Summary = fmt.Sprintf("%s in A, %s in B; the shorter is how the longer begins", kind.Count(a.Size, "byte"), kind.Grouped(b.Size))
	default:
		f.Summary = fmt.Sprintf("%s in A, %s in B, different from byte %s on", kind.Count(a.Size, "byte"), kind.Grouped(b.Size), kind.Grouped(at+1))
	}
	return f, nil
}

const chunk = 256 << 10

// firstDifference is the offset of the first byte that differs, or of the end of the shorter; -1
// where there is none.
func firstDifference(ctx context.Context, a, b io.Reader) (int64, error) {
	return newDiffer().first(ctx, a, b)
}

// differ finds differences, one after another.
type differ struct{ bufA, bufB []byte }

func newDiffer() differ { return differ{make([]byte, chunk), make([]byte, chunk)} }

func (d differ) first(ctx context.Context, a, b io.Reader) (int64, error) {
	bufA, bufB := d.bufA, d.bufB
	for at := int64(0); ; {
		if err := context.Cause(ctx); err != nil {
			return 0, err
		}
		n, err := fill(a, bufA)
		if err != nil {
			return 0, err
		}
		m, err := fill(b, bufB)
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(bufA[:n], bufB[:m]) {
			same := 0
			for same < min(n, m) && bufA[same] == bufB[same] {
				same++
			}
			return at + int64(same), nil
		}
		if n < len(bufA) {
			return -1, nil
		}
		at += int64(n)
	}
}

// fill reads until buf is full or r ends. What ends too early for its format is an error.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var k int
		k, err = r.Read(buf[n:])
		n += k
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}
