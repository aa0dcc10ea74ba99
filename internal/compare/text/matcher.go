package text

import "hash/maphash"

// matched is a stretch of lines that are the same at a level.
type matched struct {
	run
	level int
}

// matcher finds what two windows have in common. Lines are known by a hash of their keys.
type matcher struct {
	levels []level
	seed   maphash.Seed
	deep   bool // deepen was called
}

func newMatcher(levels []level) *matcher {
	return &matcher{levels: levels, seed: maphash.MakeSeed()}
}

// match aligns a and b at one level.
func (m *matcher) match(a, b []line, at int) []matched {
	ids := map[uint64]int32{}
	idsA, idsB := m.intern(ids, a, at), m.intern(ids, b, at)
	var found []matched
	for _, r := range align(idsA, idsB, m.levels[at].exact) {
		found = append(found, matched{r, at})
	}
	return found
}

// deepen adds to matches at the first level those at the levels below, of what it left over.
func (m *matcher) deepen(found []matched, a, b []line) []matched {
	if m.deep {
		return found
	}
	m.deep = true
	for at := 1; at < len(m.levels); at++ {
		found = m.gaps(found, a, b, at)
	}
	return found
}

func (m *matcher) gaps(found []matched, a, b []line, at int) []matched {
	var all []matched
	x, y := 0, 0
	for _, f := range append(found, matched{run: run{len(a), len(b), 0}}) {
		if x < f.x && y < f.y {
			for _, in := range m.match(a[x:f.x], b[y:f.y], at) {
				in.x, in.y = in.x+x, in.y+y
				all = append(all, in)
			}
		}
		if f.n > 0 {
			all = append(all, f)
		}
		x, y = f.x+f.n, f.y+f.n
	}
	return all
}

// intern numbers lines: those of one key have one number.
func (m *matcher) intern(ids map[uint64]int32, lines []line, at int) []int32 {
	list := make([]int32, len(lines))
	for i, l := range lines {
		key := maphash.Bytes(m.seed, m.levels[at].key(l))
		id, known := ids[key]
		if !known {
			id = int32(len(ids))
			ids[key] = id
		}
		list[i] = id
	}
	return list
}
