package versions

import (
	"slices"
	"strings"

	"github.com/petri-dev/petri"
)

// condition is an operator and a version, of which wild, .* or *, says how it may go on.
type condition struct{ operator, version, wild string }

// operators, longer ones first.
var operators = []string{"===", "==", "!=", "<=", ">=", "~=", "<<", ">>", "=", "<", ">"}

// same are operators that some ecosystems write otherwise: dpkg's for earlier and later, and equal.
var same = map[string]string{"=": "==", "===": "==", "<<": "<", ">>": ">"}

// parseCondition reads one; ~= makes two of it.
func parseCondition(text, ecosystem string) ([]condition, error) {
	i := slices.IndexFunc(operators, func(op string) bool { return strings.HasPrefix(text, op) })
	if i < 0 {
		return nil, petri.Errorf(petri.Invalid, "%.60q is no condition: it begins with one of == != < <= > >= ~=; %s", text, example)
	}
	c := condition{operator: operators[i], version: strings.TrimSpace(text[len(operators[i]):])}
	if usual, found := same[c.operator]; found {
		c.operator = usual
	}
	if c.operator == "==" || c.operator == "!=" {
		c.cutWild()
	}
	switch {
	case c.version == "":
		return nil, petri.Errorf(petri.Invalid, "no version after %s; %s", c.operator, example)
	case strings.Contains(c.version, "*"):
		return nil, petri.Errorf(petri.Invalid, "%.60q is no condition: a * stands only at the end, and only after == or !=", text)
	case strings.ContainsAny(c.version, " \t\r\n<>=\"'\x00"):
		return nil, petri.Errorf(petri.Invalid, "%.60q is no version: conditions have commas between them; %s", c.version, example)
	case c.wild == "" && !c.valid(ecosystem):
		return nil, petri.Errorf(petri.Invalid, "%.60q is no version%s; %s", c.version, of(ecosystem), example)
	case c.operator == "~=":
		return c.compatible()
	}
	return []condition{c}, nil
}

func (c *condition) cutWild() {
	for _, wild := range []string{".*", "*"} {
		if version, found := strings.CutSuffix(c.version, wild); found {
			c.version, c.wild = version, wild
			return
		}
	}
}

func of(ecosystem string) string {
	if ecosystem == "" {
		return ""
	}
	return " of " + ecosystem + " packages"
}

// valid tells whether the version is one in the ecosystem, or in any for "", where it needs a
// digit: conda's may be any word.
func (c condition) valid(ecosystem string) bool {
	if ecosystem != "" {
		return Valid(ecosystem, c.version)
	}
	return strings.ContainsAny(c.version, "0123456789") && slices.ContainsFunc(Ecosystems(), func(e string) bool { return Valid(e, c.version) })
}

// compatible is what ~= means: at least that version, and the same but for its last number.
func (c condition) compatible() ([]condition, error) {
	i := strings.LastIndexByte(c.version, '.')
	if i <= 0 {
		return nil, petri.Errorf(petri.Invalid, "~=%.60s needs a version of at least two numbers: ~=1.4 means 1.4 or later, but not 2", c.version)
	}
	return []condition{{">=", c.version, ""}, {"==", c.version[:i], ".*"}}, nil
}

func (c condition) met(ecosystem, version string) bool {
	if c.operator == "==" || c.operator == "!=" {
		return c.equal(ecosystem, version) == (c.operator == "==")
	}
	order, ok := Compare(ecosystem, version, c.version)
	if !ok {
		return false
	}
	switch c.operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

func (c condition) equal(ecosystem, version string) bool {
	rest, begins := strings.CutPrefix(version, c.version)
	switch c.wild {
	case "*":
		return begins
	case ".*":
		return begins && (rest == "" || !isDigit(rest[0]))
	}
	if order, ok := Compare(ecosystem, version, c.version); ok {
		return order == 0
	}
	return version == c.version
}
