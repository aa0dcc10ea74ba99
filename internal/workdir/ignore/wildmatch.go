package ignore

import "strings"

// wildmatch is git's pattern language (its wildmatch.c, which came from rsync). With paths
// set, ?, * and classes do not match a slash, and ** between slashes matches any number of
// folders.
func wildmatch(pattern, text string, paths bool) bool {
	m := matcher{paths: paths}
	return m.match(pattern, text) == matched
}

type outcome int

const (
	matched outcome = iota
	unmatched
	// abortAll: nor would any shorter rest of the text match.
	abortAll
	// abortStar: only a ** further out may try on.
	abortStar
)

type matcher struct{ paths bool }

// at is s[i], and 0, which no pattern or path holds, beyond its end.
func at(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

func (m matcher) match(pattern, text string) outcome {
	t := 0
	for p := 0; p < len(pattern); p, t = p+1, t+1 {
		c, char := pattern[p], at(text, t)
		if char == 0 && c != '*' {
			return abortAll
		}
		switch c {
		case '?':
			if m.paths && char == '/' {
				return unmatched
			}
		case '*':
			next, slash, result := m.star(pattern, text, p, t)
			if !slash {
				return result
			}
			p, t = next.p, next.t // both at a slash, which the loop steps over
		case '[':
			end, in := class(pattern, p, char)
			if end < 0 {
				return abortAll
			}
			if !in || m.paths && char == '/' {
				return unmatched
			}
			p = end
		case '\\':
			p++
			if at(pattern, p) != char {
				return unmatched
			}
		default:
			if c != char {
				return unmatched
			}
		}
	}
	if t < len(text) {
		return unmatched
	}
	return matched
}

type position struct{ p, t int }

// star matches from the star at pattern[p] on. Either it has the outcome of the whole rest,
// or, for a single star before a slash, it says where to go on.
func (m matcher) star(pattern, text string, p, t int) (next position, slash bool, result outcome) {
	before := p - 1
	double := at(pattern, p+1) == '*'
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	rest := pattern[p:]
	across := !m.paths
	if double && m.paths && (before < 0 || pattern[before] == '/') &&
		(rest == "" || rest[0] == '/' || strings.HasPrefix(rest, `\/`)) {
		if at(rest, 0) == '/' && m.match(rest[1:], text[t:]) == matched {
			return position{}, false, matched // ** stands for no folder at all
		}
		across = true
	}
	switch {
	case rest == "":
		if !across && strings.Contains(text[t:], "/") {
			return position{}, false, unmatched
		}
		return position{}, false, matched
	case !across && rest[0] == '/':
		i := strings.IndexByte(text[t:], '/')
		if i < 0 {
			return position{}, false, unmatched
		}
		return position{p, t + i}, true, matched
	default:
		return position{}, false, m.rest(rest, text[t:], across)
	}
}

// rest tries rest at every place of text that a star may reach.
func (m matcher) rest(rest, text string, across bool) outcome {
	literal := !strings.ContainsRune(`*?[\`, rune(rest[0]))
	for t := 0; t < len(text); t++ {
		if literal {
			for t < len(text) && text[t] != rest[0] && (across || text[t] != '/') {
				t++
			}
			if at(text, t) != rest[0] {
				return unmatched
			}
		}
		result := m.match(rest, text[t:])
		if result != unmatched {
			if !across || result != abortStar {
				return result
			}
		} else if !across && text[t] == '/' {
			return abortStar
		}
	}
	return abortAll
}
