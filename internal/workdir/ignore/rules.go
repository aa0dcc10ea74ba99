package ignore

import (
	"strings"
)

// Rules are the rules that hold in one folder: its own file's and, behind them, those of the
// folders above. The nil Rules ignore nothing. Rules never change and may be shared between
// goroutines.
type Rules struct {
	above *Rules
	base  string // the folder's path, "" for the root; patterns are relative to it
	rules []rule // in the order of the file
}

type rule struct {
	pattern string
	// literal is the length of the part before the first special character.
	literal  int
	negative bool
	folder   bool // matches folders only
	anywhere bool // has no slash: matches the last name of a path at any depth
	suffix   bool // a star and then only literal text
}

// Parse gives the rules that hold in the folder base ("" for the root, else a path such as
// "a/b") whose ignore file has this text; above are those of the folder that holds it.
func Parse(above *Rules, base string, text []byte) *Rules {
	r := &Rules{above: above, base: base}
	s := strings.TrimPrefix(string(text), "\xef\xbb\xbf")
	for line := range strings.SplitSeq(s, "\n") {
		if parsed, ok := parseLine(line); ok {
			r.rules = append(r.rules, parsed)
		}
	}
	if len(r.rules) == 0 {
		return above
	}
	return r
}

// Ignored tells whether path, relative to the root, is left out by the rules of the folder
// that holds it. It does not look at whether a folder above is ignored: a walk never enters
// such a folder.
func (r *Rules) Ignored(path string, folder bool) bool {
	for ; r != nil; r = r.above {
		for i := len(r.rules) - 1; i >= 0; i-- {
			if r.rules[i].matches(r.base, path, folder) {
				return !r.rules[i].negative
			}
		}
	}
	return false
}

func parseLine(line string) (rule, bool) {
	if line == "" || line[0] == '#' {
		return rule{}, false
	}
	line = strings.TrimSuffix(line, "\r")
	if nul := strings.IndexByte(line, 0); nul >= 0 {
		line = line[:nul] // git reads lines as C strings
	}
	line = trimSpaces(line)
	if line == "" {
		return rule{}, false
	}
	r := rule{}
	if line[0] == '!' {
		r.negative, line = true, line[1:]
	}
	whole := line
	if strings.HasSuffix(line, "/") {
		r.folder, line = true, line[:len(line)-1]
	}
	r.pattern = line
	r.anywhere = !strings.Contains(line, "/")
	r.literal = min(literalLength(whole), len(line))
	r.suffix = strings.HasPrefix(whole, "*") && literalLength(whole[1:]) == len(whole)-1
	return r, true
}

// trimSpaces drops trailing spaces that no backslash protects.
func trimSpaces(line string) string {
	first := -1
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			if first < 0 {
				first = i
			}
			continue
		case '\\':
			i++
			if i == len(line) {
				return line
			}
		}
		first = -1
	}
	if first >= 0 {
		return line[:first]
	}
	return line
}

func literalLength(s string) int {
	if i := strings.IndexAny(s, `*?[\`); i >= 0 {
		return i
	}
	return len(s)
}

func (r *rule) matches(base, path string, folder bool) bool {
	if r.folder && !folder {
		return false
	}
	if r.anywhere {
		return r.matchesName(path[strings.LastIndexByte(path, '/')+1:])
	}
	if base != "" {
		rest, ok := strings.CutPrefix(path, base)
		if !ok || len(rest) < 2 || rest[0] != '/' {
			return false
		}
		path = rest[1:]
	}
	return r.matchesPath(path)
}

func (r *rule) matchesName(name string) bool {
	switch {
	case r.literal == len(r.pattern):
		return r.pattern == name
	case r.suffix:
		return strings.HasSuffix(name, r.pattern[1:])
	default:
		return wildmatch(r.pattern, name, false)
	}
}

// matchesPath compares the literal beginning first, as git does; that this makes a ** right
// behind it count as if it began the pattern is git's behaviour too.
func (r *rule) matchesPath(path string) bool {
	pattern, literal := r.pattern, r.literal
	if strings.HasPrefix(pattern, "/") {
		pattern, literal = pattern[1:], literal-1
	}
	if literal > 0 {
		if literal > len(path) || pattern[:literal] != path[:literal] {
			return false
		}
		pattern, path = pattern[literal:], path[literal:]
		if pattern == "" && path == "" {
			return true
		}
	}
	return wildmatch(pattern, path, true)
}
