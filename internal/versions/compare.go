package versions

import (
	"cmp"
	"slices"

	"github.com/petri-dev/petri"
)

// Ecosystems are those whose versions have an order here, sorted.
func Ecosystems() []string {
	return []string{"apk", "conda", "deb", "julia", "npm", "python", "r", "rpm"}
}

func known(ecosystem string) bool { return slices.Contains(Ecosystems(), ecosystem) }

// Compare is -1, 0 or 1 where a is older than, as new as or newer than b in that ecosystem. It is not
// ok where the ecosystem is not known here or a or b is no version in it; order is then 0. Of one
// ecosystem's versions it is a total order, in which different texts may be equal.
func Compare(ecosystem, a, b string) (order int, ok bool) {
	switch ecosystem {
	case "deb":
		return ordered(parseDeb, debVersion.compare, a, b)
	case "rpm":
		return ordered(parseRPM, rpmVersion.compare, a, b)
	case "apk":
		return ordered(parseAPK, compareAPK, a, b)
	case "python":
		return ordered(parsePython, pythonVersion.compare, a, b)
	case "conda":
		return ordered(parseConda, condaVersion.compare, a, b)
	case "r":
		return ordered(parseR, compareR, a, b)
	case "npm":
		return ordered(parseNPM, semver.compare, a, b)
	case "julia":
		return ordered(parseJulia, semver.compareJulia, a, b)
	}
	return 0, false
}

// Valid tells whether text is a version in that ecosystem.
func Valid(ecosystem, text string) bool {
	_, ok := Compare(ecosystem, text, text)
	return ok
}

// Direction is upgrade or downgrade, from a to b, and "" where the ecosystem does not say or takes
// both for the same.
func Direction(ecosystem, a, b string) string {
	switch order, _ := Compare(ecosystem, a, b); order {
	case -1:
		return "upgrade"
	case 1:
		return "downgrade"
	}
	return ""
}

// NormalName is petri.NormalName.
func NormalName(ecosystem, name string) string { return petri.NormalName(ecosystem, name) }

// maxVersion bounds the versions that are looked at; nobody's is nearly that long.
const maxVersion = 1000

func ordered[V any](parse func(string) (V, bool), compare func(V, V) int, a, b string) (int, bool) {
	if len(a) > maxVersion || len(b) > maxVersion {
		return 0, false
	}
	va, okA := parse(a)
	vb, okB := parse(b)
	if !okA || !okB {
		return 0, false
	}
	return compare(va, vb), true
}

// digits compares two rows of digits as numbers, however long.
func digits(a, b string) int {
	a, b = trimZeros(a), trimZeros(b)
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func trimZeros(s string) string {
	for len(s) > 0 && s[0] == '0' {
		s = s[1:]
	}
	return s
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// only tells whether s has no other bytes than these classes and those of more.
func only(s, more string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && !isLetter(s[i]) && !slices.Contains([]byte(more), s[i]) {
			return false
		}
	}
	return true
}

// run cuts the bytes from the front that are of a class.
func run(s string, class func(byte) bool) (head, rest string) {
	n := 0
	for n < len(s) && class(s[n]) {
		n++
	}
	return s[:n], s[n:]
}

func allDigits(s string) bool {
	_, rest := run(s, isDigit)
	return s != "" && rest == ""
}
