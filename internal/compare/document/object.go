package document

import (
	"hash/maphash"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// maxIndexed bounds the entries of objects and arrays that are remembered at a time.
const maxIndexed = 4 << 20

// object compares objects. As long as both have the same keys in the same order, they are
// compared as they are read.
func (c *comparison) object(col *column) error {
	c.a.at++
	c.b.at++
	if c.careful {
		return c.unordered(col, true, nil, nil)
	}
	depth := len(c.path)
	for len(c.sets) <= depth {
		c.sets = append(c.sets, keySet{seed: maphash.MakeSeed()})
	}
	c.sets[depth].reset()
	for first := true; ; first = false {
		moreA, err := c.a.more(first, '}')
		if err != nil {
			return err
		}
		moreB, err := c.b.more(first, '}')
		if err != nil || !moreA && !moreB {
			return err
		}
		var keyA, keyB []byte
		if moreA {
			if keyA, err = c.a.key(); err != nil {
				return err
			}
		}
		if moreB {
			if keyB, err = c.b.key(); err != nil {
				return err
			}
		}
		if !moreA || !moreB || string(keyA) != string(keyB) {
			return c.unordered(col, first, place(moreA, keyA), place(moreB, keyB))
		}
		if !c.sets[depth].add(keyA) {
			return errDuplicate
		}
		if err := c.entry(c.columns.below(col, keyA)); err != nil {
			return err
		}
	}
}

func place(more bool, key []byte) *string {
	if !more {
		return nil
	}
	k := string(key)
	return &k
}

// entry compares the values of one key.
func (c *comparison) entry(col *column) error {
	c.path = append(c.path, step{key: col.key, is: 'k'})
	err := c.value(col)
	c.path = c.path[:len(c.path)-1]
	return err
}

// unordered compares the rest of two objects by looking first where which key is. Where a key has
// been read already, it is given; where whole, nothing has.
func (c *comparison) unordered(col *column, whole bool, keyA, keyB *string) error {
	fromStart := whole && keyA == nil && keyB == nil
	a, err := c.index(c.a, fromStart, keyA)
	if err != nil {
		return err
	}
	b, err := c.index(c.b, fromStart, keyB)
	if err != nil {
		return err
	}
	defer func() { c.indexed -= len(a.keys) + len(b.keys) }()
	for _, key := range a.keys {
		below := c.columns.below(col, []byte(key))
		c.a.seek(a.at[key])
		at, inB := b.at[key]
		if !inB {
			err = c.only(below, c.a)
		} else {
			c.b.seek(at)
			err = c.entry(below)
		}
		if err != nil {
			return err
		}
	}
	for _, key := range b.keys {
		if _, inA := a.at[key]; !inA {
			c.b.seek(b.at[key])
			if err := c.only(c.columns.below(col, []byte(key)), c.b); err != nil {
				return err
			}
		}
	}
	c.a.seek(a.end)
	c.b.seek(b.end)
	return nil
}

// only tells of a key that only one object has.
func (c *comparison) only(col *column, s *scanner) error {
	c.path = append(c.path, step{key: col.key, is: 'k'})
	err := c.alone(col, s)
	c.path = c.path[:len(c.path)-1]
	return err
}

// index is where the values of an object's keys are.
type index struct {
	keys []string // in their order
	at   map[string]int64
	end  int64 // behind the object
}

// index looks through an object from its start, or from the value of the key that was read
// last. Where there is neither, the object has ended.
func (c *comparison) index(s *scanner, fromStart bool, key *string) (index, error) {
	x := index{at: map[string]int64{}}
	start := s.offset()
	more, err := key != nil, error(nil)
	if fromStart {
		if more, err = s.more(true, '}'); err != nil {
			return x, err
		}
	}
	for more {
		if key == nil {
			k, err := s.key()
			if err != nil {
				return x, err
			}
			read := string(k)
			key = &read
		}
		if !c.careful && c.sets[len(c.path)].has([]byte(*key)) {
			return x, errDuplicate
		}
		if _, known := x.at[*key]; known {
			if c.duplicates == "" {
				c.duplicates = c.where() + ", " + quoted(*key)
			}
		} else {
			x.keys = append(x.keys, *key)
			if c.indexed++; c.indexed > maxIndexed {
				return x, kind.Other("%s has an object of too many keys for their order to be left aside", s.side)
			}
		}
		x.at[*key] = s.offset()
		if err := s.skip(len(c.path) + 1); err != nil {
			return x, err
		}
		key = nil
		if more, err = s.more(false, '}'); err != nil {
			return x, err
		}
	}
	x.end = s.offset()
	return x, c.spend(x.end - start)
}

// spend accounts for bytes that are read more than once.
func (c *comparison) spend(n int64) error {
	if c.budget -= n; c.budget < 0 {
		return kind.Other("its parts would have to be read too often to be compared")
	}
	return nil
}

// keySet is the keys seen of an object, by hash: one that it takes for known wrongly only has the
// comparison begin again.
type keySet struct {
	seed maphash.Seed
	few  []uint64
	many map[uint64]struct{}
}

const fewKeys = 16

func (k *keySet) reset() {
	k.few, k.many = k.few[:0], nil
}

func (k *keySet) has(key []byte) bool { return k.known(maphash.Bytes(k.seed, key)) }

func (k *keySet) known(h uint64) bool {
	if k.many != nil {
		_, known := k.many[h]
		return known
	}
	for _, other := range k.few {
		if other == h {
			return true
		}
	}
	return false
}

// add adds a key and tells whether it is new.
func (k *keySet) add(key []byte) bool {
	h := maphash.Bytes(k.seed, key)
	switch {
	case k.known(h):
		return false
	case k.many != nil:
		if len(k.many) < maxIndexed {
			k.many[h] = struct{}{}
		}
	default:
		if k.few = append(k.few, h); len(k.few) > fewKeys {
			k.many = make(map[uint64]struct{}, 4*fewKeys)
			for _, h := range k.few {
				k.many[h] = struct{}{}
			}
		}
	}
	return true
}
