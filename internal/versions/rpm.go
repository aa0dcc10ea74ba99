package versions

import (
	"cmp"
	"strings"
)

// rpmVersion is [epoch:]version[-release].
type rpmVersion struct{ epoch, version, release string }

func parseRPM(s string) (v rpmVersion, ok bool) {
	if v.epoch, s, ok = cutEpoch(s); !ok {
		return v, false
	}
	v.version, v.release, _ = strings.Cut(s, "-")
	return v, v.version != "" && only(v.version, "._+~^") && only(v.release, "._+~^")
}

func (v rpmVersion) compare(w rpmVersion) int {
	return cmp.Or(digits(v.epoch, w.epoch), compareRPM(v.version, w.version), compareRPM(v.release, w.release))
}

// compareRPM goes as rpm's rpmvercmp: from part to part, whatever separates them.
func compareRPM(a, b string) int {
	for {
		partA, restA, kindA := rpmPart(a)
		partB, restB, kindB := rpmPart(b)
		if c := cmp.Compare(kindA, kindB); c != 0 {
			return c
		}
		switch kindA {
		case rpmEnd:
			return 0
		case rpmNumber:
			if c := digits(partA, partB); c != 0 {
				return c
			}
		case rpmWord:
			if c := cmp.Compare(partA, partB); c != 0 {
				return c
			}
		}
		a, b = restA, restB
	}
}

// The kinds of a part, in their order: a tilde comes before the end, a caret after it.
const (
	rpmTilde = iota
	rpmEnd
	rpmCaret
	rpmWord
	rpmNumber
)

func rpmPart(s string) (part, rest string, kind int) {
	_, s = run(s, func(c byte) bool { return !isDigit(c) && !isLetter(c) && c != '~' && c != '^' })
	switch {
	case s == "":
		return "", "", rpmEnd
	case s[0] == '~':
		return s[:1], s[1:], rpmTilde
	case s[0] == '^':
		return s[:1], s[1:], rpmCaret
	case isDigit(s[0]):
		part, rest = run(s, isDigit)
		return part, rest, rpmNumber
	}
	part, rest = run(s, isLetter)
	return part, rest, rpmWord
}
