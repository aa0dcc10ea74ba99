package text

import (
	"bytes"

	"github.com/petri-dev/petri"
)

// settle counts and shows the lines of a and b, which match as found.
func (d *differ) settle(a, b []line, found []matched) {
	i, j := 0, 0
	for _, m := range found {
		if m.x >= len(a) && m.y >= len(b) {
			break
		}
		d.change(a[i:m.x], b[j:m.y])
		i, j = m.x+m.n, m.y+m.n
		d.pairs(a[m.x:i], b[m.y:j], d.levels[m.level].is)
	}
	d.change(a[i:], b[j:])
}

// change takes lines that have nothing in common.
func (d *differ) change(a, b []line) {
	for _, l := range a {
		d.remove(l)
	}
	for _, l := range b {
		d.insert(l)
	}
}

func (d *differ) remove(l line) {
	if l.no != d.lastA {
		d.removed, d.lastA = d.removed+1, l.no
	}
	d.cutA++
	d.zero = d.zero || bytes.IndexByte(l.raw, 0) >= 0
	d.hunks.remove(l)
}

func (d *differ) insert(l line) {
	if l.no != d.lastB {
		d.added, d.lastB = d.added+1, l.no
	}
	d.cutB++
	d.zero = d.zero || bytes.IndexByte(l.raw, 0) >= 0
	d.hunks.insert(l)
}

// pairs takes as many lines of a as of b, which are the same in a way.
func (d *differ) pairs(a, b []line, is sameness) {
	switch is {
	case equal, onlyNatural:
		d.same(a, b, is)
	case onlyTimes:
		d.timed += int64(len(a))
		d.replace(a, b)
	case onlyNumbers:
		d.numbers(a, b)
	}
}

func (d *differ) same(a, b []line, is sameness) {
	if len(a) == 0 {
		return
	}
	for i := range a {
		switch {
		case is == onlyNatural:
			d.ignored++
		case len(a[i].raw) != len(b[i].raw):
			d.ends++
			d.endA, d.endB = a[i].end(), b[i].end()
		}
	}
	d.hunks.equal(a, b[0].no-a[0].no)
}

// numbers compares lines that differ only in numbers, one by one.
func (d *differ) numbers(a, b []line) {
	for i := range a {
		textA := bytes.Clone(d.normal(a[i])) // normal may use one buffer for both
		isClose, rewritten, most := numbersClose(textA, d.normal(b[i]), d.tolerance)
		d.most.add(most)
		if isClose && rewritten && d.tolerance != (petri.Tolerance{}) {
			d.within++
			d.hunks.equal(a[i:i+1], b[i].no-a[i].no)
			continue
		}
		if rewritten {
			d.numeric++
		}
		d.replace(a[i:i+1], b[i:i+1])
	}
}

// replace takes lines of b for those of a, in the same places.
func (d *differ) replace(a, b []line) {
	for i := range a {
		d.remove(a[i])
		d.insert(b[i])
	}
}
