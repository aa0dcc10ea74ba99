package text

import "strings"

// maxAsked bounds the texts that are asked about; of longer ones nothing is said.
const maxAsked = 1 << 20

// OnlyTimes tells whether two texts differ, and in nothing but moments and durations.
func OnlyTimes(a, b string) bool {
	if a == b || len(a)+len(b) > maxAsked {
		return false
	}
	times := onlyOf(timeRules())
	return times.all(a) == times.all(b)
}

// Sides are the lines that hunks remove and those that they add, each a text of its own.
func Sides(hunks string) (removed, added string) {
	var a, b strings.Builder
	inside := false
	for l := range strings.Lines(hunks) {
		switch {
		case strings.HasPrefix(l, "@@"):
			inside = true
		case inside && l[0] == '-':
			a.WriteString(l[1:])
		case inside && l[0] == '+':
			b.WriteString(l[1:])
		}
	}
	return a.String(), b.String()
}
