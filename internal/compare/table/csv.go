package table

import (
	"bytes"
	"context"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

const kindTable = "table"

// CSV compares tables of delimited text: CSV, TSV and kin, also gzipped. How each is written
// (delimiter, quotes, header, decimal comma, encoding, ends of line) is found out. Columns are
// matched by name, rows by the key columns of the rules or by position; where the tables have
// different numbers of rows, equal rows are matched first. Rows are counted from 1 without the header.
func CSV(ctx context.Context, a, b kind.Content, rules petri.FileRules) (out petri.FileComparison, err error) {
	defer guard("a table", &err)
	t, err := openTexts(a, b, rules)
	if err != nil {
		return out, err
	}
	switch keys, ok := t.keys(); {
	case ok:
		err = t.byKey(ctx, keys)
	default:
		err = t.byPosition(ctx)
	}
	if err != nil {
		return out, err
	}
	t.noteRagged()
	return t.finish(kindTable), nil
}

// texts are two tables of text under comparison.
type texts struct {
	*tally
	rules    petri.FileRules
	sources  [2]source
	layouts  [2]layout
	plan     plan
	counting int64 // pairs of columns that are not ignored
	ragged   int64 // rows with another number of cells than the header
	open     [2]bool
	mixed    bool // text was the same only once Latin-1 was read as such
}

func openTexts(a, b kind.Content, rules petri.FileRules) (*texts, error) {
	t := &texts{rules: rules}
	for i, content := range []kind.Content{a, b} {
		var err error
		if t.sources[i], err = newSource(content); err != nil {
			return nil, err
		}
		if t.layouts[i], err = sniff(t.sources[i], rules); err != nil {
			return nil, err
		}
		if len(t.layouts[i].names) > maxFields {
			return nil, kind.Other("it has more than %s columns", count(maxFields-1))
		}
	}
	t.agree()
	t.tally = newTally(rules, func(i int) string { return t.plan.name(i) })
	t.plan = newPlan(t.layouts[0], t.layouts[1], rules, &t.notes)
	noteDialects(t.layouts[0], t.layouts[1], &t.notes)
	if !slices.EqualFunc(t.layouts[0].comments, t.layouts[1].comments, bytes.Equal) {
		t.notes.differ("the comment lines before the table differ")
	}
	return t, nil
}

// agree settles by the other table what a sample leaves open: whether commas are decimal points.
func (t *texts) agree() {
	a, b := &t.layouts[0], &t.layouts[1]
	if a.commaOpen && a.delimiter == b.delimiter {
		a.comma = b.comma
	}
	if b.commaOpen && a.delimiter == b.delimiter {
		b.comma = a.comma
	}
}

// start counts the columns that count, once all that is counted is reset.
func (t *texts) start() {
	t.counting, t.ragged = 0, 0
	for i := range t.plan.pairs {
		if !t.ignores(i) {
			t.counting++
		}
	}
}

// rows opens a table behind its comments and header.
func (t *texts) read(ctx context.Context, which int) (*rows, error) {
	r, err := t.sources[which].open()
	if err != nil {
		return nil, err
	}
	l := t.layouts[which]
	out := &rows{window: newWindow(ctx, r, t.sources[which].content.Size), dialect: l.dialect, ctx: ctx}
	if err := out.pass(l.preamble); err != nil {
		out.close()
		return nil, err
	}
	if l.header {
		if _, err := out.next(); err != nil {
			out.close()
			return nil, err
		}
		out.number = 0
	}
	return out, nil
}

// pass skips n bytes.
func (r *rows) pass(n int64) error {
	for n > 0 && !(r.eof && len(r.cur) == 0) {
		step := min(n, int64(len(r.cur)))
		r.skip(int(step))
		if n -= step; n > 0 {
			if err := r.more(r.ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// pairRows compares two rows cell by cell.
func (t *texts) pairRows(a, b [][]byte, where func() string) {
	if len(a) != t.plan.a || len(b) != t.plan.b {
		t.raggedRow(a, b, where)
		return
	}
	for i, pair := range t.plan.pairs {
		if x, y := a[pair.a], b[pair.b]; !bytes.Equal(x, y) || t.layouts[0].comma != t.layouts[1].comma {
			t.compareText(i, x, y, where)
		}
	}
}

// raggedRow compares rows of which one is shorter or longer than its header says: what is missing
// has no value, what is beyond goes by its place.
func (t *texts) raggedRow(a, b [][]byte, where func() string) {
	t.ragged++
	at := func(row [][]byte, i int) []byte {
		if i < len(row) {
			return row[i]
		}
		return nil
	}
	for i, pair := range t.plan.pairs {
		t.compareText(i, at(a, pair.a), at(b, pair.b), where)
	}
	for k := 0; t.plan.a+k < len(a) || t.plan.b+k < len(b); k++ {
		t.cells++
		t.compareText(len(t.plan.pairs)+k, at(a, t.plan.a+k), at(b, t.plan.b+k), where)
	}
}

func (t *texts) compareText(i int, x, y []byte, where func() string) {
	if t.layouts[0].comma == t.layouts[1].comma && bytes.Equal(x, y) {
		return
	}
	a, b := readCell(x, t.layouts[0].comma), readCell(y, t.layouts[1].comma)
	if a.form == words && b.form == words && a.text == b.text {
		t.mixed = true
	}
	t.compare(i, a, b, where)
}

func (t *texts) noteRagged() {
	if t.ragged > 0 {
		t.notes.add("%s that differ have more or fewer cells than the header", several(t.ragged, "pair")+" of rows")
	}
	if t.mixed {
		t.notes.add("some text is Latin-1 in one and UTF-8 in the other")
	}
	for i, which := range []string{"A", "B"} {
		if t.open[i] {
			t.notes.add("%s ends inside a quoted cell, as if it were cut off", which)
		}
	}
}
