package table

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// dtype is the type of an array's elements.
type dtype struct {
	size   int
	leaves []leaf
	fields []string // of a structured type; nil for a simple one
	text   string   // as the header has it
}

// leaf is one value of an element.
type leaf struct {
	field  int    // its place among the fields; 0 in a simple type
	within string // its place in a field that is an array itself: [2]
	kind   byte   // as in NumPy: b i u f c S U V M m
	offset int
	size   int
	order  binary.ByteOrder
	unit   string // of M and m: ns; "" is generic
	step   int64  // how many units one is
}

const (
	maxItem   = 16 << 20
	maxLeaves = 10000
)

// parseType reads a type as the header's literal has it.
func parseType(v any) (dtype, error) {
	d := dtype{text: fmt.Sprint(v)}
	b := &typeBuilder{}
	var err error
	if fields, ok := v.([]any); ok {
		err = b.structure(fields, "", 0)
		d.fields = b.names
	} else {
		err = b.add(v, nil)
	}
	d.size, d.leaves = b.size, b.leaves
	if err == nil && (d.size > maxItem || len(d.leaves) > maxLeaves) {
		err = kind.Other("its elements are too large: %s bytes each", count(d.size))
	}
	return d, err
}

type typeBuilder struct {
	size   int
	leaves []leaf
	names  []string
}

// structure adds the fields of a structured type: (name, type) or (name, type, shape).
func (b *typeBuilder) structure(fields []any, prefix string, depth int) error {
	for _, one := range fields {
		field, ok := one.([]any)
		if !ok || len(field) < 2 || len(field) > 3 || depth > maxNesting {
			return errType(one)
		}
		name, ok := field[0].(string)
		if title, both := field[0].([]any); both && len(title) == 2 {
			name, ok = title[1].(string)
		}
		if !ok {
			return errType(one)
		}
		var shape []any
		if len(field) == 3 {
			if shape, ok = field[2].([]any); !ok {
				return errType(one)
			}
		}
		if inner, nested := field[1].([]any); nested && shape == nil {
			if err := b.structure(inner, prefix+name+".", depth+1); err != nil {
				return err
			}
			continue
		}
		if name != "" || !isPadding(field[1]) {
			b.names = append(b.names, prefix+name)
		}
		if err := b.add(field[1], shape); err != nil {
			return err
		}
	}
	return nil
}

// isPadding: bytes between fields that hold nothing.
func isPadding(v any) bool {
	s, ok := v.(string)
	return ok && strings.HasPrefix(strings.TrimLeft(s, "|<>="), "V")
}

// add adds a simple type, as often as the shape says.
func (b *typeBuilder) add(v any, shape []any) error {
	s, ok := v.(string)
	if !ok {
		return errType(v)
	}
	l, err := parseSimple(s)
	if err != nil {
		return err
	}
	times := 1
	for _, n := range shape {
		n, ok := n.(int64)
		if !ok || n < 0 || n > maxLeaves || times*int(n) > maxLeaves {
			return errType(v)
		}
		times *= int(n)
	}
	padding := len(b.names) == 0 && isPadding(v) && b.size > 0
	l.field = max(len(b.names)-1, 0)
	for i := range times {
		l.offset = b.size
		if shape != nil {
			l.within = fmt.Sprintf("[%d]", i)
		}
		if b.size += l.size; b.size > maxItem || len(b.leaves) > maxLeaves {
			return kind.Other("its elements are too large")
		}
		if !padding {
			b.leaves = append(b.leaves, l)
		}
	}
	return nil
}

func errType(v any) error {
	return kind.Other("its type %s is none that can be compared", kind.Clip(fmt.Sprint(v), 40))
}

// parseSimple reads a type such as <f8, |S5 or <M8[ns].
func parseSimple(s string) (leaf, error) {
	l := leaf{order: binary.LittleEndian, step: 1}
	rest := s
	if rest != "" && strings.IndexByte("<>|=", rest[0]) >= 0 {
		if rest[0] == '>' {
			l.order = binary.BigEndian
		}
		rest = rest[1:]
	}
	if rest == "" {
		return l, errType(s)
	}
	l.kind, rest = rest[0], rest[1:]
	if l.kind == 'O' {
		return l, kind.Other("it holds pickled Python objects, which are never loaded")
	}
	if l.kind == 'a' {
		l.kind = 'S'
	}
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	size, err := strconv.Atoi(rest[:digits])
	if err != nil || size > maxItem {
		return l, errType(s)
	}
	l.size = size
	if l.kind == 'U' {
		l.size *= 4
	}
	if err := l.parseUnit(rest[digits:]); err != nil || !l.possible() {
		return l, errType(s)
	}
	return l, nil
}

func (l *leaf) parseUnit(s string) error {
	if s == "" {
		return nil
	}
	unit, ok := strings.CutPrefix(s, "[")
	unit, closed := strings.CutSuffix(unit, "]")
	if !ok || !closed || l.kind != 'M' && l.kind != 'm' {
		return errLiteral
	}
	digits := len(unit) - len(strings.TrimLeft(unit, "0123456789"))
	if digits > 0 {
		step, err := strconv.ParseInt(unit[:digits], 10, 32)
		if err != nil || step == 0 {
			return errLiteral
		}
		l.step = step
	}
	l.unit = unit[digits:]
	return nil
}

// possible: NumPy has that kind in that size.
func (l *leaf) possible() bool {
	sizes := map[byte][]int{'b': {1}, 'i': {1, 2, 4, 8}, 'u': {1, 2, 4, 8}, 'f': {2, 4, 8, 12, 16}, 'c': {8, 16, 24, 32}, 'M': {8}, 'm': {8}}
	switch l.kind {
	case 'S', 'U', 'V':
		return true
	}
	return slices.Contains(sizes[l.kind], l.size)
}

// class: only values of one class are compared with each other.
func (l *leaf) class() string {
	switch l.kind {
	case 'i', 'u', 'f', 'c':
		return "numbers"
	case 'S', 'U':
		return "text"
	}
	return string(l.kind)
}

// comparable tells whether the values of two types can be compared one by one.
func (d dtype) comparable(e dtype) bool {
	return slices.Equal(d.fields, e.fields) && slices.EqualFunc(d.leaves, e.leaves, func(a, b leaf) bool {
		return a.field == b.field && a.within == b.within && a.class() == b.class()
	})
}

// name is the type as people read it.
func (d dtype) name() string {
	if d.fields != nil || len(d.leaves) != 1 {
		return "the structure " + kind.Clip(d.text, 80)
	}
	l := d.leaves[0]
	names := map[byte]string{'b': "bool", 'i': "int", 'u': "uint", 'f': "float", 'c': "complex", 'M': "datetime64", 'm': "timedelta64"}
	switch l.kind {
	case 'b':
		return names[l.kind]
	case 'i', 'u', 'f', 'c':
		name := names[l.kind] + strconv.Itoa(8*l.size)
		if l.order == binary.BigEndian && l.size > 1 {
			name += " (big-endian)"
		}
		return name
	case 'M', 'm':
		if l.step != 1 {
			return fmt.Sprintf("%s[%d%s]", names[l.kind], l.step, l.unit)
		}
		return fmt.Sprintf("%s[%s]", names[l.kind], l.unit)
	}
	return d.text
}
