package document

import "github.com/petri-dev/petri/internal/compare/kind"

// skip passes the next value, which stands at a depth.
func (s *scanner) skip(depth int) error {
	var ends []byte // of the arrays and objects that are open
	first := false
	for {
		if len(ends) > 0 {
			end := ends[len(ends)-1]
			more, err := s.more(first, end)
			if err != nil {
				return err
			}
			if !more {
				if ends, first = ends[:len(ends)-1], false; len(ends) == 0 {
					return nil
				}
				continue
			}
			if end == '}' {
				if _, err := s.key(); err != nil {
					return err
				}
			}
		}
		what, err := s.shape()
		if err != nil {
			return err
		}
		if first = what == '{' || what == '['; first {
			ends = append(ends, closing(what))
			s.at++
			if depth+len(ends) > maxDepth {
				return s.deep()
			}
			continue
		}
		if _, _, err := s.scalar(); err != nil || len(ends) == 0 {
			return err
		}
	}
}

func closing(what shape) byte { return byte(what) + 2 } // as in ASCII

func (s *scanner) deep() error {
	return kind.Other("%s is nested deeper than %s", s.side, kind.Count(maxDepth, "level"))
}
