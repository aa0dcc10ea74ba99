package cli

import (
	"strings"
	"unicode/utf8"
)

// leastText is how wide a column of text is at least, and textIndent where it begins otherwise.
const (
	leastText  = 40
	textIndent = 4
)

// fitted is rows in aligned columns, the last of which is text: wrapped so as to fit into that many
// columns of a terminal, of which 0 is any number.
func fitted(all [][]string, columns int) string {
	if columns < leastText {
		return aligned(all)
	}
	last, begins := len(all[0])-1, 0
	for i := range last {
		widest := 0
		for _, row := range all {
			widest = max(widest, width(row[i]))
		}
		begins += widest + 2
	}
	if columns-begins < leastText {
		return below(all, last, columns)
	}
	var rows [][]string
	for _, row := range all {
		before := row[:last:last]
		for _, line := range wrapped(row[last], columns-begins) {
			rows = append(rows, append(before, line))
			before = make([]string, last)
		}
	}
	return aligned(rows)
}

// below is rows in aligned columns with each one's text in lines of its own; its heading goes without.
func below(all [][]string, last, columns int) string {
	var rows [][]string
	for _, row := range all {
		rows = append(rows, row[:last])
	}
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(aligned(rows), "\n"), "\n") {
		b.WriteString(line + "\n")
		if i == 0 || all[i][last] == "" {
			continue
		}
		for _, text := range wrapped(all[i][last], columns-textIndent) {
			b.WriteString(strings.Repeat(" ", textIndent) + text + "\n")
		}
	}
	return b.String()
}

// wrapped is a text in lines of at most that many columns, broken between words where they fit. It is
// one line at least.
func wrapped(text string, columns int) []string {
	var lines []string
	line, taken := "", 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		if taken > 0 && taken+1+n > columns {
			lines = append(lines, line)
			line, taken = "", 0
		}
		if taken > 0 {
			line, taken = line+" ", taken+1
		}
		for ; n > columns; n -= columns { // longer than a line, as a path may be
			cut := len(string([]rune(word)[:columns]))
			lines, word = append(lines, word[:cut]), word[cut:]
		}
		line, taken = line+word, taken+n
	}
	return append(lines, line)
}
