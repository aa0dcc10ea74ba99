package text

import (
	"bytes"
	"strconv"

	"github.com/rogpeppe/go-internal/diff"
)

// run is a stretch of n lines that match: x and on in one text, y and on in the other.
type run struct{ x, y, n int }

// maxTable bounds the table of exact alignment: longer gaps are anchored by lines that are
// unique in both.
const maxTable = 64 << 10

// align matches two sequences of line numbers that stand for lines, in their order. With exact,
// short stretches without anchors are aligned as well as can be.
func align(a, b []int32, exact bool) []run {
	var runs []run
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	if head > 0 {
		runs = append(runs, run{0, 0, head})
	}
	middleA, middleB := a[head:len(a)-tail], b[head:len(b)-tail]
	for _, r := range alignMiddle(middleA, middleB, exact) {
		runs = append(runs, run{r.x + head, r.y + head, r.n})
	}
	if tail > 0 {
		runs = append(runs, run{len(a) - tail, len(b) - tail, tail})
	}
	return runs
}

func alignMiddle(a, b []int32, exact bool) []run {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	if exact && len(a)*len(b) <= maxTable {
		return longest(a, b)
	}
	runs := anchored(a, b)
	if !exact {
		return runs
	}
	var refined []run
	x, y := 0, 0
	for _, r := range append(runs, run{len(a), len(b), 0}) {
		if gapA, gapB := a[x:r.x], b[y:r.y]; len(gapA)*len(gapB) <= maxTable {
			for _, in := range longest(gapA, gapB) {
				refined = append(refined, run{in.x + x, in.y + y, in.n})
			}
		}
		if r.n > 0 {
			refined = append(refined, r)
		}
		x, y = r.x+r.n, r.y+r.n
	}
	return refined
}

// longest finds a longest common subsequence by a table.
func longest(a, b []int32) []run {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	width := len(b) + 1
	table := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i*width+j] = table[(i+1)*width+j+1] + 1
			} else {
				table[i*width+j] = max(table[(i+1)*width+j], table[i*width+j+1])
			}
		}
	}
	var runs []run
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			if k := len(runs) - 1; k >= 0 && runs[k].x+runs[k].n == i && runs[k].y+runs[k].n == j {
				runs[k].n++
			} else {
				runs = append(runs, run{i, j, 1})
			}
			i, j = i+1, j+1
		case table[(i+1)*width+j] >= table[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return runs
}

// anchored aligns by the library, which reads text and answers in hunks.
func anchored(a, b []int32) []run {
	hunks := diff.Diff("", numbered(a), "", numbered(b))
	if hunks == nil {
		return []run{{0, 0, len(a)}}
	}
	var runs []run
	x, y := 0, 0 // matched or passed up to here
	match := func(n int) {
		if k := len(runs) - 1; k >= 0 && runs[k].x+runs[k].n == x && runs[k].y+runs[k].n == y {
			runs[k].n += n
		} else if n > 0 {
			runs = append(runs, run{x, y, n})
		}
		x, y = x+n, y+n
	}
	for line := range bytes.Lines(hunks) {
		switch line[0] {
		case '@':
			match(hunkStart(line) - x)
		case ' ':
			match(1)
		case '-':
			if !bytes.HasPrefix(line, []byte("---")) {
				x++
			}
		case '+':
			if !bytes.HasPrefix(line, []byte("+++")) {
				y++
			}
		}
	}
	match(len(a) - x)
	return runs
}

// hunkStart reads from "@@ -3,4 +3,5 @@" the index of the hunk's first line.
func hunkStart(header []byte) int {
	first, _, _ := bytes.Cut(header[len("@@ -"):], []byte(" "))
	from, count, _ := bytes.Cut(first, []byte(","))
	n, _ := strconv.Atoi(string(from))
	if string(count) == "0" {
		return n // of an empty stretch, it is the line before
	}
	return n - 1
}

func numbered(ids []int32) []byte {
	text := make([]byte, 0, 7*len(ids))
	for _, id := range ids {
		text = append(strconv.AppendInt(text, int64(id), 10), '\n')
	}
	return text
}
