package versions

import (
	"cmp"
	"strings"
)

// debVersion is a version of Debian's packages: [epoch:]upstream[-revision].
type debVersion struct{ epoch, upstream, revision string }

func parseDeb(s string) (v debVersion, ok bool) {
	if v.epoch, s, ok = cutEpoch(s); !ok {
		return v, false
	}
	v.upstream = s
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		v.upstream, v.revision = s[:i], s[i+1:]
		if v.revision == "" {
			return v, false
		}
	}
	return v, v.upstream != "" && isDigit(v.upstream[0]) && only(v.upstream, ".+-~:") && only(v.revision, ".+~")
}

// cutEpoch cuts "2:" from the front; "" where there is none.
func cutEpoch(s string) (epoch, rest string, ok bool) {
	epoch, rest, found := strings.Cut(s, ":")
	if !found {
		return "", s, true
	}
	return epoch, rest, allDigits(epoch)
}

func (v debVersion) compare(w debVersion) int {
	return cmp.Or(digits(v.epoch, w.epoch), compareDeb(v.upstream, w.upstream), compareDeb(v.revision, w.revision))
}

// compareDeb goes as dpkg's verrevcmp: parts that are no digits and parts that are take turns.
func compareDeb(a, b string) int {
	for a != "" || b != "" {
		var partA, partB string
		partA, a = run(a, notDigit)
		partB, b = run(b, notDigit)
		for i := range max(len(partA), len(partB)) {
			if c := cmp.Compare(debWeight(partA, i), debWeight(partB, i)); c != 0 {
				return c
			}
		}
		partA, a = run(a, isDigit)
		partB, b = run(b, isDigit)
		if c := digits(partA, partB); c != 0 {
			return c
		}
	}
	return 0
}

func notDigit(c byte) bool { return !isDigit(c) }

// debWeight orders a part's bytes: the tilde before its end, the end before letters, letters
// before all else.
func debWeight(part string, i int) int {
	switch {
	case i >= len(part):
		return 0
	case part[i] == '~':
		return -1
	case isLetter(part[i]):
		return int(part[i])
	}
	return int(part[i]) + 256
}
