package instructions

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// CheckFiles is Check, and also refuses COPY, ADD and bind mounts of files that are not among
// the attached ones. paths are the attached files, slash-separated, relative.
func CheckFiles(text string, paths []string) []Problem {
	c := parse(text)
	for _, s := range c.steps {
		for _, source := range contextSources(s) {
			if !attached(source, paths) {
				c.add(c.lineOf(s, source), c.columnOf(s, source), Error, fmt.Sprintf("%s is not among the attached files%s", source, hint(source, paths)))
			}
		}
	}
	return sorted(c.problems)
}

func hint(source string, paths []string) string {
	base := path.Base(path.Clean("/" + source))
	for _, p := range paths {
		if path.Base(p) == base {
			return "; did you mean " + p + "?"
		}
	}
	if len(paths) == 0 {
		return ": none are attached (--file)"
	}
	return " (attach it with --file)"
}

// contextSources are what an instruction takes from the attached files. What depends on a
// variable is left to the build.
func contextSources(s step) []string {
	var sources []string
	switch command := s.command.(type) {
	case *instructions.CopyCommand:
		if command.From == "" {
			sources = command.SourcePaths
		}
	case *instructions.AddCommand:
		sources = slices.DeleteFunc(slices.Clone(command.SourcePaths), remote)
	case *instructions.RunCommand:
		sources = mountSources(s.node.Flags)
	}
	return slices.DeleteFunc(slices.Clone(sources), func(source string) bool { return strings.Contains(source, "$") })
}

// remote tells whether ADD fetches the source from elsewhere.
func remote(source string) bool {
	return strings.Contains(source, "://") || strings.HasPrefix(source, "git@") || strings.HasSuffix(source, ".git")
}

// mountSources are the sources of RUN's bind mounts from the build context.
func mountSources(flags []string) []string {
	var sources []string
	for _, m := range mounts(flags) {
		if m.kind == "bind" && m.from == "" && m.source != "" {
			sources = append(sources, m.source)
		}
	}
	return sources
}

// mount is what a --mount of RUN says.
type mount struct{ kind, source, from string }

func mounts(flags []string) []mount {
	var all []mount
	for _, flag := range flags {
		fields, isMount := strings.CutPrefix(flag, "--mount=")
		if !isMount {
			continue
		}
		m := mount{kind: "bind"}
		for _, field := range strings.Split(fields, ",") {
			switch name, value, _ := strings.Cut(field, "="); name {
			case "type":
				m.kind = value
			case "source", "src":
				m.source = value
			case "from":
				m.from = value
			}
		}
		all = append(all, m)
	}
	return all
}

// attached tells whether source, which may hold wildcards or name a folder, finds anything.
func attached(source string, paths []string) bool {
	want := strings.TrimPrefix(path.Clean("/"+source), "/")
	if want == "" {
		return true // the whole context
	}
	for _, p := range paths {
		if p == want || strings.HasPrefix(p, want+"/") || matches(want, p) {
			return true
		}
	}
	return false
}

// matches tells whether pattern matches p or one of the folders p is in.
func matches(pattern, p string) bool {
	if strings.Contains(pattern, "**") {
		return true // left to the build
	}
	for ; p != "." && p != "/"; p = path.Dir(p) {
		if ok, err := path.Match(pattern, p); ok || err != nil {
			return true
		}
	}
	return false
}

// lineOf and columnOf are where word stands in an instruction of one or more lines; the
// instruction's own place when it is not to be found as it is written.
func (c *checker) lineOf(s step, word string) int {
	line, _ := c.place(s, word)
	return line
}

func (c *checker) columnOf(s step, word string) int {
	_, col := c.place(s, word)
	return col
}

func (c *checker) place(s step, word string) (line, col int) {
	for n := s.line; n <= s.node.EndLine-preludeLines; n++ {
		if at := strings.Index(c.line(n), word); at >= 0 && word != "" {
			return n, utf8.RuneCountInString(c.line(n)[:at]) + 1
		}
	}
	return s.line, column(c.line(s.line))
}
