package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/workdir"
)

// settings are what a project's petri.toml says.
type settings struct {
	Project     string          `toml:"project"`
	Environment string          `toml:"environment"`
	Run         runSettings     `toml:"run"`
	Checks      []checkSettings `toml:"check"`

	path string
}

// runSettings are what petri run takes where nothing else is said.
type runSettings struct {
	Command   any               `toml:"command"` // a string, or a list of strings
	CPUs      float64           `toml:"cpus"`
	Memory    string            `toml:"memory"`
	GPUs      int               `toml:"gpus"`
	Timeout   string            `toml:"timeout"`
	Network   string            `toml:"network"`
	Variables map[string]string `toml:"variables"`
	Tags      []string          `toml:"tags"`
}

// checkSettings declare a regression check.
type checkSettings struct {
	Name    string   `toml:"name"`
	Command any      `toml:"command"`
	Timeout string   `toml:"timeout"`
	Memory  string   `toml:"memory"`
	Results []string `toml:"results"`
	RTol    float64  `toml:"rtol"`
	ATol    float64  `toml:"atol"`
	Stdout  string   `toml:"stdout"`
}

// readSettings reads a project's petri.toml. What it does not know it refuses, by line: a
// misspelt key must not be a setting that silently does not hold. Kind: invalid.
func readSettings(folder workdir.Folder) (settings, error) {
	s := settings{path: filepath.Join(folder.Root, workdir.ProjectFile)}
	b, err := os.ReadFile(s.path)
	if err != nil {
		return s, petri.Wrap(petri.Invalid, err, "%s cannot be read (%v)", s.path, err)
	}
	return s, s.parse(b)
}

func (s *settings) parse(b []byte) error {
	err := toml.NewDecoder(strings.NewReader(string(b))).DisallowUnknownFields().Decode(s)
	var unknown *toml.StrictMissingError
	var malformed *toml.DecodeError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		first := unknown.Errors[0]
		line, _ := first.Position()
		return petri.Errorf(petri.Invalid, "%s, line %d: Petri knows no setting %q", s.path, line, strings.Join(first.Key(), "."))
	case errors.As(err, &malformed):
		line, column := malformed.Position()
		return petri.Errorf(petri.Invalid, "%s, line %d, column %d: %s", s.path, line, column, plainTOML(malformed.Error()))
	case err != nil:
		return petri.Errorf(petri.Invalid, "%s: %s", s.path, strings.TrimPrefix(err.Error(), "toml: "))
	}
	return s.check()
}

var wrongType = regexp.MustCompile(`^cannot decode TOML (\w+) into .* of type (.*)$`)

// plainTOML is the decoder's message without our own types' names.
func plainTOML(message string) string {
	message = strings.TrimPrefix(message, "toml: ")
	found := wrongType.FindStringSubmatch(message)
	if found == nil {
		return message
	}
	wanted := map[string]string{"string": "a text in quotes", "int": "a whole number", "float64": "a number", "bool": "true or false"}[found[2]]
	if wanted == "" {
		wanted = "another kind of value"
	}
	return fmt.Sprintf("%s stands here, and it must be %s", article(found[1]), wanted)
}

func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}

// check looks at the values that can be judged here.
func (s *settings) check() error {
	wrong := func(key string, err error) error {
		return petri.Wrap(petri.Invalid, err, "%s: %s: %s", s.path, key, petri.MessageOf(err))
	}
	if s.Project == "" {
		return petri.Errorf(petri.Invalid, "%s does not say which project this is; add a line such as: project = \"churn\"", s.path)
	}
	if _, err := parseProject(s.Project); err != nil {
		return wrong("project", err)
	}
	if s.Environment != "" {
		if _, err := parseEnvironment(s.Environment); err != nil {
			return wrong("environment", err)
		}
	}
	if _, err := s.Run.command(); err != nil {
		return wrong("run.command", err)
	}
	if s.Run.Memory != "" {
		if _, err := parseSize(s.Run.Memory); err != nil {
			return wrong("run.memory", err)
		}
	}
	if s.Run.Timeout != "" {
		if _, err := parseDuration(s.Run.Timeout); err != nil {
			return wrong("run.timeout", err)
		}
	}
	return nil
}

// command is what to run; nil where nothing is said. A plain string is split at spaces; one
// with anything in it that a shell would look at goes to the shell.
func (r runSettings) command() ([]string, error) {
	switch c := r.Command.(type) {
	case nil:
		return nil, nil
	case string:
		if strings.ContainsAny(c, "|&;<>()$`\\\"'*?[]#~=%!{}\n") {
			return []string{"sh", "-c", c}, nil
		}
		return strings.Fields(c), nil
	case []any:
		list := make([]string, len(c))
		for i := range c {
			word, ok := c[i].(string)
			if !ok {
				return nil, petri.Errorf(petri.Invalid, "a command is a string or a list of strings")
			}
			list[i] = word
		}
		return list, nil
	}
	return nil, petri.Errorf(petri.Invalid, "a command is a string or a list of strings")
}

// setKey sets a key of the topmost table in a TOML document and leaves all else, comments
// too, as it is.
func setKey(text, key, value string) string {
	line := key + " = " + strconv.Quote(value)
	lines := strings.SplitAfter(text, "\n")
	last := -1 // behind which a new key goes
	for i, l := range lines {
		trimmed := strings.TrimSpace(l)
		if strings.HasPrefix(trimmed, "[") {
			break
		}
		name, rest, found := strings.Cut(trimmed, "=")
		if !found || strings.HasPrefix(trimmed, "#") {
			continue
		}
		last = i
		if strings.Trim(strings.TrimSpace(name), `"'`) == key {
			lines[i] = line + comment(rest) + "\n"
			return strings.Join(lines, "")
		}
	}
	if last >= 0 && !strings.HasSuffix(lines[last], "\n") {
		lines[last] += "\n"
	}
	before, after := strings.Join(lines[:last+1], ""), strings.Join(lines[last+1:], "")
	return before + line + "\n" + after
}

// comment is what follows a value on its line.
func comment(rest string) string {
	rest = strings.TrimSpace(rest)
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	end := strings.IndexByte(rest[1:], rest[0])
	if end < 0 {
		return ""
	}
	if after := strings.TrimSpace(rest[end+2:]); strings.HasPrefix(after, "#") {
		return "  " + after
	}
	return ""
}

// writeSettings sets project and environment in a folder's petri.toml, making the file if
// there is none. An empty environment is left as it is.
func writeSettings(dir, project, environment string) error {
	path := filepath.Join(dir, workdir.ProjectFile)
	b, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return petri.Wrap(petri.Invalid, err, "%s cannot be read (%v)", path, err)
	}
	text := setKey(string(b), "project", project)
	if environment != "" {
		text = setKey(text, "environment", environment)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
