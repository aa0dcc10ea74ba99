package projectfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/petri-dev/petri"
)

// Parse reads a petri.toml; errors call it so. Kind: invalid.
func Parse(b []byte) (File, error) { return ParseAs(Name, b) }

// Read is Parse for what is still to be read, of which it takes no more than a petri.toml may have.
func Read(r io.Reader) (File, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return File{}, fmt.Errorf("read %s: %w", Name, err)
	}
	return Parse(b)
}

// ParseAs is Parse for a file that errors call by its path.
func ParseAs(path string, b []byte) (File, error) {
	if len(b) > maxBytes {
		return File{}, petri.Errorf(petri.Invalid, "%s is larger than 1 MiB, the most that it may be", path)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	var d document
	if err := decode(path, b, &d); err != nil {
		return File{}, err
	}
	f := File{Project: d.Project, Environment: d.Environment, Trials: d.Trials == nil || *d.Trials}
	return f, f.read(path, d, func() []int { return checkLines(b) })
}

func decode(path string, b []byte, into *document) error {
	err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(into)
	var unknown *toml.StrictMissingError
	var malformed *toml.DecodeError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		first := unknown.Errors[0]
		line, _ := first.Position()
		return petri.Errorf(petri.Invalid, "%s, line %d: Petri knows no setting %.100q", path, line, strings.Join(first.Key(), "."))
	case errors.As(err, &malformed):
		line, column := malformed.Position()
		return petri.Errorf(petri.Invalid, "%s, line %d, column %d: %s", path, line, column, plainTOML(malformed.Error()))
	case err != nil:
		return petri.Errorf(petri.Invalid, "%s: %s", path, strings.TrimPrefix(err.Error(), "toml: "))
	}
	return nil
}

var wrongType = regexp.MustCompile(`^cannot decode TOML (\w+) into .* of type (.*)$`)

// plainTOML is the decoder's message without our own types' names.
func plainTOML(message string) string {
	message = strings.TrimPrefix(message, "toml: ")
	found := wrongType.FindStringSubmatch(message)
	if found == nil {
		return message
	}
	wanted := map[string]string{
		"string": "a text in quotes", "int": "a whole number", "float64": "a number", "bool": "true or false", "[]string": "a list of texts",
	}[strings.TrimPrefix(found[2], "*")]
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

// read looks at every value.
func (f *File) read(path string, d document, lines func() []int) error {
	wrong := func(key string, err error) error {
		return petri.Wrap(petri.Invalid, err, "%s: %s: %s", path, key, petri.MessageOf(err))
	}
	if d.Project != "" {
		if _, err := petri.ParseProjectRef(d.Project, ownPlaceholder); err != nil {
			return wrong("project", err)
		}
	}
	if d.Environment != "" {
		if _, err := petri.ParseEnvironmentRef(d.Environment, ownPlaceholder); err != nil {
			return wrong("environment", err)
		}
	}
	var err error
	var key string
	if f.Run, key, err = d.Run.read(); err != nil {
		return wrong(strings.TrimSuffix("run."+key, "."), err)
	}
	if f.rules, err = d.Compare.read(); err != nil {
		return wrong("compare", err)
	}
	return f.readChecks(path, d.Checks, lines)
}

// ownPlaceholder stands for the owner of a reference without one.
const ownPlaceholder = "own"

func (f *File) readChecks(path string, checks []checkDocument, lines func() []int) error {
	if len(checks) > maxChecks {
		return petri.Errorf(petri.Invalid, "%s declares %d checks; %d are the most", path, len(checks), maxChecks)
	}
	seen := map[string]bool{}
	for i, d := range checks {
		c, err := d.read(f.Run, f.rules)
		if err == nil && seen[c.Name] {
			err = petri.Errorf(petri.Invalid, "check %q is declared twice; give each a name of its own", c.Name)
		}
		if err != nil {
			where := path
			if lines := lines(); len(lines) == len(checks) {
				where = fmt.Sprintf("%s, line %d", path, lines[i])
			}
			return petri.Wrap(petri.Invalid, err, "%s: %s", where, petri.MessageOf(err))
		}
		seen[c.Name] = true
		f.checks = append(f.checks, c)
	}
	return nil
}

// checkLines are the lines of the [[check]] headers; the document was decoded, so it is well
// formed. Each is looked for from the beginning: not to be asked of hundreds of thousands.
func checkLines(b []byte) []int {
	var lines []int
	p := unstable.Parser{}
	p.Reset(b)
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.ArrayTable {
			continue
		}
		keys := e.Key()
		if keys.Next() && keys.IsLast() && string(keys.Node().Data) == "check" {
			lines = append(lines, p.Shape(keys.Node().Raw).Start.Line)
		}
	}
	return lines
}
