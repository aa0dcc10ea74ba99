package text

import (
	"bytes"
	"context"
	"io"

	"github.com/petri-dev/petri"
)

// level is one of the ways in which lines are taken for the same, from the strictest on. Lines
// that one level leaves over are given to the next.
type level struct {
	// key is the same for lines that are the same at this level. It may be kept until the next
	// call only.
	key func(line) []byte
	// exact aligns also what no unique line anchors.
	exact bool
	is    sameness
}

// sameness is what it means that two lines are the same at a level.
type sameness int

const (
	equal       sameness = iota // but for their ends
	onlyNatural                 // but for what varies by nature, which does not count
	onlyTimes                   // but for times, which are told of
	onlyNumbers                 // but for numbers, which may be within tolerance
)

// differ compares two texts, a window at a time.
type differ struct {
	a, b      window
	levels    []level
	tolerance petri.Tolerance
	normal    func(line) []byte // the text whose numbers count
	hunks     hunks

	removed, added int64 // lines
	ignored        int64 // pairs of lines that differ only in what varies by nature
	within         int64 // pairs within tolerance
	numeric, timed int64 // of the removed and added, pairs that differ only in numbers, in times
	ends           int64 // pairs that differ only in their ends
	endA, endB     string
	most           largest
	cutA, cutB     int64 // lines and pieces removed and added
	zero           bool  // a line that differs has a byte of value 0
	lastA, lastB   int64 // the lines last counted
}

func newDiffer(a, b io.Reader, levels ...level) *differ {
	d := &differ{a: window{r: a, no: 1}, b: window{r: b, no: 1}, levels: levels, normal: line.text}
	d.hunks.nextA, d.hunks.nextB = 1, 1
	return d
}

// from has both texts begin at a line other than the first, perhaps inside of it.
func (d *differ) from(no int64, part bool) {
	d.a.no, d.b.no, d.a.part, d.b.part = no, no, part, part
	d.hunks.nextA, d.hunks.nextB = no, no
}

// run reads both texts to their ends.
func (d *differ) run(ctx context.Context) error {
	for size := minWindow; ; {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		for _, w := range []*window{&d.a, &d.b} {
			if size == minWindow && len(w.buf) >= size/2 {
				continue // filling moves what is there
			}
			if err := w.fill(size); err != nil {
				return err
			}
		}
		if len(d.a.buf) == 0 && len(d.b.buf) == 0 {
			return nil
		}
		if d.skip(size) {
			continue
		}
		if d.local() || d.step(size) {
			size = minWindow
		} else {
			size *= 2
		}
	}
}

// skip passes the whole lines that both windows begin with, and tells whether there are enough
// of them to fill the windows again.
func (d *differ) skip(size int) bool {
	n := common(d.a.buf, d.b.buf)
	if n < len(d.a.buf) || n < len(d.b.buf) || !d.a.eof || !d.b.eof {
		n = bytes.LastIndexByte(d.a.buf[:n], '\n') + 1
	}
	if n == 0 {
		return false
	}
	d.hunks.equal(edges(d.a.buf[:n], d.a.no, d.a.part), d.b.no-d.a.no)
	d.a.drop(n)
	d.b.drop(n)
	return len(d.a.buf) < size/2 && !d.a.eof || len(d.b.buf) < size/2 && !d.b.eof || len(d.a.buf)+len(d.b.buf) == 0
}

// edges are as many lines of the text's beginning and its end as hunks can show.
func edges(text []byte, no int64, part bool) []line {
	first, left := cut(text, no, part, 2*contextLines+1)
	rest := text[len(text)-left:]
	start := len(rest)
	for range contextLines {
		if start > 0 {
			start = bytes.LastIndexByte(rest[:start-1], '\n') + 1
		}
	}
	no += int64(bytes.Count(text[:len(text)-left+start], []byte{'\n'}))
	last, _ := cut(rest[start:], no, false, int(^uint(0)>>1))
	return append(first, last...)
}

// A difference is local where so many lines match again soon behind it.
const (
	localView  = 32 << 10
	localLines = 40
)

// local passes a difference that ends soon, in a text too long for its windows: looking at all of
// them for each would take long. It tells whether there was one.
func (d *differ) local() bool {
	if len(d.a.buf) <= localView || len(d.b.buf) <= localView || d.a.eof && d.b.eof {
		return false
	}
	a, _ := cut(d.a.buf[:localView], d.a.no, d.a.part, localView)
	b, _ := cut(d.b.buf[:localView], d.b.no, d.b.part, localView)
	a, b = a[:len(a)-1], b[:len(b)-1] // the last may be cut
	m := newMatcher(d.levels)
	matches := m.match(a, b, 0)
	if k := len(matches) - 1; k < 0 || matches[k].n < localLines {
		return false
	}
	toA, toB := last(matches)
	d.pass(m, a[:toA], b[:toB], matches)
	return true
}

// pass counts and shows lines that are settled, and is done with them.
func (d *differ) pass(m *matcher, a, b []line, matches []matched) {
	d.settle(a, b, m.deepen(matches, a, b))
	d.a.drop(length(a))
	d.b.drop(length(b))
}

// step compares the lines of both windows and passes as many of them as are settled: up to the
// last that match, or all where the texts end. It tells whether there were any; the windows are
// too small where there were not.
func (d *differ) step(size int) bool {
	a, b := d.a.lines(size/lineBytes), d.b.lines(size/lineBytes)
	allA, allB := d.a.eof && length(a) == len(d.a.buf), d.b.eof && length(b) == len(d.b.buf)
	m := newMatcher(d.levels)
	matches := m.match(a, b, 0)
	toA, toB := len(a), len(b)
	if !(allA && (allB || len(a) == 0)) && !(allB && len(b) == 0) {
		if !settled(matches, a, b) && size < maxWindow {
			return false
		}
		if !settled(matches, a, b) {
			matches = m.deepen(matches, a, b)
		}
		toA, toB = last(matches)
		if !settled(matches, a, b) && !allA {
			toA = len(a)
		}
		if !settled(matches, a, b) && !allB {
			toB = len(b)
		}
	}
	d.pass(m, a[:toA], b[:toB], matches)
	return true
}

// last is where the last of the matches ends.
func last(matches []matched) (x, y int) {
	if k := len(matches) - 1; k >= 0 {
		return matches[k].x + matches[k].n, matches[k].y + matches[k].n
	}
	return 0, 0
}

// settled tells whether there are matches up to far enough in a or b.
func settled(matches []matched, a, b []line) bool {
	x, y := last(matches)
	return x > 0 && (x*4 >= len(a) || y*4 >= len(b))
}

func length(lines []line) (n int) {
	for _, l := range lines {
		n += len(l.raw)
	}
	return n
}
