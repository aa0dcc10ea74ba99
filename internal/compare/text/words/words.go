// Package words tells which words of a changed line changed.
//
// The command line calls it to mark words in hunks, and so may anything that shows hunks. It is
// pure, and bounded on lines of any length.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// Span is a piece of a line.
type Span struct {
	Text    string
	Changed bool
}

// maxWords bounds the words of a line that are compared one by one. Of longer lines, all between
// the first and the last difference counts as changed.
const maxWords = 1000

// Mark cuts two lines, the older and the newer, into spans, in their order: those that both
// have, and those that changed. Joined, the spans of a line are the line. Numbers, names and
// runs of blanks are words; any other character is one by itself.
func Mark(before, after string) (a, b []Span) {
	wordsA, wordsB := split(before), split(after)
	head := 0
	for head < min(len(wordsA), len(wordsB)) && wordsA[head] == wordsB[head] {
		head++
	}
	tail := 0
	for tail < min(len(wordsA), len(wordsB))-head && wordsA[len(wordsA)-1-tail] == wordsB[len(wordsB)-1-tail] {
		tail++
	}
	first, last := strings.Join(wordsA[:head], ""), strings.Join(wordsA[len(wordsA)-tail:], "")
	a, b = middle(add(nil, first, false), add(nil, first, false), wordsA[head:len(wordsA)-tail], wordsB[head:len(wordsB)-tail])
	return add(a, last, false), add(b, last, false)
}

// middle adds the words between the first and the last difference.
func middle(a, b []Span, wordsA, wordsB []string) ([]Span, []Span) {
	if len(wordsA) > maxWords || len(wordsB) > maxWords {
		return add(a, strings.Join(wordsA, ""), true), add(b, strings.Join(wordsB, ""), true)
	}
	ids := map[string]rune{}
	differ := diffmatchpatch.New()
	differ.DiffTimeout = 0 // the same lines are marked alike however busy the machine is
	i, j := 0, 0
	for _, d := range differ.DiffMainRunes(runes(ids, wordsA), runes(ids, wordsB), false) {
		for range utf8.RuneCountInString(d.Text) {
			changed := d.Type != diffmatchpatch.DiffEqual
			if d.Type != diffmatchpatch.DiffInsert {
				a = add(a, wordsA[i], changed)
				i++
			}
			if d.Type != diffmatchpatch.DiffDelete {
				b = add(b, wordsB[j], changed)
				j++
			}
		}
	}
	return a, b
}

// runes writes each word as a rune of its own, which is what the library compares.
func runes(ids map[string]rune, words []string) []rune {
	list := make([]rune, len(words))
	for i, w := range words {
		id, known := ids[w]
		if !known {
			id = rune(len(ids) + 1) // at most twice maxWords: below the surrogates
			ids[w] = id
		}
		list[i] = id
	}
	return list
}

// add adds a word to spans, to the last where that is of its kind.
func add(spans []Span, word string, changed bool) []Span {
	if word == "" {
		return spans
	}
	if k := len(spans) - 1; k >= 0 && spans[k].Changed == changed {
		spans[k].Text += word
		return spans
	}
	return append(spans, Span{word, changed})
}

// split cuts a line into words.
func split(line string) []string {
	var words []string
	for len(line) > 0 {
		n := word(line)
		words = append(words, line[:n])
		line = line[n:]
	}
	return words
}

// word is the length of the word that a line starts with.
func word(line string) int {
	first, n := utf8.DecodeRuneInString(line)
	for n < len(line) {
		r, size := utf8.DecodeRuneInString(line[n:])
		point := r == '.' && unicode.IsDigit(rune(line[n-1])) && n+1 < len(line) && unicode.IsDigit(rune(line[n+1]))
		if kind(first) == other || kind(r) != kind(first) && !point {
			return n
		}
		n += size
	}
	return n
}

const (
	other = iota
	blank
	name
)

func kind(r rune) int {
	switch {
	case unicode.IsSpace(r):
		return blank
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '_':
		return name
	}
	return other
}
