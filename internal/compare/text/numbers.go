package text

import (
	"bytes"
	"math"
	"strconv"

	"github.com/petri-dev/petri"
)

// units may stand right behind a number.
var units = []string{"s", "ms", "us", "µs", "ns", "m", "min", "h", "d", "x", "B", "kB", "KB", "MB", "GB", "KiB", "MiB", "GiB", "K", "k", "M", "G", "px", "L", "i", "j", "Hz", "kHz", "MHz", "GHz", "mm", "cm", "km", "g", "mg", "kg"}

// number finds the number that starts at line[i]; its end is i where there is none. Digits that
// are part of a name, a version, a date or a time are none.
func number(line []byte, i int) (end int) {
	if !startsNumber(line, i) {
		return i
	}
	end = i
	if line[end] == '-' || line[end] == '+' {
		end++
	}
	end = digits(line, end)
	if end < len(line) && line[end] == '.' {
		end = digits(line, end+1)
	}
	if e := exponent(line, end); e > end {
		end = e
	}
	if !endsNumber(line, end) {
		return i
	}
	return end
}

// startsNumber tells whether a number may start at line[i]: with a digit, or a point or a sign
// before one, and not behind a letter or inside of a date.
func startsNumber(line []byte, i int) bool {
	at := i
	if line[at] == '-' || line[at] == '+' {
		at++
	}
	if at < len(line) && line[at] == '.' {
		at++
	}
	if at >= len(line) || !isDigit(line[at]) {
		return false
	}
	if i == 0 {
		return true
	}
	before := line[i-1]
	switch {
	case isWord(before) || before == '.':
		return false
	case before == '-' || before == ':' || before == '/' || before == '+':
		return i < 2 || !isWord(line[i-2])
	}
	return true
}

// endsNumber tells whether a number may end at line[end].
func endsNumber(line []byte, end int) bool {
	if end == len(line) {
		return true
	}
	switch next := line[end]; {
	case next == '.' || next == '-' || next == ':' || next == '/' || next == '+':
		return end+1 == len(line) || !isDigit(line[end+1])
	case !isWord(next):
		return true
	}
	stop := end
	for stop < len(line) && isWord(line[stop]) {
		if stop++; stop-end > 4 {
			return false
		}
	}
	for _, unit := range units {
		if string(line[end:stop]) == unit {
			return true
		}
	}
	return false
}

// exponent is the end of the exponent that starts at line[at], or at.
func exponent(line []byte, at int) int {
	if at >= len(line) || line[at]|0x20 != 'e' {
		return at
	}
	from := at + 1
	if from < len(line) && (line[from] == '-' || line[from] == '+') {
		from++
	}
	if end := digits(line, from); end > from {
		return end
	}
	return at
}

func digits(line []byte, at int) int {
	for at < len(line) && isDigit(line[at]) {
		at++
	}
	return at
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isWord tells whether c may be part of a name; bytes of other alphabets are.
func isWord(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

// skeleton is a line with # for each number and one blank for any number of them: lines of one
// skeleton differ only in numbers, or in the width of columns of them.
func skeleton(line, into []byte) []byte {
	into = into[:0]
	for i := 0; i < len(line); {
		if c := line[i]; c == ' ' || c == '\t' {
			if len(into) > 0 && into[len(into)-1] != ' ' {
				into = append(into, ' ')
			}
			i++
		} else if end := number(line, i); end > i {
			into = append(into, '#')
			i = end
		} else {
			into = append(into, c)
			i++
		}
	}
	return bytes.TrimRight(into, " ")
}

// nextNumber is the first number at or after from; end is from's end of line where there is none.
func nextNumber(line []byte, from int) (start, end int) {
	for i := from; i < len(line); i++ {
		if end := number(line, i); end > i {
			return i, end
		}
	}
	return len(line), len(line)
}

// largest gathers the largest differences between finite numbers. Nothing differed as long as
// abs is nil.
type largest struct{ abs, rel *float64 }

// note adds the difference between two numbers.
func (l *largest) note(a, b float64) {
	d := math.Abs(a - b)
	if d == 0 || math.IsNaN(d) || math.IsInf(d, 0) {
		return
	}
	if l.abs == nil || d > *l.abs {
		l.abs = &d
	}
	if b == 0 {
		return
	}
	if rel := d / math.Abs(b); !math.IsInf(rel, 0) && (l.rel == nil || rel > *l.rel) {
		l.rel = &rel
	}
}

// add adds the differences that other gathered.
func (l *largest) add(other largest) {
	if other.abs != nil && (l.abs == nil || *other.abs > *l.abs) {
		l.abs = other.abs
	}
	if other.rel != nil && (l.rel == nil || *other.rel > *l.rel) {
		l.rel = other.rel
	}
}

// numbersClose compares the numbers of two lines of one skeleton. They are not rewritten where
// the lines differ only in blanks.
func numbersClose(a, b []byte, t petri.Tolerance) (isClose, rewritten bool, most largest) {
	isClose = true
	for i, j := 0, 0; ; {
		startA, endA := nextNumber(a, i)
		startB, endB := nextNumber(b, j)
		if startA == endA || startB == endB {
			break
		}
		if !bytes.Equal(a[startA:endA], b[startB:endB]) {
			rewritten = true
			x, errA := strconv.ParseFloat(string(a[startA:endA]), 64)
			y, errB := strconv.ParseFloat(string(b[startB:endB]), 64)
			isClose = isClose && errA == nil && errB == nil && t.Close(x, y)
			most.note(x, y)
		}
		i, j = endA, endB
	}
	return isClose, rewritten, most
}
