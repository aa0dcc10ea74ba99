package buildkit

import (
	"bytes"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/instructions"
)

// A dockerfile is the user's instructions with what Petri puts before them. Line numbers
// of BuildKit's count from Petri's lines; people see their own.
type dockerfile struct {
	text   []byte
	line   func(int) int  // a line of the whole in the user's own count; 0 for Petri's
	steps  map[int]string // the instruction that begins at each line of the user's
	starts []int          // those lines, ascending
}

// lineEnds stand for line ends inside a variable's value, which a Dockerfile cannot write;
// they are turned back after the frontend has read it. They are private-use characters.
const (
	hiddenNewline = "\U0010F00A"
	hiddenReturn  = "\U0010F00D"
)

func hideLineEnds(s string) string {
	return strings.NewReplacer("\n", hiddenNewline, "\r", hiddenReturn).Replace(s)
}

func showLineEnds(s string) string {
	return strings.NewReplacer(hiddenNewline, "\n", hiddenReturn, "\r").Replace(s)
}

func showLineEndsInJSON(s string) string {
	return strings.NewReplacer(hiddenNewline, `\n`, hiddenReturn, `\r`).Replace(s)
}

// newDockerfile writes the Dockerfile of a request. Kind: invalid.
func newDockerfile(req builder.Request) (*dockerfile, error) {
	variables := map[string]string{}
	for name, value := range req.Variables {
		variables[name] = hideLineEnds(value)
	}
	rendered := instructions.Render(req.Instructions, instructions.Options{Base: req.Base.Name, Variables: variables})
	file := &dockerfile{text: []byte(rendered.Dockerfile), line: rendered.Line, steps: map[int]string{}}
	parsed, err := parser.Parse(bytes.NewReader(file.text))
	if err != nil {
		return nil, petri.Wrap(petri.Invalid, err, "the instructions cannot be read: %s", firstLine(err.Error()))
	}
	for _, node := range parsed.AST.Children {
		line := file.line(node.StartLine)
		if line < 1 {
			continue
		}
		if strings.EqualFold(node.Value, command.From) {
			return nil, petri.Errorf(petri.Invalid, "line %d: FROM is not an instruction here; an environment's base is set beside its instructions", line)
		}
		file.steps[line] = strings.TrimSpace(node.Original)
		file.starts = append(file.starts, line)
	}
	return file, nil
}

// at is the instruction to which a line of the whole file belongs.
func (f *dockerfile) at(line int) (start int, instruction string, ok bool) {
	i, exact := slices.BinarySearch(f.starts, f.line(line))
	if !exact {
		i--
	}
	if i < 0 {
		return 0, "", false
	}
	return f.starts[i], f.steps[f.starts[i]], true
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
