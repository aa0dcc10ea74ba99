package table

import (
	"bytes"
	"context"
	"fmt"
)

// suspicious is the number of differing rows after which rows are counted, since all of them
// differ where one was put in before them.
const suspicious = 1000

// byPosition compares row by row. Where the tables turn out to have different numbers of rows,
// and not just some more at the end, it starts again and matches equal rows first.
func (t *texts) byPosition(ctx context.Context) error {
	t.start()
	p, err := t.openPass(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	shifted, err := p.run()
	if err != nil {
		return err
	}
	if shifted {
		aligned, err := t.aligned(ctx)
		if aligned || err != nil {
			return err
		}
		if err := p.runOn(); err != nil { // by position after all
			return err
		}
	}
	t.count(p.matched)
	t.noteRows(p.left[0], p.left[1])
	t.open = [2]bool{p.a.open, p.b.open}
	return nil
}

// count settles how many cells were compared.
func (t *texts) count(rows int64) {
	t.cells += rows * t.counting
	for i, c := range t.columns {
		if c.cells = rows; i >= len(t.plan.pairs) {
			c.cells = c.differing
		}
	}
}

// noteRows tells of rows without a partner.
func (t *texts) noteRows(missing, added int64) {
	if missing > 0 {
		t.notes.differ("%s missing", several(missing, "row"))
	}
	if added > 0 {
		t.notes.differ("%s added", several(added, "row"))
	}
}

// pass is one way through both tables, row with row.
type pass struct {
	t        *texts
	a, b     *rows
	matched  int64
	differed int64
	left     [2]int64 // rows without a partner at the end
	counted  bool
}

func (t *texts) openPass(ctx context.Context) (*pass, error) {
	a, err := t.read(ctx, 0)
	if err != nil {
		return nil, err
	}
	b, err := t.read(ctx, 1)
	if err != nil {
		a.close()
		return nil, err
	}
	return &pass{t: t, a: a, b: b}, nil
}

func (p *pass) close() {
	p.a.close()
	p.b.close()
}

// run goes on to the end, unless it finds that rows were shifted.
func (p *pass) run() (shifted bool, err error) {
	for {
		if p.t.plan.straight {
			if err := p.skipEqual(); err != nil {
				return false, err
			}
		}
		done, err := p.step()
		if err != nil {
			return false, err
		}
		if done {
			return p.left[0]+p.left[1] > 0 && p.differed > 0 && !p.counted, nil
		}
		if p.differed == suspicious && !p.counted {
			p.counted = true
			if shifted, err := p.t.unequalCounts(p.a.ctx); shifted || err != nil {
				return shifted, err
			}
		}
	}
}

// runOn goes on to the end by position.
func (p *pass) runOn() error {
	p.counted = true
	_, err := p.run()
	return err
}

// skipEqual skips the rows that are the same bytes in both.
func (p *pass) skipEqual() error {
	for {
		n := commonPrefix(p.a.cur, p.b.cur)
		equal, end := p.a.wholeRows(p.a.cur[:n])
		p.a.skip(end)
		p.b.skip(end)
		p.a.number += equal
		p.b.number += equal
		p.matched += equal
		n -= end
		outA, outB := n == len(p.a.cur) && !p.a.eof, n == len(p.b.cur) && !p.b.eof
		if !outA && !outB {
			return nil
		}
		if outA {
			if err := p.a.more(p.a.ctx); err != nil {
				return err
			}
		}
		if outB {
			if err := p.b.more(p.b.ctx); err != nil {
				return err
			}
		}
	}
}

// step compares the next row of each.
func (p *pass) step() (done bool, err error) {
	a, err := p.a.next()
	if err != nil {
		return false, err
	}
	b, err := p.b.next()
	if err != nil || a == nil && b == nil {
		return true, err
	}
	if a == nil || b == nil {
		return true, p.countLeft(a != nil, b != nil)
	}
	p.matched++
	if p.t.plan.straight && bytes.Equal(a, b) {
		return false, nil
	}
	return false, p.compare(a, b)
}

func (p *pass) compare(a, b []byte) error {
	x, err := p.a.cells(a)
	if err != nil {
		return err
	}
	y, err := p.b.cells(b)
	if err != nil {
		return err
	}
	before := p.t.changes
	p.t.pairRows(x, y, p.where)
	if p.t.changes > before {
		p.differed++
	}
	return nil
}

// where names the rows just read.
func (p *pass) where() string {
	if p.a.number == p.b.number {
		return fmt.Sprintf("row %d", p.a.number)
	}
	return fmt.Sprintf("row %d and %d", p.a.number, p.b.number)
}

// countLeft counts what one table has beyond the other, the row just read included.
func (p *pass) countLeft(a, b bool) error {
	for i, one := range []struct {
		has  bool
		rows *rows
	}{{a, p.a}, {b, p.b}} {
		if !one.has {
			continue
		}
		before := one.rows.number
		after, err := one.rows.countAll()
		if err != nil {
			return err
		}
		p.left[i] = after - before + 1
	}
	return nil
}

// unequalCounts counts the rows of both tables anew.
func (t *texts) unequalCounts(ctx context.Context) (bool, error) {
	p, err := t.openPass(ctx)
	if err != nil {
		return false, err
	}
	defer p.close()
	a, err := p.a.countAll()
	if err != nil {
		return false, err
	}
	b, err := p.b.countAll()
	return a != b, err
}

// commonPrefix is how many bytes a and b begin with in common.
func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	at := 0
	for _, step := range []int{64 << 10, 4 << 10, 64} {
		for at+step <= n && bytes.Equal(a[at:at+step], b[at:at+step]) {
			at += step
		}
	}
	for at < n && a[at] == b[at] {
		at++
	}
	return at
}
