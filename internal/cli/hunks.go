package cli

import (
	"strings"

	"github.com/petri-dev/petri/internal/compare/text/words"
)

// hunkLines counts the lines that hunks add and remove.
func hunkLines(hunks string) (added, removed int) {
	_, body, _ := strings.Cut(hunks, "@@")
	for line := range strings.Lines(body) {
		switch line[0] {
		case '+':
			added++
		case '-':
			removed++
		}
	}
	return added, removed
}

// printHunks shows hunks where they are wanted, whole.
func (a *app) printHunks(hunks string, wanted bool) {
	a.printHunksBounded(hunks, comparisonView{diff: wanted, all: true})
}

// printHunksBounded shows hunks where they are asked for; on a terminal with the words that
// changed marked.
func (a *app) printHunksBounded(hunks string, v comparisonView) {
	if !v.diff || hunks == "" {
		return
	}
	lines := strings.Split(strings.Map(harmless, strings.TrimRight(hunks, "\n")), "\n")
	n := v.most(len(lines), mostLines)
	for _, line := range a.style(a.stdout).hunk(lines[:n]) {
		a.out("%s", line)
	}
	if n < len(lines) {
		a.out("(%d more lines; see them with --all)", len(lines)-n)
	}
}

// hunk colours lines of hunks: where as many lines were removed as added, word by word.
func (s style) hunk(lines []string) []string {
	if !s.on {
		return lines
	}
	out := make([]string, 0, len(lines))
	header := true
	for i := 0; i < len(lines); {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "@@"):
			header = false
			out, i = append(out, s.paint("36", line)), i+1
		case header && (strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++")):
			out, i = append(out, s.bold(line)), i+1
		case strings.HasPrefix(line, "-"):
			gone, come := run(lines[i:], "-"), 0
			if i+gone < len(lines) {
				come = run(lines[i+gone:], "+")
			}
			out = append(out, s.block(lines[i:i+gone], lines[i+gone:i+gone+come])...)
			i += gone + come
		case strings.HasPrefix(line, "+"):
			out, i = append(out, s.green(line)), i+1
		default:
			out, i = append(out, line), i+1
		}
	}
	return out
}

// run is how many lines in a row begin with sign.
func run(lines []string, sign string) int {
	n := 0
	for n < len(lines) && strings.HasPrefix(lines[n], sign) {
		n++
	}
	return n
}

// block colours lines that others replaced.
func (s style) block(gone, come []string) []string {
	out := make([]string, len(gone)+len(come))
	for i, line := range gone {
		out[i] = s.red(line)
	}
	for i, line := range come {
		out[len(gone)+i] = s.green(line)
	}
	if len(gone) != len(come) {
		return out
	}
	for i := range gone {
		before, after := words.Mark(gone[i][1:], come[i][1:])
		out[i] = s.red("-") + s.marked(before, "31")
		out[len(gone)+i] = s.green("+") + s.marked(after, "32")
	}
	return out
}

// marked colours a line, and turns what changed in it round.
func (s style) marked(spans []words.Span, color string) string {
	var b strings.Builder
	for _, span := range spans {
		if span.Changed {
			b.WriteString(s.paint(color+";7", span.Text))
		} else {
			b.WriteString(s.paint(color, span.Text))
		}
	}
	return b.String()
}
