package text

import "bytes"

// look is what is seen of a line at a glance.
type look struct {
	line                           []byte
	lower                          []byte // the same in lower case
	digit, clock, dash, hex, slash bool
	equals, angle, bar             bool
	digits                         int        // the longest run of them
	pairs                          [16]uint64 // a bit for each pair of neighbouring letters
}

func pair(a, b byte) uint { return (uint(a)*33 ^ uint(b)) & 1023 }

func glance(line, buf []byte) look {
	l := look{line: line, lower: buf[:0]}
	var last byte
	run := 0
	for _, c := range line {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if isDigit(c) {
			l.digit = true
			l.clock = l.clock || last == ':'
			if run++; run > l.digits {
				l.digits = run
			}
		} else {
			run = 0
			switch c {
			case 'x':
				l.hex = l.hex || last == '0'
			case '-':
				l.dash = true
			case '/':
				l.slash = true
			case '=':
				l.equals = true
			case '<':
				l.angle = true
			case '|':
				l.bar = true
			}
		}
		bit := pair(last, c)
		l.pairs[bit>>6] |= 1 << (bit & 63)
		last = c
		l.lower = append(l.lower, c)
	}
	return l
}

// says tells whether a line has a digit and one of the words, in any case.
func says(words ...string) func(*look) bool {
	return func(l *look) bool {
		if !l.digit {
			return false
		}
		for _, w := range words {
			if l.may(w) && bytes.Contains(l.lower, []byte(w)) {
				return true
			}
		}
		return false
	}
}

// may tells quickly of most words that the line does not have them.
func (l *look) may(word string) bool {
	for i := 1; i < len(word); i++ {
		if bit := pair(word[i-1], word[i]); l.pairs[bit>>6]&(1<<(bit&63)) == 0 {
			return false
		}
	}
	return true
}
