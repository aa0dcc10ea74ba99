package versions

import (
	"slices"
	"strings"
	"unicode"

	"github.com/petri-dev/petri"
)

// Query is a question about a package, such as r:survival>=3.2,<3.5: its name, and of which
// versions.
type Query struct {
	// Ecosystem is "" where the question is about any.
	Ecosystem string
	// Name is as it was written.
	Name       string
	conditions []condition
}

// The bounds of a question.
const (
	maxQuery      = 500
	maxConditions = 20
)

// example ends every complaint about a question.
const example = "write a package's name, and versions where they matter, as in 'scipy<1.8' or 'r:survival>=3.2,<3.5'"

// ParseQuery reads [ecosystem:]name[condition,…]; a condition is ==, =, !=, <, <=, >, >= or ~= and a version. After ==
// and != the version may end in .* (any that goes on from there) or * (any that begins so); ~=1.4.2 means
// >=1.4.2,==1.4.*. Kind: invalid.
func ParseQuery(text string) (Query, error) {
	if len(text) > maxQuery {
		return Query{}, petri.Errorf(petri.Invalid, "a question about a package has at most %d bytes; %s", maxQuery, example)
	}
	if err := petri.CheckText("the question", text); err != nil {
		return Query{}, err
	}
	head, conditions := strings.TrimSpace(text), ""
	if i := strings.IndexAny(head, "<>=!~"); i >= 0 {
		head, conditions = strings.TrimSpace(head[:i]), head[i:]
	}
	q := Query{Name: head}
	if ecosystem, name, found := strings.Cut(head, ":"); found {
		q.Ecosystem, q.Name = strings.ToLower(strings.TrimSpace(ecosystem)), strings.TrimSpace(name)
		if !known(q.Ecosystem) {
			return Query{}, petri.Errorf(petri.Invalid, "%.60q is no ecosystem: use %s, or leave it away for all", ecosystem, strings.Join(Ecosystems(), ", "))
		}
	}
	if err := checkName(q.Name); err != nil {
		return Query{}, err
	}
	if conditions == "" {
		return q, nil
	}
	for part := range strings.SplitSeq(conditions, ",") {
		c, err := parseCondition(strings.TrimSpace(part), q.Ecosystem)
		if err != nil {
			return Query{}, err
		}
		q.conditions = append(q.conditions, c...)
	}
	if len(q.conditions) > maxConditions {
		return Query{}, petri.Errorf(petri.Invalid, "a question about a package has at most %d conditions", maxConditions)
	}
	return q, nil
}

// checkName refuses what names no package; one condition behind a blank is the usual slip.
func checkName(name string) error {
	switch {
	case name == "":
		return petri.Errorf(petri.Invalid, "no package named: %s", example)
	case strings.ContainsAny(name, " \t\r\n,;*()[]\"'\\\x00"), strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return petri.Errorf(petri.Invalid, "%.60q cannot name a package: %s", name, example)
	}
	return nil
}

// Names are what the normal name of a package that is meant may be; sorted, each once.
func (q Query) Names() []string {
	ecosystems := Ecosystems()
	if q.Ecosystem != "" {
		ecosystems = []string{q.Ecosystem}
	}
	names := make([]string, len(ecosystems))
	for i, ecosystem := range ecosystems {
		names[i] = NormalName(ecosystem, q.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Matches tells whether the question is about that version of that package. A version that its
// ecosystem cannot order is only ever equal to itself, and meets no condition about order.
func (q Query) Matches(ecosystem, name, version string) bool {
	if q.Ecosystem != "" && q.Ecosystem != ecosystem || NormalName(ecosystem, name) != NormalName(ecosystem, q.Name) {
		return false
	}
	for _, c := range q.conditions {
		if !c.met(ecosystem, version) {
			return false
		}
	}
	return true
}

// String is the question as ParseQuery reads it.
func (q Query) String() string {
	var b strings.Builder
	if q.Ecosystem != "" {
		b.WriteString(q.Ecosystem + ":")
	}
	b.WriteString(q.Name)
	for i, c := range q.conditions {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c.operator + c.version + c.wild)
	}
	return b.String()
}
