package opaque

import (
	"context"
	"fmt"
	"io"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// Packed compares what two gzip, bzip2 or zstd files hold: two that hold the same are Same, and
// Volatile, however and whenever they were packed.
func Packed(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	return packed(ctx, a, b, kindArchive, func(r io.Reader) io.Reader { return r })
}

// R compares two files of R's save or saveRDS by what they hold once unpacked. Which version of
// R wrote them is no difference.
func R(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	f, err := packed(ctx, a, b, kindBinary, func(r io.Reader) io.Reader { return &unsigned{r: r} })
	return f, err
}

func packed(ctx context.Context, a, b kind.Content, name string, see func(io.Reader) io.Reader) (petri.FileComparison, error) {
	left, err := unpacked(ctx, a, maxUnpacked)
	if err != nil {
		return petri.FileComparison{}, err
	}
	defer left.Close()
	right, err := unpacked(ctx, b, maxUnpacked)
	if err != nil {
		return petri.FileComparison{}, err
	}
	defer right.Close()
	at, err := firstDifference(ctx, see(left), see(right))
	if err != nil {
		return petri.FileComparison{}, other(ctx, "a packed file", err)
	}
	f := petri.FileComparison{Kind: name, Verdict: petri.Different}
	if at < 0 {
		f.Verdict, f.Volatile = petri.Same, true
		f.Summary = "the content is the same; only how or by which program it was written differs"
		return f, nil
	}
	f.Summary = fmt.Sprintf("unpacked, they differ from byte %s on; packed, %s in A, %s in B", kind.Grouped(at+1), kind.Count(a.Size, "byte"), kind.Grouped(b.Size))
	return f, nil
}

// unsigned is R's serialization without the version of R that wrote it, which stands behind the
// format: RDX3, X, two bytes of line ends, the format's version, then the writer's.
type unsigned struct {
	r    io.Reader
	head []byte
	read bool
}

func (u *unsigned) Read(p []byte) (int, error) {
	if !u.read {
		u.read = true
		head := make([]byte, 32)
		n, err := fill(u.r, head)
		if err != nil {
			return 0, err
		}
		u.head = withoutWriter(head[:n])
	}
	if len(u.head) > 0 {
		n := copy(p, u.head)
		u.head = u.head[n:]
		return n, nil
	}
	return u.r.Read(p)
}

func withoutWriter(head []byte) []byte {
	at := 0
	if len(head) > 5 && (string(head[:5]) == "RDX2\n" || string(head[:5]) == "RDX3\n") {
		at = 5
	}
	if len(head) >= at+14 && string(head[at:at+2]) == "X\n" {
		clear(head[at+6 : at+10])
	}
	return head
}
