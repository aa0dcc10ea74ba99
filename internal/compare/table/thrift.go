package table

import (
	"encoding/binary"
	"errors"
)

// thriftWalk goes through a struct of Thrift's compact protocol and decodes next to nothing of
// it: it finds out whether a decoder can be let at it, which takes memory by what lists claim.
type thriftWalk struct {
	p       []byte
	lists   int // elements of lists in all
	structs int // of those, structs
	depth   int
}

var errThrift = errors.New("damaged structure")

const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
	maxWalkDepth = 64
)

func (w *thriftWalk) varint() (uint64, error) {
	v, n := binary.Uvarint(w.p)
	if n <= 0 {
		return 0, errThrift
	}
	w.p = w.p[n:]
	return v, nil
}

func (w *thriftWalk) byte() (byte, error) {
	if len(w.p) == 0 {
		return 0, errThrift
	}
	c := w.p[0]
	w.p = w.p[1:]
	return c, nil
}

func (w *thriftWalk) pass(n uint64) error {
	if n > uint64(len(w.p)) {
		return errThrift
	}
	w.p = w.p[n:]
	return nil
}

// fields goes through a struct; see is told of each field, and says whether it consumed it.
func (w *thriftWalk) fields(see func(id int, sort byte) (bool, error)) error {
	if w.depth++; w.depth > maxWalkDepth {
		return errThrift
	}
	defer func() { w.depth-- }()
	for id := 0; ; {
		head, err := w.byte()
		if err != nil || head == 0 {
			return err
		}
		if step := int(head >> 4); step > 0 {
			id += step
		} else {
			n, err := w.varint()
			if err != nil {
				return err
			}
			id = int(int16(n>>1) ^ -int16(n&1))
		}
		done := false
		if see != nil {
			if done, err = see(id, head&15); err != nil {
				return err
			}
		}
		if !done {
			if err := w.skip(head&15, false); err != nil {
				return err
			}
		}
	}
}

// skip passes a value. Inside lists a truth is a byte; as a field it lies in the head.
func (w *thriftWalk) skip(sort byte, inList bool) error {
	switch sort {
	case thriftTrue, thriftFalse:
		if inList {
			return w.pass(1)
		}
		return nil
	case thriftByte:
		return w.pass(1)
	case 4, 5, 6:
		_, err := w.varint()
		return err
	case thriftDouble:
		return w.pass(8)
	case thriftBinary:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.pass(n)
	case thriftList, thriftSet:
		return w.list()
	case thriftMap:
		return w.pairs()
	case thriftStruct:
		return w.fields(nil)
	}
	return errThrift
}

func (w *thriftWalk) list() error {
	head, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = w.varint(); err != nil {
			return err
		}
	}
	return w.elements(n, head&15)
}

func (w *thriftWalk) elements(n uint64, sorts ...byte) error {
	if n > uint64(len(w.p)) { // each takes a byte at least
		return errThrift
	}
	if w.depth++; w.depth > maxWalkDepth {
		return errThrift
	}
	defer func() { w.depth-- }()
	w.lists += int(n)
	for range n {
		for _, sort := range sorts {
			if sort == thriftStruct {
				w.structs++
			}
			if err := w.skip(sort, true); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *thriftWalk) pairs() error {
	n, err := w.varint()
	if err != nil || n == 0 {
		return err
	}
	sorts, err := w.byte()
	if err != nil {
		return err
	}
	return w.elements(n, sorts>>4, sorts&15)
}

// number reads an integer.
func (w *thriftWalk) number() (int64, error) {
	v, err := w.varint()
	return int64(v>>1) ^ -int64(v&1), err
}
