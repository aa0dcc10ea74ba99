package document

import (
	"slices"
	"strings"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// keyedEntry is an entry of an array whose objects have the key columns.
type keyedEntry struct {
	key  string // what they say, for a path
	at   int64
	used bool
}

// keyedArray compares arrays by key columns. It is not done where any entry is no object that
// has all of them; both documents are then where they were.
func (c *comparison) keyedArray(col *column, end byte) (done bool, err error) {
	startA, startB := c.a.offset(), c.b.offset()
	a, endA, okA, err := c.keyIndex(c.a, end)
	if err != nil {
		return false, err
	}
	var b []keyedEntry
	var endB int64
	okB := false
	if okA {
		if b, endB, okB, err = c.keyIndex(c.b, end); err != nil {
			return false, err
		}
	}
	defer func() { c.indexed -= len(a) + len(b) }()
	if !okA || !okB || len(a)+len(b) == 0 {
		c.a.seek(startA)
		c.b.seek(startB)
		return false, nil
	}
	if c.keyed == "" {
		c.keyed = strings.Join(c.keys, ", ")
	}
	if err := c.byKey(col, a, b); err != nil {
		return false, err
	}
	c.a.seek(endA)
	c.b.seek(endB)
	return true, nil
}

// byKey compares entries of the same keys; of several with the same keys, those in the same order.
func (c *comparison) byKey(col *column, a, b []keyedEntry) error {
	where := map[string][]int{}
	for i, e := range b {
		where[e.key] = append(where[e.key], i)
	}
	c.path = append(c.path, step{is: '='})
	defer func() { c.path = c.path[:len(c.path)-1] }()
	for _, e := range a {
		c.path[len(c.path)-1].key = e.key
		c.a.seek(e.at)
		var err error
		if same := where[e.key]; len(same) == 0 {
			err = c.alone(col, c.a)
		} else {
			c.twins = c.twins || len(same) > 1
			where[e.key], b[same[0]].used = same[1:], true
			c.b.seek(b[same[0]].at)
			err = c.value(col)
		}
		if err != nil {
			return err
		}
	}
	for _, e := range b {
		if e.used {
			continue
		}
		c.path[len(c.path)-1].key = e.key
		c.b.seek(e.at)
		if err := c.alone(col, c.b); err != nil {
			return err
		}
	}
	return nil
}

// keyIndex looks through an array for the keys of its entries; ok is false where one lacks any.
func (c *comparison) keyIndex(s *scanner, end byte) (entries []keyedEntry, stop int64, ok bool, err error) {
	start := s.offset()
	for first := true; ; first = false {
		more, err := s.more(first, end)
		if err != nil {
			return entries, 0, false, err
		}
		if !more {
			break
		}
		what, err := s.shape()
		if err != nil || what != '{' {
			return entries, 0, false, err
		}
		at := s.offset()
		key, has, err := c.keyOf(s)
		if err != nil || !has {
			return entries, 0, false, err
		}
		entries = append(entries, keyedEntry{key: key, at: at})
		if c.indexed++; c.indexed > maxIndexed {
			return entries, 0, false, kind.Other("%s has more than %d entries, too many to match by keys", s.side, maxIndexed)
		}
	}
	stop = s.offset()
	return entries, stop, true, c.spend(stop - start)
}

// keyOf passes an object and tells what its key columns say.
func (c *comparison) keyOf(s *scanner) (key string, has bool, err error) {
	values := make([]string, len(c.keys))
	s.at++
	for first := true; ; first = false {
		more, err := s.more(first, '}')
		if err != nil {
			return "", false, err
		}
		if !more {
			break
		}
		name, err := s.key()
		if err != nil {
			return "", false, err
		}
		i := slices.IndexFunc(c.keys, func(k string) bool { return k == string(name) })
		if i < 0 {
			err = s.skip(len(c.path) + 1)
		} else if what, shapeErr := s.shape(); shapeErr != nil || !isScalar(what) {
			err = shapeErr
			if err == nil {
				err = s.skip(len(c.path) + 1)
			}
		} else {
			var text []byte
			if what, text, err = s.scalar(); err == nil {
				values[i] = c.keys[i] + "=" + written(what, text)
			}
		}
		if err != nil {
			return "", false, err
		}
	}
	return strings.Join(values, ", "), !slices.Contains(values, ""), nil
}
