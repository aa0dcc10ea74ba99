package instructions

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// MaxBytes is how long instructions may be.
const MaxBytes = 256 << 10

// maxProblems ends the search in a text that is something else altogether.
const maxProblems = 50

// Check finds what is wrong with the instructions in text, in reading order. Empty text is
// right: a revision may be its base and nothing else.
func Check(text string) []Problem {
	c := parse(text)
	return sorted(c.problems)
}

// checker carries one reading of a text.
type checker struct {
	lines    []string // the user's, without line ends
	steps    []step
	problems []Problem
}

// step is an instruction that parsed.
type step struct {
	node    *parser.Node
	line    int // in the user's text
	command any // one of buildkit's instructions.*Command
}

// prelude stands before the user's text when it is parsed, as FROM will when it is built:
// with it, comments that look like parser directives are the plain comments they will be.
const prelude = "FROM scratch\n"

const preludeLines = 1

func parse(text string) *checker {
	text = strings.TrimPrefix(text, "\ufeff")
	c := &checker{lines: splitLines(text)}
	if c.refuseBytes(text) {
		return c
	}
	c.directives()
	for _, node := range c.nodes(text) {
		if len(c.problems) == maxProblems {
			break
		}
		c.instruction(node)
	}
	return c
}

func splitLines(text string) []string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines
}

// refuseBytes tells whether text is no text at all.
func (c *checker) refuseBytes(text string) bool {
	if len(text) > MaxBytes {
		c.add(1, 1, Error, "the instructions are longer than 256 KiB; put large pieces into attached files and COPY them")
		return true
	}
	for i, line := range c.lines {
		if at := badByte(line); at >= 0 {
			c.add(i+1, utf8.RuneCountInString(line[:at])+1, Error, "the instructions hold a byte that is not text (UTF-8)")
			return true
		}
	}
	return false
}

func badByte(line string) int {
	for i, r := range line {
		if r == 0 {
			return i
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(line[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

// directives judges the parser directives that a Dockerfile may begin with. Behind FROM they
// are comments, so one that would change what the text means is refused, the rest is ignored.
func (c *checker) directives() {
	var p parser.DirectiveParser
	for i, line := range c.lines {
		d, err := p.ParseLine([]byte(strings.TrimSpace(line)))
		switch {
		case err != nil:
			c.add(i+1, column(line), Warning, err.Error())
			return
		case d == nil:
			return
		case d.Name == "escape" && d.Value != `\`:
			c.add(i+1, column(line), Error, `another escape character cannot be chosen here: lines are continued with \`)
		case d.Name == "syntax":
			c.add(i+1, column(line), Warning, "# syntax= is ignored: Petri brings its own Dockerfile frontend")
		}
	}
}

// nodes parses text. The parser gives up at its first error, so the lines at fault are
// blanked and the rest is parsed again, until every error is found.
func (c *checker) nodes(text string) []*parser.Node {
	lines := strings.SplitAfter(text, "\n")
	for range maxProblems {
		result, err := parser.Parse(strings.NewReader(prelude + strings.Join(lines, "")))
		if err == nil {
			for _, w := range result.Warnings {
				c.parserWarning(w)
			}
			return result.AST.Children[1:]
		}
		first, last, known := span(err, len(lines))
		c.add(first, column(c.line(first)), Error, plain(err))
		if !known || !blank(lines[first-1:last]) {
			break
		}
	}
	return nil
}

// span is which of the user's lines an error is about.
func span(err error, lines int) (first, last int, known bool) {
	var located *parser.LocationError
	if !errors.As(err, &located) || len(located.Locations) == 0 || len(located.Locations[0]) == 0 {
		return 1, 1, false
	}
	ranges := located.Locations[0]
	clamp := func(n int) int { return min(max(n-preludeLines, 1), lines) }
	return clamp(ranges[0].Start.Line), clamp(ranges[len(ranges)-1].End.Line), true
}

// blank empties lines and tells whether there was anything to empty.
func blank(lines []string) bool {
	changed := false
	for i, line := range lines {
		if strings.TrimSpace(line) != "" {
			changed = true
		}
		lines[i] = "\n"
	}
	return changed
}

func (c *checker) parserWarning(w parser.Warning) {
	line := 1
	if w.Location != nil {
		line = min(max(w.Location.Start.Line-preludeLines, 1), len(c.lines))
	}
	c.add(line, column(c.line(line)), Warning, "an instruction goes on over an empty line, which Dockerfiles will not allow for long: remove the line, or begin it with #")
}

// instruction checks one parsed line and keeps it for what else is to be looked at.
func (c *checker) instruction(node *parser.Node) {
	line := node.StartLine - preludeLines
	col := column(c.line(line))
	if strings.EqualFold(node.Value, "FROM") {
		c.add(line, col, Error, "FROM is not written here: a revision starts from its base (--from), and builds in one stage; files of another image can be had with COPY --from=IMAGE")
		return
	}
	lint := linter.New(&linter.Config{Warn: func(_, _, _, message string, _ []parser.Range) {
		c.add(line, col, Warning, message)
	}})
	command, err := instructions.ParseInstructionWithLinter(node, lint)
	if err != nil {
		c.add(line, col, Error, plain(err))
		return
	}
	s := step{node: node, line: line, command: command}
	c.steps = append(c.steps, s)
	c.rules(s, lint)
}

func (c *checker) add(line, col int, severity, message string) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, Problem{Line: line, Column: col, Severity: severity, Message: message})
	}
}

func (c *checker) line(n int) string {
	if n < 1 || n > len(c.lines) {
		return ""
	}
	return c.lines[n-1]
}

// column is where a line's text begins, from 1.
func column(line string) int {
	return utf8.RuneCountInString(line[:indent(line)]) + 1
}

// indent is the length of a line's leading space.
func indent(line string) int {
	return len(line) - len(strings.TrimLeftFunc(line, unicode.IsSpace))
}

// plain is buildkit's message without the frame it gives places in.
func plain(err error) string {
	message := strings.TrimSpace(err.Error())
	switch {
	case strings.Contains(message, "unterminated heredoc"):
		return "a heredoc (<<) begins here and is never ended by its closing word on a line of its own"
	case strings.Contains(message, "line greater than max"):
		return "a line is longer than 64 KiB; break it with \\, or put the text into an attached file"
	}
	return message
}
