package document

import (
	"context"
	"errors"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/text"
)

// JSON is the kind.Comparer of JSON documents. Numbers are compared as numbers, whole ones
// exactly; the order of keys is no difference. Entries of arrays belong together by position or,
// where all of them are objects that have the key columns, by those.
func JSON(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	return compareValues(ctx, a, b, rules, false)
}

// Lines is the kind.Comparer of JSON Lines: rows, each of which is a value, mostly an object.
func Lines(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	return compareValues(ctx, a, b, rules, true)
}

// errDuplicate stops a comparison that found a key twice in an object after its first value was
// compared already. The last one counts, so that it begins again, and looks before it compares.
var errDuplicate = errors.New("a key stands twice in an object")

func compareValues(ctx context.Context, a, b kind.Content, rules petri.FileRules, rows bool) (petri.FileComparison, error) {
	a, err := text.Plain(a)
	if err != nil {
		return petri.FileComparison{}, err
	}
	if b, err = text.Plain(b); err != nil {
		return petri.FileComparison{}, err
	}
	c := newComparison(ctx, a, b, rules, rows)
	if err = c.run(); errors.Is(err, errDuplicate) {
		c = newComparison(ctx, a, b, rules, rows)
		c.careful = true
		err = c.run()
	}
	if err != nil {
		return petri.FileComparison{}, err
	}
	return c.file(), nil
}

// comparison compares two documents, both at the same place of their structure.
type comparison struct {
	a, b    *scanner
	keys    []string
	rows    bool // it is about JSON Lines
	careful bool // objects are looked through before they are compared
	columns *columns
	path    []step
	sets    []keySet // of the keys of the objects that are open
	indexed int      // entries that are remembered now
	budget  int64    // bytes that may be read again

	cells, differs, beyond int64
	onlyA, onlyB           missing
	worst                  []ranked
	duplicates, keyed      string // the first path where there were any
	twins                  bool   // entries had the same keys
}

// step is one step of a path: a key, an entry's index, or what its key columns say.
type step struct {
	key   string
	index int
	is    byte // k, i or =
}

func newComparison(ctx context.Context, a, b kind.Content, rules petri.FileRules, rows bool) *comparison {
	root := "$"
	if rows {
		root = ""
	}
	return &comparison{
		a: newScanner(ctx, "A", a), b: newScanner(ctx, "B", b), keys: rules.Keys, rows: rows,
		columns: newColumns(rules, root), budget: 16*(a.Size+b.Size) + 64<<20,
	}
}

// run compares both documents to their ends.
func (c *comparison) run() error {
	if c.rows {
		if c.a.c.Size+c.b.c.Size == 0 {
			return nil
		}
		return c.array(c.columns.root, 0)
	}
	if err := c.value(c.columns.root); err != nil {
		return err
	}
	for _, s := range []*scanner{c.a, c.b} {
		if next, err := s.peek(); err != nil {
			return err
		} else if next != 0 {
			return s.bad("something follows the document's end")
		}
	}
	return nil
}

// value compares the values that come next.
func (c *comparison) value(col *column) error {
	if len(c.path) > maxDepth {
		return c.a.deep()
	}
	shapeA, err := c.a.shape()
	if err != nil {
		return err
	}
	shapeB, err := c.b.shape()
	if err != nil {
		return err
	}
	switch {
	case col.ignored:
		if err := c.a.skip(len(c.path)); err != nil {
			return err
		}
		return c.b.skip(len(c.path))
	case shapeA == '{' && shapeB == '{':
		return c.object(col)
	case shapeA == '[' && shapeB == '[':
		c.a.at++
		c.b.at++
		return c.array(col, ']')
	case isScalar(shapeA) && isScalar(shapeB):
		return c.scalars(col)
	}
	return c.others(col)
}

func isScalar(s shape) bool { return s != '{' && s != '[' }

func (c *comparison) scalars(col *column) error {
	shapeA, a, err := c.a.scalar()
	if err != nil {
		return err
	}
	shapeB, b, err := c.b.scalar()
	if err != nil {
		return err
	}
	var g gap
	switch {
	case shapeA == shapeB && string(a) == string(b):
		g.equal = true
	case shapeA == '0' && shapeB == '0':
		g = numberGap(a, b, col.rules)
	}
	c.note(col, g)
	if !g.equal {
		c.cell(g, written(shapeA, a), written(shapeB, b))
	}
	return nil
}

// others tells of two values that have nothing in common, and passes them.
func (c *comparison) others(col *column) error {
	a, err := c.a.brief(len(c.path))
	if err != nil {
		return err
	}
	b, err := c.b.brief(len(c.path))
	if err != nil {
		return err
	}
	c.note(col, gap{})
	c.cell(gap{}, a, b)
	return nil
}

// brief passes a value and says what it was.
func (s *scanner) brief(depth int) (string, error) {
	what, err := s.shape()
	if err != nil {
		return "", err
	}
	if isScalar(what) {
		what, text, err := s.scalar()
		return written(what, text), err
	}
	start := s.offset()
	err = s.skip(depth)
	if err != nil || s.offset()-start > 60 || start < s.base {
		return map[shape]string{'{': "{…}", '[': "[…]"}[what], err
	}
	return string(s.buf[start-s.base : s.at]), nil
}

// alone tells of a value that only one document has, and passes it.
func (c *comparison) alone(col *column, s *scanner) error {
	if col.ignored {
		return s.skip(len(c.path))
	}
	text, err := s.brief(len(c.path))
	if err != nil {
		return err
	}
	c.note(col, gap{})
	if s == c.a {
		c.onlyA.add(c)
		c.cell(gap{}, text, "")
	} else {
		c.onlyB.add(c)
		c.cell(gap{}, "", text)
	}
	return nil
}

func (c *comparison) note(col *column, g gap) {
	col.note(g)
	c.cells++
	if !g.equal {
		c.differs++
		if !g.close {
			c.beyond++
		}
	}
}

// array compares arrays from behind their brackets, or sequences of rows, whose end is 0.
func (c *comparison) array(col *column, end byte) error {
	if len(c.keys) > 0 {
		if done, err := c.keyedArray(col, end); done || err != nil {
			return err
		}
	}
	for i := 0; ; i++ {
		moreA, err := c.a.more(i == 0, end)
		if err != nil {
			return err
		}
		moreB, err := c.b.more(i == 0, end)
		if err != nil {
			return err
		}
		if !moreA && !moreB {
			return nil
		}
		c.path = append(c.path, step{index: i, is: 'i'})
		switch {
		case moreA && moreB:
			err = c.value(col)
		case moreA:
			err = c.rest(col, c.a, i, end)
		default:
			err = c.rest(col, c.b, i, end)
		}
		c.path = c.path[:len(c.path)-1]
		if err != nil || moreA != moreB {
			return err
		}
	}
}

// rest tells of the entries from i on that only one array has.
func (c *comparison) rest(col *column, s *scanner, i int, end byte) error {
	for {
		c.path[len(c.path)-1].index = i
		if err := c.alone(col, s); err != nil {
			return err
		}
		if more, err := s.more(false, end); err != nil || !more {
			return err
		}
		i++
	}
}
