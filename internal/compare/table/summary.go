package table

import (
	"fmt"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// findings are what there is to say of two tables besides their cells.
type findings struct {
	differences []string // each makes the tables different
	remarks     []string // how they were matched, and what is no difference
}

func (f *findings) differ(format string, args ...any) {
	f.differences = append(f.differences, fmt.Sprintf(format, args...))
}

func (f *findings) add(format string, args ...any) {
	f.remarks = append(f.remarks, fmt.Sprintf(format, args...))
}

func (f *findings) different() bool { return len(f.differences) > 0 }

// maxNamed bounds the columns, arrays or fields that one sentence names.
const maxNamed = 5

// named says which of something there are: column "a" or columns "a", "b" and 3 more.
func named(one, more string, names []string) string {
	shown := make([]string, 0, maxNamed)
	for _, name := range names[:min(len(names), maxNamed)] {
		shown = append(shown, fmt.Sprintf("%q", kind.Clip(name, 60)))
	}
	list := strings.Join(shown, ", ")
	switch {
	case len(names) == 1:
		return one + " " + list
	case len(names) > maxNamed:
		return fmt.Sprintf("%s %s and %s more", more, list, count(int64(len(names)-maxNamed)))
	}
	return more + " " + list
}

// count writes a number for people.
func count[N int | int64](n N) string { return kind.Grouped(int64(n)) }

// several is count with its noun: 1 row, 2 rows.
func several[N int | int64](n N, noun string) string { return kind.Count(int64(n), noun) }

// summary is the sentence: cells first, then what else differs, then how it was compared.
func (t *tally) summary(out petri.FileComparison, order []int) string {
	var differing, beyond int64
	for _, i := range order {
		differing, beyond = differing+t.columns[i].differing, beyond+t.columns[i].beyond
	}
	var parts []string
	switch {
	case beyond > 0:
		parts = append(parts, t.beyond(differing, beyond, order))
	case differing > 0:
		parts = append(parts, t.within(differing, order))
	case !t.notes.different() && t.rewritten > 0:
		parts = append(parts, fmt.Sprintf("the same values, %s of them written otherwise", count(t.rewritten)))
	case !t.notes.different():
		parts = append(parts, "the same values")
	}
	parts = append(parts, t.notes.differences...)
	return kind.Clip(strings.Join(append(parts, t.notes.remarks...), "; "), 2000)
}

func (t *tally) beyond(differing, beyond int64, order []int) string {
	most := order[0]
	for _, i := range order {
		if t.columns[i].beyond > t.columns[most].beyond {
			most = i
		}
	}
	how := "differ"
	if t.columns[most].tolerance != (petri.Tolerance{}) {
		how = "differ beyond tolerance"
	}
	part := fmt.Sprintf("%s of %s %s", count(beyond), several(t.cells, "cell"), how)
	if beyond == 1 {
		part = strings.Replace(part, "differ", "differs", 1)
	}
	if differing > beyond {
		part += fmt.Sprintf(" (%s more within it)", count(differing-beyond))
	}
	return part + t.example(most, order)
}

func (t *tally) within(differing int64, order []int) string {
	most := order[0]
	for _, i := range order {
		if worse(t.columns[i].worst, t.columns[most].worst) {
			most = i
		}
	}
	verb := "differ"
	if differing == 1 {
		verb = "differs"
	}
	return fmt.Sprintf("%s of %s %s, all within tolerance", count(differing), several(t.cells, "cell"), verb) + t.example(most, order)
}

// example names the column that differs most and its worst cell.
func (t *tally) example(most int, order []int) string {
	worst := t.columns[most].worst
	a, b := kind.Shorter(worst.A, worst.B)
	change := kind.Clip(a, 40) + " → " + kind.Clip(b, 40)
	name := t.names(most)
	switch {
	case name == "": // an array without columns
		return fmt.Sprintf(", most at %s: %s", worst.Where, change)
	case len(order) == 1:
		return fmt.Sprintf(", in %s: %s (%s)", t.label(kind.Clip(name, 60)), change, t.rowOf(worst.Where, name))
	}
	return fmt.Sprintf(", most in %s: %s (%s)", t.label(kind.Clip(name, 60)), change, t.rowOf(worst.Where, name))
}

// label is how a column is spoken of: column "price", and column 2 where it has no name.
func (t *tally) label(name string) string {
	if number, ok := strings.CutPrefix(name, t.noun+" "); ok && strings.Trim(number, "0123456789") == "" {
		return name
	}
	return fmt.Sprintf("%s %q", t.noun, name)
}

// rowOf is a place without its column, which was named already.
func (t *tally) rowOf(where, name string) string {
	return strings.TrimSuffix(where, t.inColumn(name))
}

func (t *tally) inColumn(name string) string {
	return ", " + t.label(kind.Clip(name, maxShown))
}
