package document

import "github.com/petri-dev/petri/internal/compare/kind"

// maxValues bounds the values of a document that is read as a whole.
const maxValues = 2 << 20

// number is a number as it is written.
type number string

// tree reads the next value as a whole: map[string]any, []any, string, number, bool or nil. A
// string that is very long is its beginning and its digest. left is how many values there may be.
func (s *scanner) tree(depth int, left *int) (any, error) {
	if depth > maxDepth {
		return nil, s.deep()
	}
	if *left--; *left < 0 {
		return nil, kind.Other("%s has more than %s", s.side, kind.Count(maxValues, "value"))
	}
	what, err := s.shape()
	if err != nil {
		return nil, err
	}
	switch what {
	case '[':
		return s.list(depth, left)
	case '{':
		return s.dictionary(depth, left)
	}
	what, text, err := s.scalar()
	switch what {
	case '"':
		return string(text), err
	case 't':
		return true, err
	case 'f':
		return false, err
	case 'n':
		return nil, err
	}
	return number(text), err
}

func (s *scanner) list(depth int, left *int) (any, error) {
	list := []any{}
	s.at++
	for first := true; ; first = false {
		more, err := s.more(first, ']')
		if err != nil || !more {
			return list, err
		}
		v, err := s.tree(depth+1, left)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

func (s *scanner) dictionary(depth int, left *int) (any, error) {
	dictionary := map[string]any{}
	s.at++
	for first := true; ; first = false {
		more, err := s.more(first, '}')
		if err != nil || !more {
			return dictionary, err
		}
		key, err := s.key()
		if err != nil {
			return nil, err
		}
		k := string(key)
		if dictionary[k], err = s.tree(depth+1, left); err != nil {
			return nil, err
		}
	}
}
