package table

import (
	"fmt"

	"github.com/petri-dev/petri"
)

// plan says which columns of two tables belong together.
type plan struct {
	pairs []pair
	// straight: every column has its partner at its own place, and both tables are written alike,
	// so that equal bytes are equal rows.
	straight bool
	// a and b are how many columns each table has by its header.
	a, b  int
	names [][]string // of a and b; without a header they are nil
}

type pair struct{ a, b int }

// newPlan matches columns by name, the second of a name with the second; without headers, by
// position. What is missing, added or elsewhere is noted.
func newPlan(a, b layout, rules petri.FileRules, notes *findings) plan {
	p := plan{a: a.columns, b: b.columns, names: [][]string{a.names, b.names}}
	if a.names != nil {
		p.a = len(a.names)
	}
	if b.names != nil {
		p.b = len(b.names)
	}
	if a.names == nil || b.names == nil {
		p.byPlace(a, b, notes)
	} else {
		p.byName(rules, notes)
	}
	p.straight = a.delimiter == b.delimiter && a.end == b.end && a.comma == b.comma && p.a == p.b
	for i, pair := range p.pairs {
		p.straight = p.straight && pair.a == i && pair.b == i
	}
	return p
}

func (p *plan) byPlace(a, b layout, notes *findings) {
	if (a.names == nil) != (b.names == nil) && p.a > 0 && p.b > 0 {
		which := "A"
		if a.names != nil {
			which = "B"
		}
		notes.differ("only %s has no header row", which)
	}
	for i := range min(p.a, p.b) {
		p.pairs = append(p.pairs, pair{i, i})
	}
	if p.a != p.b {
		notes.differ("%s instead of %s", several(p.b, "column"), count(p.a))
	}
}

func (p *plan) byName(rules petri.FileRules, notes *findings) {
	places := make(map[string][]int, len(p.names[1]))
	for i, name := range p.names[1] {
		places[name] = append(places[name], i)
	}
	var missing []string
	for i, name := range p.names[0] {
		here := places[name]
		if len(here) == 0 {
			missing = append(missing, nameAt(p.names[0], i))
			continue
		}
		p.pairs = append(p.pairs, pair{i, here[0]})
		places[name] = here[1:]
	}
	var added []string
	for i, name := range p.names[1] {
		if left := places[name]; len(left) > 0 && left[0] == i {
			added = append(added, nameAt(p.names[1], i))
			places[name] = left[1:]
		}
	}
	noteColumns(missing, added, rules, notes)
	last := -1
	for _, pair := range p.pairs {
		if pair.b < last {
			notes.add("the columns stand in another order")
			break
		}
		last = pair.b
	}
}

// noteColumns tells of columns that only one table has; those that rules ignore do not count.
func noteColumns(missing, added []string, rules petri.FileRules, notes *findings) {
	for _, one := range []struct {
		names []string
		how   string
	}{{missing, "missing"}, {added, "added"}} {
		counting := one.names[:0]
		for _, name := range one.names {
			if _, ignored := rules.Column(name); !ignored {
				counting = append(counting, name)
			}
		}
		if len(counting) > 0 {
			verb := "is"
			if len(counting) > 1 {
				verb = "are"
			}
			notes.differ("%s %s %s", named("column", "columns", counting), verb, one.how)
		}
	}
}

// nameAt is how the column at a place is called: by its number where it has no name.
func nameAt(names []string, i int) string {
	if i < len(names) && names[i] != "" {
		return names[i]
	}
	return fmt.Sprintf("column %d", i+1)
}

// name is that of a pair; pairs beyond those of the plan are cells beyond the header.
func (p *plan) name(i int) string {
	if i < len(p.pairs) {
		return nameAt(p.names[0], p.pairs[i].a)
	}
	return nameAt(nil, p.a+i-len(p.pairs))
}

// noteDialects tells how the tables are written differently.
func noteDialects(a, b layout, notes *findings) {
	if a.delimiter != b.delimiter && a.columns > 1 && b.columns > 1 {
		notes.add("cells are separated by %q instead of %q", b.delimiter, a.delimiter)
	}
	if a.comma != b.comma {
		notes.add("decimal points are written %s", map[bool]string{true: "as commas", false: "as points"}[b.comma])
	}
	if a.encoding != b.encoding {
		notes.add("it is %s instead of %s", b.encoding, a.encoding)
	}
	if a.zipped != b.zipped {
		notes.add("only one is compressed")
	}
}
