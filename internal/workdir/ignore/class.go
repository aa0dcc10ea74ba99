package ignore

import "strings"

// class tells whether char is in the bracket expression that begins at pattern[p], and where
// that ends (at its closing bracket); -1 for one that is malformed.
func class(pattern string, p int, char byte) (end int, in bool) {
	p++
	negated := at(pattern, p) == '!' || at(pattern, p) == '^'
	if negated {
		p++
	}
	var previous byte // a range may begin with it; 0 for none
	for first := true; first || at(pattern, p) != ']'; first = false {
		c := at(pattern, p)
		switch {
		case c == 0:
			return -1, false
		case c == '\\':
			p++
			if c = at(pattern, p); c == 0 {
				return -1, false
			}
			in = in || char == c
			previous = c
		case c == '-' && previous != 0 && at(pattern, p+1) != 0 && at(pattern, p+1) != ']':
			p++
			if c = at(pattern, p); c == '\\' {
				p++
				if c = at(pattern, p); c == 0 {
					return -1, false
				}
			}
			in = in || previous <= char && char <= c
			previous = 0
		case c == '[' && at(pattern, p+1) == ':':
			close := strings.IndexByte(pattern[p+2:], ']')
			if close < 0 {
				return -1, false
			}
			name := pattern[p+2 : p+2+close]
			if !strings.HasSuffix(name, ":") { // not [:name:] after all: a bracket like any character
				in = in || char == '['
				previous = '['
				break
			}
			is, known := classes(strings.TrimSuffix(name, ":"), char)
			if !known {
				return -1, false
			}
			in = in || is
			previous = 0
			p += 2 + close
		default:
			in = in || char == c
			previous = c
		}
		p++
	}
	return p, in != negated
}

// classes tells whether c is in the named class of ASCII characters.
func classes(name string, c byte) (is, known bool) {
	lower, upper, digit := 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9'
	graph := c > ' ' && c < 0x7f
	switch name {
	case "alnum":
		return lower || upper || digit, true
	case "alpha":
		return lower || upper, true
	case "blank":
		return c == ' ' || c == '\t', true
	case "cntrl":
		return c < ' ' || c == 0x7f, true
	case "digit":
		return digit, true
	case "graph":
		return graph, true
	case "lower":
		return lower, true
	case "print":
		return graph || c == ' ', true
	case "punct":
		return graph && !lower && !upper && !digit, true
	case "space":
		return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f', true
	case "upper":
		return upper, true
	case "xdigit":
		return digit || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F', true
	default:
		return false, false
	}
}
