package table

import (
	"bytes"
	"context"
	"hash/maphash"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

const kindParquet = "parquet"

// Parquet compares the values of Parquet files, whatever their encoding, compression and row
// groups. Columns without columns below them are matched by path, rows as CSV does. Columns that
// hold numbers, or both text, are compared also where their types differ, which is noted; null
// and NaN are both no value.
func Parquet(ctx context.Context, a, b kind.Content, rules petri.FileRules) (out petri.FileComparison, err error) {
	defer guard("Parquet", &err)
	f := &parquets{ctx: ctx, rules: rules, contents: [2]kind.Content{a, b}}
	for i, c := range f.contents {
		if err := f.open(i, c); err != nil {
			return out, err
		}
	}
	f.tally = newTally(rules, func(i int) string { return f.pairs[i].a.name })
	f.matchColumns()
	f.noteStorage()
	if err := f.matchRows(); err != nil {
		return out, err
	}
	for i := range f.pairs {
		if err := f.column(i); err != nil {
			return out, err
		}
	}
	return f.finish(kindParquet), nil
}

// parquets are two files under comparison.
type parquets struct {
	*tally
	ctx      context.Context
	rules    petri.FileRules
	contents [2]kind.Content
	files    [2]*parquetFile
	leaves   [2][]parquetLeaf
	rows     [2]int64
	pairs    []leafPair
	runs     []run   // rows that belong together, in the order of both
	partner  []int32 // of each row of b the row of a, or -1, where their order differs
}

type leafPair struct{ a, b *parquetLeaf }

func (f *parquets) open(i int, c kind.Content) error {
	file, err := openParquet(c)
	if err != nil {
		return err
	}
	f.files[i] = file
	budget := file.budget()
	var scales []int32
	for _, element := range file.meta.Schema {
		if !element.NumChildren.Valid || element.NumChildren.V == 0 {
			scales = append(scales, element.Scale.V)
		}
	}
	f.leaves[i] = leavesOf(file.opened.Root(), scales, nil)
	for _, group := range file.meta.RowGroups {
		if err := context.Cause(f.ctx); err != nil {
			return err
		}
		if group.NumRows < 0 || group.NumRows > budget || len(group.Columns) != len(f.leaves[i]) {
			return kind.Other("a row group of it is damaged")
		}
		f.rows[i] += group.NumRows
	}
	return nil
}

// budget is how many values a file of that size may have in a column.
func (f *parquetFile) budget() int64 { return 100_000_000 + 1000*f.content.Size }

// matchColumns pairs leaves by path, and notes what else there is.
func (f *parquets) matchColumns() {
	places := make(map[string]*parquetLeaf, len(f.leaves[1]))
	for i := range f.leaves[1] {
		places[f.leaves[1][i].name] = &f.leaves[1][i]
	}
	var missing, added []string
	last, moved := -1, false
	for i := range f.leaves[0] {
		a := &f.leaves[0][i]
		b := places[a.name]
		if b == nil {
			missing = append(missing, a.name)
			continue
		}
		delete(places, a.name)
		moved, last = moved || b.index < last, b.index
		if f.sameClass(a, b) {
			f.pairs = append(f.pairs, leafPair{a, b})
		}
	}
	for _, b := range f.leaves[1] {
		if places[b.name] != nil {
			added = append(added, b.name)
		}
	}
	noteColumns(missing, added, f.rules, &f.notes)
	if moved {
		f.notes.add("the columns stand in another order")
	}
}

// sameClass tells whether two columns can be compared, and notes their types where they differ.
func (f *parquets) sameClass(a, b *parquetLeaf) bool {
	_, ignored := f.rules.Column(a.name)
	if ignored || a.class == b.class && a.typeText == b.typeText && a.nested == b.nested {
		return true
	}
	const form = "column %q is %s instead of %s"
	if a.class != b.class || a.nested != b.nested {
		f.notes.differ(form, kind.Clip(a.name, 60), b.typeText, a.typeText)
		return false
	}
	f.notes.add(form, kind.Clip(a.name, 60), b.typeText, a.typeText)
	return true
}

// matchRows says which rows belong together: f.runs, or f.partner where the order differs.
func (f *parquets) matchRows() error {
	f.runs = []run{{0, 0, int(min(f.rows[0], f.rows[1]))}}
	if keys := f.keys(); keys != nil {
		return f.byKey(keys)
	}
	if f.rows[0] != f.rows[1] {
		if err := f.alignRows(); err != nil {
			return err
		}
	}
	matched := 0
	for _, r := range f.runs {
		matched += r.n
	}
	f.noteRows(f.rows[0]-int64(matched), f.rows[1]-int64(matched))
	return nil
}

// noteStorage tells how the files are stored differently, which is no difference.
func (f *parquets) noteStorage() {
	var codecs [2]string
	for i, file := range f.files {
		if len(file.meta.RowGroups) > 0 && len(file.meta.RowGroups[0].Columns) > 0 {
			codecs[i] = file.meta.RowGroups[0].Columns[0].MetaData.Codec.String()
		}
	}
	if codecs[0] != codecs[1] && codecs[0] != "" && codecs[1] != "" {
		f.notes.add("the compression is %s instead of %s", codecs[1], codecs[0])
	}
	if n, m := len(f.files[0].meta.RowGroups), len(f.files[1].meta.RowGroups); n != m {
		f.notes.add("%s instead of %s", several(m, "row group"), count(n))
	}
}

func (f *parquets) noteRows(missing, added int64) {
	(&texts{tally: f.tally}).noteRows(missing, added)
}

func (f *parquets) alignRows() error {
	if len(f.pairs) == 0 || max(f.rows[0], f.rows[1]) > maxAligned {
		f.notes.add("rows were matched by position")
		return nil
	}
	var all []int
	for i := range f.pairs {
		all = append(all, i)
	}
	a, b, err := f.hashRows(all)
	if err != nil {
		return err
	}
	if runs, ok := align(a, b); ok {
		f.runs = runs
		f.notes.add("the numbers of rows differ, so equal rows were matched first, and those between them by position; key columns match rows better")
	} else {
		f.notes.add("the numbers of rows differ, and no two rows are equal, so rows were matched by position: naming key columns helps")
	}
	return nil
}

// hashRows hashes the rows of both files over some pairs of columns.
func (f *parquets) hashRows(pairs []int) (a, b []uint64, err error) {
	seed := maphash.MakeSeed()
	a, b = make([]uint64, f.rows[0]), make([]uint64, f.rows[1])
	for _, i := range pairs {
		if _, ignored := f.rules.Column(f.pairs[i].a.name); ignored {
			continue
		}
		if err := f.hashColumn(0, f.pairs[i].a, a, seed); err != nil {
			return nil, nil, err
		}
		if err := f.hashColumn(1, f.pairs[i].b, b, seed); err != nil {
			return nil, nil, err
		}
	}
	return a, b, nil
}

func (f *parquets) hashColumn(which int, l *parquetLeaf, into []uint64, seed maphash.Seed) error {
	c := newLeafCursor(f.files[which], l)
	defer c.close()
	var scratch []byte
	for i := range into {
		scratch = strconv.AppendUint(scratch[:0], into[i], 36)
		err := eachOfRow(c, func(v *parquet.Value) {
			scratch = l.cell(v).appendCanonical(append(scratch, byte(v.RepetitionLevel())))
		})
		if err != nil {
			return err
		}
		into[i] = maphash.Bytes(seed, scratch)
		if i%4096 == 0 {
			if err := context.Cause(f.ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachOfRow consumes the values of one row.
func eachOfRow(c cursor, see func(*parquet.Value)) error {
	for first := true; ; first = false {
		v, err := c.peek()
		switch {
		case err != nil:
			return err
		case v == nil && first:
			return kind.Other("its columns differ in their numbers of rows")
		case v == nil || !first && v.RepetitionLevel() == 0:
			return nil
		}
		if see != nil {
			see(v)
		}
		c.advance()
	}
}

// column compares one pair of columns.
func (f *parquets) column(i int) error {
	if f.ignores(i) {
		return nil
	}
	c := f.tally.column(i)
	defer func() { f.cells += c.cells }()
	same, err := f.storedAlike(i)
	if err != nil {
		return err
	}
	if same {
		c.cells = f.rows[0]
		if f.pairs[i].a.nested {
			c.cells = 0
			for _, group := range f.files[0].meta.RowGroups {
				c.cells += group.Columns[f.pairs[i].a.index].MetaData.NumValues
			}
		}
		return nil
	}
	p := &leafComparison{t: f.tally, i: i, a: f.pairs[i].a, b: f.pairs[i].b, counts: c}
	p.sameType = p.a.typeText == p.b.typeText && p.a.kind == p.b.kind
	y := newLeafCursor(f.files[1], p.b)
	defer y.close()
	x := newLeafCursor(f.files[0], p.a)
	defer x.close()
	if f.partner != nil {
		return f.shuffled(p, x, y)
	}
	return f.inOrder(p, x, y)
}

func (f *parquets) inOrder(p *leafComparison, x, y *leafCursor) error {
	rowX, rowY := 0, 0
	for _, r := range f.runs {
		for ; rowX < r.a; rowX++ {
			if err := eachOfRow(x, nil); err != nil {
				return err
			}
		}
		for ; rowY < r.b; rowY++ {
			if err := eachOfRow(y, nil); err != nil {
				return err
			}
		}
		for range r.n {
			rowX, rowY = rowX+1, rowY+1
			p.rowA, p.rowB = int64(rowX), int64(rowY)
			if err := p.row(x, y); err != nil {
				return err
			}
			if rowX%4096 == 0 {
				if err := context.Cause(f.ctx); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// storedAlike tells whether all of a column is the same bytes in both files, so that nothing has to
// be decoded.
func (f *parquets) storedAlike(i int) (bool, error) {
	a, b := f.files[0].meta.RowGroups, f.files[1].meta.RowGroups
	if len(a) != len(b) || f.partner != nil || len(f.runs) != 1 || f.rows[0] != f.rows[1] || f.pairs[i].a.typeText != f.pairs[i].b.typeText {
		return false, nil
	}
	for g := range a {
		x, y := &a[g].Columns[f.pairs[i].a.index].MetaData, &b[g].Columns[f.pairs[i].b.index].MetaData
		atX, atY := chunkStart(x), chunkStart(y)
		if x.Codec != y.Codec || x.Type != y.Type || x.NumValues != y.NumValues || x.TotalCompressedSize != y.TotalCompressedSize ||
			a[g].NumRows != b[g].NumRows || atX-x.DataPageOffset != atY-y.DataPageOffset {
			return false, nil
		}
		if same, err := sameStored(f.contents[0], f.contents[1], atX, atY, x.TotalCompressedSize); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

// leafComparison compares the values of a pair of columns.
type leafComparison struct {
	t          *tally
	i          int
	a, b       *parquetLeaf
	counts     *counts
	sameType   bool
	rowA, rowB int64
	nth        int // of the values of the row
}

func (p *leafComparison) where() string {
	at := "row " + strconv.FormatInt(p.rowA, 10)
	if p.rowA != p.rowB {
		at += " and " + strconv.FormatInt(p.rowB, 10)
	}
	if p.a.nested {
		at += ", value " + strconv.Itoa(p.nth)
	}
	return at
}

// row compares all values of a row. Lists of which one is longer are told apart by the levels at
// which values repeat: where one goes on at a higher level, the other's list has ended.
func (p *leafComparison) row(x, y cursor) error {
	p.nth = 0
	for first := true; ; first = false {
		v, err := x.peek()
		if err != nil {
			return err
		}
		w, err := y.peek()
		if err != nil {
			return err
		}
		if first && (v == nil || w == nil) {
			return kind.Other("its columns differ in their numbers of rows")
		}
		inX := v != nil && (first || v.RepetitionLevel() > 0)
		inY := w != nil && (first || w.RepetitionLevel() > 0)
		if inX && inY && !first && v.RepetitionLevel() != w.RepetitionLevel() {
			inX, inY = v.RepetitionLevel() > w.RepetitionLevel(), v.RepetitionLevel() < w.RepetitionLevel()
		}
		if !inX && !inY {
			return nil
		}
		p.nth++
		p.counts.cells++
		switch {
		case inX && inY:
			p.values(v, w)
			y.advance()
			x.advance()
		case inX:
			p.t.compare(p.i, p.a.cell(v), text("no value here"), p.where)
			x.advance()
		default:
			p.t.compare(p.i, text("no value here"), p.b.cell(w), p.where)
			y.advance()
		}
	}
}

func (p *leafComparison) values(v, w *parquet.Value) {
	if v.IsNull() && w.IsNull() {
		if p.a.nested && v.DefinitionLevel() != w.DefinitionLevel() { // an empty list is no null
			p.t.compare(p.i, emptiness(v), emptiness(w), p.where)
		}
		return
	}
	if p.sameType && sameValue(v, w) {
		return
	}
	p.t.compare(p.i, p.a.cell(v), p.b.cell(w), p.where)
}

func emptiness(v *parquet.Value) cell {
	return text("nothing from level " + strconv.Itoa(v.DefinitionLevel()) + " on")
}

// sameValue: values of one type are the same bits.
func sameValue(v, w *parquet.Value) bool {
	if v.IsNull() || w.IsNull() {
		return false
	}
	switch v.Kind() {
	case parquet.ByteArray, parquet.FixedLenByteArray, parquet.Int96:
		return bytes.Equal(v.Bytes(), w.Bytes())
	}
	return v.Uint64() == w.Uint64()
}

// keys are the pairs that the rules name as keys, if both files have them all.
func (f *parquets) keys() []int {
	var keys []int
	var lacking []string
	for _, key := range f.rules.Keys {
		at := slices.IndexFunc(f.pairs, func(p leafPair) bool { return p.a.name == key && !p.a.nested })
		if at < 0 {
			lacking = append(lacking, key)
			continue
		}
		keys = append(keys, at)
	}
	if len(lacking) > 0 {
		f.notes.add("rows were matched by position, as not both have the %s", named("key column", "key columns", lacking))
		return nil
	}
	return keys
}
