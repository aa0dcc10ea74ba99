package table

import (
	"cmp"
	"math"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// tally counts how the cells of two tables compare. Its size goes with the columns in which
// anything differs, not with the rows. Not for concurrent use.
type tally struct {
	rules petri.FileRules
	names func(column int) string
	noun  string // what a column is called: column, field or array
	// cells were compared in all; rewritten are the same value in another form.
	cells, rewritten int64
	changes          int64 // cells that differ, in all
	columns          map[int]*counts
	worst            []ranked // worst first
	notes            findings
}

// counts are one column's.
type counts struct {
	tolerance         petri.Tolerance
	ignored           bool
	cells             int64 // 0 where it is as many as there are rows
	differing, beyond int64
	maxAbs, maxRel    float64 // NaN: none
	worst             ranked  // of the column
}

// ranked is a differing place and how bad it is.
type ranked struct {
	petri.CellChange
	column int
	beyond bool
	score  float64
}

func newTally(rules petri.FileRules, names func(int) string) *tally {
	return &tally{rules: rules, names: names, noun: "column", columns: map[int]*counts{}}
}

// column is where a column is counted; its rules are looked up once, when first it is needed.
func (t *tally) column(i int) *counts {
	c := t.columns[i]
	if c == nil {
		c = &counts{maxAbs: math.NaN(), maxRel: math.NaN()}
		c.tolerance, c.ignored = t.rules.Column(t.names(i))
		t.columns[i] = c
	}
	return c
}

// ignores tells whether a column does not count.
func (t *tally) ignores(i int) bool { return len(t.rules.Columns) > 0 && t.column(i).ignored }

// compare counts one pair of cells that may differ; where names the row, if need be.
func (t *tally) compare(i int, a, b cell, where func() string) {
	c := t.column(i)
	if c.ignored {
		return
	}
	out := judge(c.tolerance, a, b)
	if out.equal {
		if a.text != b.text {
			t.rewritten++
		}
		return
	}
	t.differs(i, c, a, b, out, where)
}

func (t *tally) differs(i int, c *counts, a, b cell, out outcome, where func() string) {
	c.differing++
	t.changes++
	if !out.close {
		c.beyond++
	}
	c.maxAbs, c.maxRel = larger(c.maxAbs, out.abs), larger(c.maxRel, out.rel)
	r := ranked{column: i, beyond: !out.close, score: score(c.tolerance, a, b, out)}
	ofColumn := c.differing == 1 || worse(r, c.worst)
	ofAll := len(t.worst) < petri.MaxCells || worse(r, t.worst[len(t.worst)-1])
	if !ofColumn && !ofAll {
		return
	}
	r.Where = t.place(i, where())
	r.A, r.B, r.Abs, r.Rel = a.String(), b.String(), known(out.abs), known(out.rel)
	if ofColumn {
		c.worst = r
	}
	if ofAll {
		at, _ := slices.BinarySearchFunc(t.worst, r, func(have, one ranked) int {
			if worse(one, have) {
				return 1
			}
			return -1
		})
		if len(t.worst) == petri.MaxCells {
			t.worst = t.worst[:petri.MaxCells-1]
		}
		t.worst = slices.Insert(t.worst, at, r)
	}
}

// place is a row with its column: row 3, column "price".
func (t *tally) place(i int, row string) string {
	if name := t.names(i); name != "" {
		return row + t.inColumn(name)
	}
	return row
}

// score puts differing cells into an order: a number that came or went is worst, then numbers by
// how far apart they are for their size or tolerance, then text.
func score(t petri.Tolerance, a, b cell, out outcome) float64 {
	switch {
	case a.form == words && b.form == words:
		return 1e-6
	case math.IsNaN(out.abs):
		return math.Inf(1)
	}
	if allowed := t.ATol + t.RTol*magnitude(b); allowed > 0 {
		return out.abs / allowed
	}
	return out.abs / max(magnitude(a), magnitude(b))
}

// worse is a strict order: of equals, the one found first is worst.
func worse(a, b ranked) bool {
	if a.beyond != b.beyond {
		return a.beyond
	}
	return a.score > b.score
}

func larger(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}

func known(f float64) *float64 {
	if math.IsNaN(f) {
		return nil
	}
	return &f
}

// maxColumns bounds the columns that a comparison tells of, the worst first where there are more.
const maxColumns = 1000

// finish is the comparison that was counted.
func (t *tally) finish(name string) petri.FileComparison {
	out := petri.FileComparison{Kind: name, Verdict: petri.Same}
	maxAbs, maxRel := math.NaN(), math.NaN()
	order := t.differing()
	for _, i := range order {
		c := t.columns[i]
		verdict := petri.WithinTolerance
		if c.beyond > 0 {
			verdict = petri.Different
		}
		out.Verdict = out.Verdict.Worse(verdict)
		maxAbs, maxRel = larger(maxAbs, c.maxAbs), larger(maxRel, c.maxRel)
		if column := t.names(i); column != "" && len(out.Columns) < maxColumns {
			out.Columns = append(out.Columns, petri.ColumnComparison{
				Name: kind.Clip(column, maxShown), Verdict: verdict, Cells: c.cells,
				Differing: c.differing, Beyond: c.beyond, MaxAbs: known(c.maxAbs), MaxRel: known(c.maxRel),
			})
		}
	}
	if t.notes.different() {
		out.Verdict = petri.Different
	}
	out.MaxAbs, out.MaxRel = known(maxAbs), known(maxRel)
	for _, r := range t.worst {
		out.Cells = append(out.Cells, r.CellChange)
	}
	out.Summary = t.summary(out, order)
	return out
}

// differing are the columns in which anything differs: in their order, or by how much, where
// there are too many to tell of all.
func (t *tally) differing() []int {
	var order []int
	for i, c := range t.columns {
		if c.differing > 0 {
			order = append(order, i)
		}
	}
	slices.Sort(order)
	if len(order) > maxColumns {
		slices.SortStableFunc(order, func(i, j int) int {
			a, b := t.columns[i], t.columns[j]
			return cmp.Or(cmp.Compare(b.beyond, a.beyond), cmp.Compare(b.differing, a.differing))
		})
		t.notes.add("%s more columns differ than are listed", count(int64(len(order)-maxColumns)))
	}
	return order
}

// reset forgets all that was counted; what was noted stays.
func (t *tally) reset() {
	t.cells, t.rewritten, t.changes = 0, 0, 0
	t.columns, t.worst = map[int]*counts{}, nil
}
