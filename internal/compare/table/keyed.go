package table

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/petri-dev/petri/internal/compare/kind"
)

const (
	// maxPending bounds what rows that wait for their partner take in memory.
	maxPending = 192 << 20
	// pendingCost is about what one takes besides its text.
	pendingCost = 96
	// maxPasses bounds how often the tables are read; each pass looks at a part of the keys.
	maxPasses = 64
	// maxSeen bounds the keys that are remembered to notice that one comes again.
	maxSeen = 1 << 20
)

var errTooManyPending = errors.New("too many rows wait")

// keys are the pairs of the key columns, if the rules name any and both tables have them all.
func (t *texts) keys() ([]int, bool) {
	if len(t.rules.Keys) == 0 {
		return nil, false
	}
	var keys []int
	var lacking []string
	for _, key := range t.rules.Keys {
		at := slices.IndexFunc(t.plan.pairs, func(p pair) bool { return nameAt(t.plan.names[0], p.a) == key })
		if t.plan.names[0] == nil || t.plan.names[1] == nil || at < 0 {
			lacking = append(lacking, key)
			continue
		}
		keys = append(keys, at)
	}
	if len(lacking) > 0 {
		t.notes.add("rows were matched by position, as not both have the %s", named("key column", "key columns", lacking))
		return nil, false
	}
	return keys, true
}

// byKey matches rows by their keys. The rows of both tables are read side by side; one whose
// partner did not come yet waits. In tables of the same order hardly any wait; where too many
// do, the tables are read several times, each time for a part of the keys.
func (t *texts) byKey(ctx context.Context, keys []int) error {
	for passes := uint64(1); passes <= maxPasses; passes *= 4 {
		t.reset()
		t.start()
		j := &join{texts: t, keys: keys, seed: maphash.MakeSeed(), passes: passes}
		err := j.run(ctx)
		switch {
		case errors.Is(err, errTooManyPending):
			continue
		case err != nil:
			return err
		}
		j.note()
		return nil
	}
	return kind.Other("it has too many rows in another order to match them by key")
}

// join matches rows by the hash of their keys.
type join struct {
	*texts
	keys         []int
	seed         maphash.Seed
	passes, part uint64
	pass         *pass
	waiting      [2]map[uint64]int32 // the first that waits with a key
	slab         []waiter
	free         int32
	memory       int64
	seen         [2]map[uint64]struct{}
	matched      int64
	left         [2]int64
	repeated     int64
	full         bool // not all keys could be remembered
	keyless      int64
	scratch      []byte
	row          [][]byte
	raw          []byte
}

// waiter is a row without its partner. Its text is only kept where it cannot be read again.
type waiter struct {
	start      int64
	raw        []byte
	length     int32
	next, last int32 // with the same key; -1 for none
}

func (j *join) run(ctx context.Context) error {
	for j.part = range j.passes {
		p, err := j.openPass(ctx)
		if err != nil {
			return err
		}
		j.pass = p
		j.slab, j.free, j.memory = j.slab[:0], -1, 0
		for i := range 2 {
			j.waiting[i], j.seen[i] = map[uint64]int32{}, map[uint64]struct{}{}
		}
		err = j.walk()
		p.close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (j *join) walk() error {
	for {
		a, err := j.pass.a.next()
		if err != nil {
			return err
		}
		b, err := j.pass.b.next()
		if err != nil || a == nil && b == nil {
			return err
		}
		if a != nil && b != nil && j.plan.straight && bytes.Equal(a, b) {
			equal, err := j.equalRows(a)
			if err != nil {
				return err
			}
			if equal {
				continue
			}
		}
		for i, record := range [][]byte{a, b} {
			if record != nil {
				if err := j.meet(i, record); err != nil {
					return err
				}
			}
		}
	}
}

// equalRows takes two rows of the same bytes for partners, unless one with their key waits.
func (j *join) equalRows(a []byte) (bool, error) {
	fields, err := j.pass.a.cells(a)
	if err != nil {
		return false, err
	}
	key, keyless := j.key(0, fields)
	for i := range 2 {
		if _, waits := j.waiting[i][key]; waits {
			return false, nil
		}
	}
	if key%j.passes == j.part {
		j.matched++
		j.remember(0, key, keyless)
		j.remember(1, key, keyless)
	}
	return true, nil
}

// meet compares a row with the one that waits for it, or has it wait.
func (j *join) meet(which int, record []byte) error {
	side := [2]*rows{j.pass.a, j.pass.b}
	fields, err := side[which].cells(record)
	if err != nil {
		return err
	}
	key, keyless := j.key(which, fields)
	if key%j.passes != j.part {
		return nil
	}
	j.remember(which, key, keyless)
	at, waits := j.waiting[1-which][key]
	if !waits {
		return j.wait(which, key, record, side[which])
	}
	partner, err := j.take(1-which, key, at)
	if err != nil {
		return err
	}
	j.row = side[1-which].split(partner, j.row[:0])
	j.matched++
	j.left[1-which]--
	pair := [2][][]byte{}
	pair[which], pair[1-which] = fields, j.row
	j.pairRows(pair[0], pair[1], func() string { return j.nameRow(pair[0]) })
	return nil
}

// key is the hash of a row's key; keyless tells that a part of it has no value.
func (j *join) key(which int, fields [][]byte) (hash uint64, keyless bool) {
	j.scratch = j.scratch[:0]
	for _, k := range j.keys {
		at, c := [2]int{j.plan.pairs[k].a, j.plan.pairs[k].b}[which], cell{}
		if at < len(fields) {
			c = readCell(fields[at], j.layouts[which].comma)
		}
		keyless = keyless || c.form == absent
		j.scratch = c.appendCanonical(j.scratch)
	}
	return maphash.Bytes(j.seed, j.scratch), keyless
}

// nameRow says which row it is by its key: id=17, year=2020.
func (j *join) nameRow(fields [][]byte) string {
	parts := make([]string, 0, len(j.keys))
	for _, k := range j.keys {
		value := ""
		if at := j.plan.pairs[k].a; at < len(fields) {
			value = utf8Text(fields[at][:min(len(fields[at]), 60)])
		}
		parts = append(parts, kind.Clip(j.plan.name(k), 60)+"="+value)
	}
	return kind.Clip(strings.Join(parts, ", "), maxShown)
}

func (j *join) remember(which int, key uint64, keyless bool) {
	if keyless {
		j.keyless++
	}
	if _, again := j.seen[which][key]; again {
		j.repeated++
		return
	}
	if len(j.seen[which]) < maxSeen {
		j.seen[which][key] = struct{}{}
	} else {
		j.full = true
	}
}

func (j *join) wait(which int, key uint64, record []byte, r *rows) error {
	w := waiter{start: r.start, length: int32(len(record)), next: -1}
	cost := int64(pendingCost)
	if !j.sources[which].plain() {
		w.raw = bytes.Clone(record)
		cost += int64(len(record))
	}
	if j.memory += cost; j.memory > maxPending {
		return errTooManyPending
	}
	at := j.free
	if at >= 0 {
		j.free = j.slab[at].next
		j.slab[at] = w
	} else {
		at = int32(len(j.slab))
		j.slab = append(j.slab, w)
	}
	j.slab[at].last = at
	j.left[which]++
	if first, others := j.waiting[which][key]; others {
		j.slab[j.slab[first].last].next = at
		j.slab[first].last = at
	} else {
		j.waiting[which][key] = at
	}
	return nil
}

// take ends the waiting of the first row with that key, and gives its text.
func (j *join) take(which int, key uint64, at int32) ([]byte, error) {
	w := j.slab[at]
	if w.next >= 0 {
		j.slab[w.next].last = w.last
		j.waiting[which][key] = w.next
	} else {
		delete(j.waiting[which], key)
	}
	j.slab[at] = waiter{next: j.free}
	j.free = at
	j.memory -= pendingCost + int64(len(w.raw))
	if w.raw != nil || w.length == 0 {
		return w.raw, nil
	}
	if cap(j.raw) < int(w.length) {
		j.raw = make([]byte, w.length, 2*w.length)
	}
	raw := j.raw[:w.length]
	n, err := j.sources[which].content.ReadAt(raw, w.start+int64(j.sources[which].mark))
	if n == len(raw) {
		err = nil
	}
	return raw, err
}

func (j *join) note() {
	j.count(j.matched)
	j.noteRows(j.left[0], j.left[1])
	j.notes.add("rows were matched by %s", named("key column", "key columns", j.rules.Keys))
	if j.repeated > 0 {
		least := ""
		if j.full {
			least = "at least "
		}
		j.notes.add("%s%s with a key that came before were matched in their order", least, several(j.repeated, "row"))
	}
	if j.keyless > 0 {
		j.notes.add("%s without a value in a key column were matched with each other", several(j.keyless, "row"))
	}
}
