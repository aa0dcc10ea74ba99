package text

import (
	"slices"
	"strings"
)

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

// Natures tells of what nature the differences between two texts are, where all of them vary by
// nature; none where they differ otherwise, or not at all.
func Natures(a, b string) []Nature {
	if a == b || len(a)+len(b) > maxAsked {
		return nil
	}
	rules := append(timeRules(), otherRules()...)
	if m := onlyOf(rules); m.all(a) != m.all(b) {
		return nil
	}
	var needed []Nature
	for _, n := range []Nature{Time, Duration, Address, Temporary, Process, Identifier, Host, Progress} {
		others := slices.DeleteFunc(slices.Clone(rules), func(r rule) bool { return r.nature == n })
		if m := onlyOf(others); m.all(a) != m.all(b) {
			needed = append(needed, n)
		}
	}
	return needed
}

// OnlyOrder tells whether two texts differ, and only in the order of their lines.
func OnlyOrder(a, b string) bool {
	if a == b || len(a) != len(b) {
		return false
	}
	return slices.Equal(slices.Sorted(strings.Lines(ended(a))), slices.Sorted(strings.Lines(ended(b))))
}

func ended(text string) string { return strings.TrimSuffix(text, "\n") + "\n" }

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
