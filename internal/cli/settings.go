package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/projectfile"
	"github.com/petri-dev/petri/internal/workdir"
)

// settings are what a project's petri.toml says.
type settings struct {
	projectfile.File
	path string
}

// readSettings reads a project's petri.toml, which in a folder must say which project it is. Kind:
// invalid.
func readSettings(folder workdir.Folder) (settings, error) {
	s := settings{path: filepath.Join(folder.Root, workdir.ProjectFile)}
	b, err := os.ReadFile(s.path)
	if err != nil {
		return s, petri.Wrap(petri.Invalid, err, "%s cannot be read (%v)", s.path, err)
	}
	if s.File, err = projectfile.ParseAs(s.path, b); err != nil {
		return s, err
	}
	if s.Project == "" {
		return s, petri.Errorf(petri.Invalid, "%s does not say which project this is; add a line such as: project = \"churn\"", s.path)
	}
	return s, nil
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
