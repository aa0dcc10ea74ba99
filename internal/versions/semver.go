package versions

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

var (
	npmPattern = regexp.MustCompile(`^[v=\s]*([0-9]+)\.([0-9]+)\.([0-9]+)(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\s*$`)
	// Julia's may be short, and may have an empty pre-release or build.
	juliaPattern = regexp.MustCompile(`^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(-|-?[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(\+|\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$`)
)

// semver is a semantic version. pre and build are nil where there is none.
type semver struct {
	core       [3]string
	pre, build []string
}

func parseNPM(s string) (semver, bool) { return parseSemver(npmPattern, s) }

func parseJulia(s string) (semver, bool) { return parseSemver(juliaPattern, s) }

func parseSemver(pattern *regexp.Regexp, s string) (v semver, ok bool) {
	m := pattern.FindStringSubmatch(s)
	if m == nil {
		return v, false
	}
	v.core = [3]string(m[1:4])
	if m[4] != "" {
		v.pre = strings.Split(strings.TrimPrefix(m[4], "-"), ".")
	}
	if m[5] != "" {
		v.build = strings.Split(m[5][1:], ".")
	}
	return v, true
}

func (v semver) compare(w semver) int {
	return cmp.Or(
		slices.CompareFunc(v.core[:], w.core[:], digits),
		is(v.pre == nil, w.pre == nil),
		slices.CompareFunc(v.pre, w.pre, compareIdentifier),
	)
}

// compareJulia counts the build too, as Julia does: those of its binary packages differ in nothing
// else.
func (v semver) compareJulia(w semver) int {
	return cmp.Or(v.compare(w), slices.CompareFunc(v.build, w.build, compareIdentifier))
}

// compareIdentifier orders numbers before words. An empty one, which only Julia has, comes
// first.
func compareIdentifier(a, b string) int {
	numberA, numberB := allDigits(a), allDigits(b)
	switch {
	case numberA && numberB:
		return digits(a, b)
	case a == "" || b == "":
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Or(is(numberB, numberA), cmp.Compare(a, b))
}
