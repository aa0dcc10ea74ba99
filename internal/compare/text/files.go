package text

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// Files is the kind.Comparer of text files. Every character counts, and so do line ends and the
// encoding, of which is told. With a tolerance, numbers in lines that are the same otherwise
// are compared as numbers.
func Files(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	formA, okA, err := detect(a)
	if err != nil {
		return petri.FileComparison{}, err
	}
	formB, okB, err := detect(b)
	if err != nil {
		return petri.FileComparison{}, err
	}
	if !okA || !okB {
		return petri.FileComparison{}, kind.Other("it does not look like text")
	}
	d, err := fileDiffer(ctx, a, b, formA, formB)
	if err != nil {
		return petri.FileComparison{}, err
	}
	d.tolerance = rules.Tolerance()
	if err := d.run(ctx); err != nil {
		return petri.FileComparison{}, err
	}
	if d.zero {
		return petri.FileComparison{}, kind.Other("it has bytes of value 0 further on")
	}
	return d.file(a.Path, forms(formA, formB)), nil
}

// fileDiffer reads both contents, without what is the same at their ends where their bytes can
// be compared.
func fileDiffer(ctx context.Context, a, b kind.Content, formA, formB form) (*differ, error) {
	start := middle{no: 1, endA: a.Size, endB: b.Size}
	if formA.encoding == formB.encoding && (formA.encoding == utf8Text || formA.encoding == latin1Text) {
		m, different, err := findMiddle(ctx, a, b, formA.mark, formB.mark)
		if err != nil {
			return nil, err
		}
		if !different {
			m = middle{no: 1, endA: formA.mark, endB: formB.mark}
		}
		start = m
	}
	d := newDiffer(
		decoded(section(a, formA.mark+start.from, start.endA), formA.encoding),
		decoded(section(b, formB.mark+start.from, start.endB), formB.encoding),
		fileLevels()...)
	d.from(start.no, start.part)
	d.hunks.goesOn = start.more
	return d, nil
}

func section(c kind.Content, from, to int64) io.Reader {
	return io.NewSectionReader(c, from, max(to-from, 0))
}

func fileLevels() []level {
	times := onlyOf(timeRules())
	var skeletonBuf []byte
	return []level{
		{key: line.text, exact: true, is: equal},
		{key: func(l line) []byte { return times.normal(l.text()) }, exact: true, is: onlyTimes},
		{key: func(l line) []byte {
			skeletonBuf = skeleton(l.text(), skeletonBuf)
			return skeletonBuf
		}, exact: true, is: onlyNumbers},
	}
}

// forms tells how the encodings differ; "" where they do not.
func forms(a, b form) string {
	if a == b {
		return ""
	}
	name := func(f form) string {
		if f.encoding == utf8Text && f.mark > 0 {
			return "UTF-8 with a byte order mark"
		}
		return string(f.encoding)
	}
	if name(a) == name(b) {
		return "only one begins with a byte order mark"
	}
	return "A is in " + name(a) + ", B in " + name(b)
}

// file is what was found, as the comparison of a file.
func (d *differ) file(path, encodings string) petri.FileComparison {
	f := petri.FileComparison{Kind: "text", Verdict: petri.Same}
	if d.tolerance != (petri.Tolerance{}) || d.all(d.numeric) {
		f.MaxAbs, f.MaxRel = d.most.abs, d.most.rel
	}
	if d.within > 0 {
		f.Verdict = petri.WithinTolerance
	}
	if d.added+d.removed+d.ends > 0 || encodings != "" {
		f.Verdict = petri.Different
	}
	if d.added+d.removed > 0 {
		f.Hunks = d.hunks.text(path)
	}
	f.Summary = d.summary(encodings)
	return f
}

// all tells whether n pairs are all that was removed and added.
func (d *differ) all(n int64) bool { return n == d.cutA && n == d.cutB }

func (d *differ) summary(encodings string) string {
	var parts []string
	changed := d.added + d.removed
	switch {
	case changed == 0:
	case d.all(d.timed):
		parts = append(parts, differ1(d.timed)+" only in times")
	case d.all(d.numeric):
		parts = append(parts, differ1(d.numeric)+" only in numbers"+d.most.String())
	default:
		parts = append(parts, fmt.Sprintf("%s added, %s removed", kind.Count(d.added, "line"), kind.Grouped(d.removed)))
	}
	if d.within > 0 {
		size := ""
		if changed == 0 {
			size = d.most.String()
		}
		parts = append(parts, differ1(d.within)+" in numbers within tolerance"+size)
	}
	if d.ends > 0 {
		parts = append(parts, fmt.Sprintf("%s in A with %s, in B with %s", endings(d.ends), d.endA, d.endB))
	}
	if encodings != "" {
		parts = append(parts, encodings)
	}
	if changed+d.within == 0 && len(parts) > 0 {
		parts[0] = "the words are the same, but " + parts[0]
	}
	return strings.Join(parts, "; ")
}

func differ1(n int64) string {
	if n == 1 {
		return "1 line differs"
	}
	return kind.Count(n, "line") + " differ"
}

func endings(n int64) string {
	if n == 1 {
		return "1 line ends"
	}
	return kind.Count(n, "line") + " end"
}

// String is how large the differences are, to stand behind what differs; "" where there are none.
func (l largest) String() string {
	switch {
	case l.abs == nil:
		return ""
	case l.rel == nil:
		return fmt.Sprintf(", by at most %.3g", *l.abs)
	}
	return fmt.Sprintf(", by at most %.3g (relative %.3g)", *l.abs, *l.rel)
}

// Unified is the difference of two texts as hunks under a path, and how many lines it adds and
// removes. The hunks are "" where nothing differs; they are cut where they grow long.
func Unified(path string, a, b []byte) (hunks string, added, removed int) {
	d := exactDiffer(bytes.NewReader(a), bytes.NewReader(b))
	_ = d.run(context.Background()) // neither the reader nor the context can fail
	return d.hunks.text(path), int(d.added), int(d.removed)
}

// exactDiffer compares every byte.
func exactDiffer(a, b io.Reader) *differ {
	d := newDiffer(a, b, level{key: func(l line) []byte { return l.raw }, exact: true})
	d.hunks.returns = true
	return d
}
