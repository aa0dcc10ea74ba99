package table

import (
	"errors"
	"strconv"
	"strings"
)

// The header of an array is a literal of Python: read here as string, int64, bool, nil, []any for
// lists and tuples, and map[string]any. Nothing is ever evaluated.

var errLiteral = errors.New("no literal")

const maxNesting = 32

type literal struct {
	s     string
	depth int
}

func parseLiteral(s string) (any, error) {
	l := &literal{s: s}
	v, err := l.value()
	if err == nil && strings.TrimSpace(l.s) != "" {
		err = errLiteral
	}
	return v, err
}

// peek is the next byte that is no space; 0 at the end.
func (l *literal) peek() byte {
	l.s = strings.TrimLeft(l.s, " \t\r\n")
	if l.s == "" {
		return 0
	}
	return l.s[0]
}

func (l *literal) value() (any, error) {
	if l.depth++; l.depth > maxNesting {
		return nil, errLiteral
	}
	defer func() { l.depth-- }()
	switch c := l.peek(); {
	case c == '\'' || c == '"':
		return l.quoted()
	case c == '(':
		return l.list(')')
	case c == '[':
		return l.list(']')
	case c == '{':
		return l.dict()
	}
	return l.word()
}

func (l *literal) quoted() (string, error) {
	quote := l.s[0]
	var out strings.Builder
	for i := 1; i < len(l.s); i++ {
		switch c := l.s[i]; {
		case c == quote:
			l.s = l.s[i+1:]
			return out.String(), nil
		case c == '\\' && i+1 < len(l.s):
			i++
			out.WriteByte(l.s[i])
		default:
			out.WriteByte(c)
		}
	}
	return "", errLiteral
}

func (l *literal) list(end byte) ([]any, error) {
	l.s = l.s[1:]
	out := []any{}
	for l.peek() != end {
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if l.peek() == ',' {
			l.s = l.s[1:]
		} else if l.peek() != end {
			return nil, errLiteral
		}
	}
	l.s = l.s[1:]
	return out, nil
}

func (l *literal) dict() (map[string]any, error) {
	l.s = l.s[1:]
	out := map[string]any{}
	for l.peek() != '}' {
		if c := l.peek(); c != '\'' && c != '"' {
			return nil, errLiteral
		}
		key, err := l.quoted()
		if err != nil || l.peek() != ':' {
			return nil, errLiteral
		}
		l.s = l.s[1:]
		if out[key], err = l.value(); err != nil {
			return nil, err
		}
		if l.peek() == ',' {
			l.s = l.s[1:]
		} else if l.peek() != '}' {
			return nil, errLiteral
		}
	}
	l.s = l.s[1:]
	return out, nil
}

func (l *literal) word() (any, error) {
	end := strings.IndexAny(l.s, " \t\r\n,)]}:")
	if end < 0 {
		end = len(l.s)
	}
	word := l.s[:end]
	l.s = l.s[end:]
	switch word {
	case "True", "False":
		return word == "True", nil
	case "None":
		return nil, nil
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(word, "L"), 10, 64) // Python 2 wrote 3L
	if err != nil {
		return nil, errLiteral
	}
	return n, nil
}
