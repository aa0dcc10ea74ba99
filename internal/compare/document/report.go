package document

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// ranked is a cell and how bad it is.
type ranked struct {
	petri.CellChange
	column string
	rank   float64
}

// maxWritten bounds a value as it is shown.
const maxWritten = 120

// written writes a value as JSON does.
func written(what shape, text []byte) string {
	if what == '"' {
		return strconv.Quote(kind.Cut(string(text), maxWritten)) // which shows what is no text
	}
	return kind.Clip(string(text), maxWritten)
}

// cell names the place at hand, if it is among the worst.
func (c *comparison) cell(g gap, a, b string) {
	rank := math.Inf(1)
	switch {
	case g.rel != nil:
		rank = *g.rel
	case g.abs != nil:
		rank = *g.abs
	}
	if g.close {
		rank = -1 / (1 + rank) // below what is beyond the tolerance
	}
	n := len(c.worst)
	if n == petri.MaxCells && c.worst[n-1].rank >= rank {
		return
	}
	at, _ := slices.BinarySearchFunc(c.worst, rank, func(r ranked, rank float64) int {
		if r.rank >= rank {
			return -1
		}
		return 1
	})
	one := ranked{petri.CellChange{Where: c.where(), A: a, B: b, Abs: g.abs, Rel: g.rel}, c.name(), rank}
	c.worst = slices.Insert(c.worst, at, one)[:min(n+1, petri.MaxCells)]
}

// where is the path at hand: $.fit.coef[2], or for rows: row 3, column "fit.coef[2]".
func (c *comparison) where() string {
	path, steps := "$", c.path
	row := ""
	if c.rows && len(steps) > 0 {
		if row = fmt.Sprintf("row %d", steps[0].index+1); steps[0].is == '=' {
			row = "row " + steps[0].key
		}
		path, steps = "", steps[1:]
	}
	path = kind.Clip(write(path, steps), 1000)
	switch {
	case row == "":
		return path
	case path == "":
		return row
	}
	return fmt.Sprintf("%s, column %q", row, path)
}

func write(path string, steps []step) string {
	for _, s := range steps {
		switch s.is {
		case 'k':
			path = join(path, quoted(s.key))
		case 'i':
			path += "[" + strconv.Itoa(s.index) + "]"
		default:
			path += "[" + s.key + "]"
		}
		if len(path) > 2000 {
			return path
		}
	}
	return path
}

// name is the path at hand without its indices.
func (c *comparison) name() string {
	keys := slices.DeleteFunc(slices.Clone(c.path), func(s step) bool { return s.is != 'k' })
	if c.rows {
		return write("", keys)
	}
	return write("$", keys)
}

// missing counts what only one document has, and names some of it.
type missing struct {
	n     int64
	named []string
}

func (m *missing) add(c *comparison) {
	if m.n++; len(m.named) < 3 {
		m.named = append(m.named, kind.Clip(c.where(), maxWritten))
	}
}

func (m missing) String() string {
	if more := m.n - int64(len(m.named)); more > 0 {
		return strings.Join(m.named, ", ") + " and " + kind.Grouped(more) + " more"
	}
	return strings.Join(m.named, ", ")
}

// file is what was found, as the comparison of a file.
func (c *comparison) file() petri.FileComparison {
	f := petri.FileComparison{Kind: "json", Verdict: petri.Same}
	if c.rows {
		f.Kind = "jsonl"
	}
	switch {
	case c.beyond > 0:
		f.Verdict = petri.Different
	case c.differs > 0:
		f.Verdict = petri.WithinTolerance
	}
	for _, col := range c.columns.all {
		f.MaxAbs, f.MaxRel = greater(f.MaxAbs, col.abs), greater(f.MaxRel, col.rel)
		if col.differs > 0 && len(f.Columns) < maxNamed {
			f.Columns = append(f.Columns, petri.ColumnComparison{
				Name: cmp.Or(col.name, "row"), Verdict: col.verdict(), Cells: col.cells, Differing: col.differs, Beyond: col.beyond, MaxAbs: col.abs, MaxRel: col.rel,
			})
		}
	}
	for _, w := range c.worst {
		f.Cells = append(f.Cells, w.CellChange)
	}
	f.Summary = c.summary()
	return f
}

func (c *comparison) summary() string {
	var parts []string
	if n := c.differs - c.onlyA.n - c.onlyB.n; n > 0 {
		parts = append(parts, c.differing(n))
	}
	for _, side := range []struct {
		name string
		missing
	}{{"only in A: ", c.onlyA}, {"only in B: ", c.onlyB}} {
		if side.n > 0 {
			parts = append(parts, side.name+side.String())
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "the values are the same")
	}
	if c.keyed != "" {
		parts = append(parts, "entries are matched by "+c.keyed)
	}
	if c.twins {
		parts = append(parts, "some have the same keys and are matched in their order")
	}
	if c.duplicates != "" {
		parts = append(parts, "a key stands twice in an object ("+c.duplicates+"), of which the last one counts")
	}
	return strings.Join(parts, "; ")
}

// differing says how many values differ, and shows the worst.
func (c *comparison) differing(n int64) string {
	beyond := c.beyond - c.onlyA.n - c.onlyB.n
	verb, how := "differ", ""
	switch {
	case beyond == 0:
		how = " within tolerance"
	case beyond < n:
		n, how = beyond, " beyond tolerance"
	}
	if n == 1 {
		verb = "differs"
	}
	text := fmt.Sprintf("%s of %s %s%s", kind.Grouped(n), kind.Count(c.cells-c.onlyA.n-c.onlyB.n, "value"), verb, how)
	for _, w := range c.worst {
		if w.A != "" && w.B != "" {
			return text + c.mostly(n, w)
		}
	}
	return text
}

// mostly names the path where most differs, or the only place that does.
func (c *comparison) mostly(n int64, worst ranked) string {
	if n == 1 {
		return fmt.Sprintf(", %s: %s", kind.Clip(worst.Where, maxWritten), worst.change())
	}
	most := slices.MaxFunc(c.columns.all, func(a, b *column) int {
		if a.beyond != b.beyond {
			return int(a.beyond - b.beyond)
		}
		return int(a.differs - b.differs)
	})
	for _, w := range c.worst {
		if w.column == most.name && w.A != "" && w.B != "" {
			worst = w
			break
		}
	}
	return fmt.Sprintf(", most in %s: %s (%s)", strconv.Quote(kind.Clip(worst.column, maxWritten)), worst.change(), kind.Clip(worst.Where, maxWritten))
}

// change is what became of the cell, for a sentence.
func (r ranked) change() string {
	a, b := kind.Shorter(r.A, r.B)
	return kind.Clip(a, 40) + " → " + kind.Clip(b, 40)
}
