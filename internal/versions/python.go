package versions

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// pythonPattern is PEP 440's own, with its names.
var pythonPattern = regexp.MustCompile(`^v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)` +
	`(?:[-_.]?(?P<pre>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?P<pre_n>[0-9]+)?)?` +
	`(?P<post>-(?P<post_n1>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_n2>[0-9]+)?)?` +
	`(?P<dev>[-_.]?dev[-_.]?(?P<dev_n>[0-9]+)?)?` +
	`(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`)

// pythonVersion is a version as PEP 440 has it. phase orders what stands between the
// release and the rest: a bare .dev, a, b, rc, nothing.
type pythonVersion struct {
	epoch   string
	release []string
	phase   int
	pre     string
	isPost  bool
	post    string
	isDev   bool
	dev     string
	local   []string
}

// The phases of a release, in their order.
const (
	phaseDev = iota
	phaseAlpha
	phaseBeta
	phaseCandidate
	phaseFinal
)

func parsePython(s string) (v pythonVersion, ok bool) {
	m := pythonPattern.FindStringSubmatch(strings.ToLower(strings.TrimSpace(s)))
	if m == nil {
		return v, false
	}
	group := func(name string) string { return m[pythonPattern.SubexpIndex(name)] }
	v.epoch, v.pre, v.dev = group("epoch"), group("pre_n"), group("dev_n")
	v.isPost, v.post, v.isDev = group("post") != "", group("post_n1")+group("post_n2"), group("dev") != ""
	v.release = strings.Split(group("release"), ".")
	for len(v.release) > 1 && trimZeros(v.release[len(v.release)-1]) == "" {
		v.release = v.release[:len(v.release)-1]
	}
	switch group("pre") {
	case "":
		v.phase = phaseFinal
		if v.isDev && !v.isPost {
			v.phase = phaseDev
		}
	case "a", "alpha":
		v.phase = phaseAlpha
	case "b", "beta":
		v.phase = phaseBeta
	default:
		v.phase = phaseCandidate
	}
	if local := group("local"); local != "" {
		v.local = strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '-' || r == '_' })
	}
	return v, true
}

func (v pythonVersion) compare(w pythonVersion) int {
	return cmp.Or(
		digits(v.epoch, w.epoch),
		slices.CompareFunc(v.release, w.release, digits),
		cmp.Compare(v.phase, w.phase),
		digits(v.pre, w.pre),
		is(v.isPost, w.isPost), digits(v.post, w.post),
		is(w.isDev, v.isDev), digits(v.dev, w.dev),
		slices.CompareFunc(v.local, w.local, comparePythonLocal),
	)
}

// is orders no before yes.
func is(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// comparePythonLocal orders words before numbers.
func comparePythonLocal(a, b string) int {
	numberA, numberB := allDigits(a), allDigits(b)
	if numberA && numberB {
		return digits(a, b)
	}
	return cmp.Or(is(numberA, numberB), cmp.Compare(a, b))
}
