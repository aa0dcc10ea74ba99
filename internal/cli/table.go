package cli

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// style colours text, where it goes to a terminal and nobody said NO_COLOR.
type style struct{ on bool }

func (a *app) style(w io.Writer) style {
	return style{on: terminal(w) && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"}
}

// terminal tells whether w is one.
func terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

func (s style) paint(code, text string) string {
	if !s.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) red(text string) string    { return s.paint("31", text) }
func (s style) green(text string) string  { return s.paint("32", text) }
func (s style) yellow(text string) string { return s.paint("33", text) }
func (s style) faint(text string) string  { return s.paint("2", text) }
func (s style) bold(text string) string   { return s.paint("1", text) }

// status colours a state.
func (s style) status(word string) string {
	switch word {
	case "ready", "succeeded", "ok", "same":
		return s.green(word)
	case "failed", "error", "different", "removed":
		return s.red(word)
	case "stopped", "canceled", "warning", "tolerance", "changed":
		return s.yellow(word)
	}
	return word
}

// table prints rows in aligned columns under a heading. Cells may be coloured.
func (a *app) table(heading []string, rows [][]string) {
	_, _ = io.WriteString(a.stdout, tame(aligned(a.titled(heading, rows))))
}

// tableOfTexts is a table whose last column is text, which is not coloured: on a terminal it goes on
// below its beginning, or below its row where there is little room.
func (a *app) tableOfTexts(heading []string, rows [][]string) {
	_, _ = io.WriteString(a.stdout, tame(fitted(a.titled(heading, rows), columnsOf(a.stdout))))
}

func (a *app) titled(heading []string, rows [][]string) [][]string {
	s := a.style(a.stdout)
	titles := make([]string, len(heading))
	for i, h := range heading {
		titles[i] = s.faint(h)
	}
	return append([][]string{titles}, rows...)
}

// columnsOf is how wide a terminal is, 0 for what is none.
func columnsOf(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

func aligned(all [][]string) string {
	widths := make([]int, len(all[0]))
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	var b strings.Builder
	for _, row := range all {
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-width(cell)+2))
			}
		}
		b.WriteByte('\n')
	}
	return trimLines(b.String())
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// width is how many columns a cell takes, without its colours.
func width(s string) int {
	n := utf8.RuneCountInString(s)
	for {
		begin := strings.Index(s, "\x1b[")
		if begin < 0 {
			return n
		}
		end := strings.IndexByte(s[begin:], 'm')
		if end < 0 {
			return n
		}
		n -= end + 1
		s = s[begin+end+1:]
	}
}

// fields prints one object as names and values; empty values are left out.
func (a *app) fields(pairs ...string) {
	s, longest := a.style(a.stdout), 0
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			longest = max(longest, len(pairs[i]))
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		value := strings.ReplaceAll(strings.TrimRight(pairs[i+1], "\n"), "\n", "\n"+strings.Repeat(" ", longest+2))
		a.out("%s%s  %s", s.faint(pairs[i]), strings.Repeat(" ", longest-len(pairs[i])), value)
	}
}
