package opaque

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// maxNamed bounds the members that a summary names.
const maxNamed = 3

// members is how two archives differ, by their members' names.
type members struct {
	all                   int64
	onlyA, onlyB, changed []string
}

// tell is the comparison of two archives of which volatile names what else differs.
func (m members) tell(volatile string) petri.FileComparison {
	f := petri.FileComparison{Kind: kindArchive, Verdict: petri.Different}
	var parts []string
	if n := len(m.changed); n > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s (%s)", kind.Grouped(int64(n)), kind.Count(m.all, "member"), named(m.changed)))
	}
	if n := len(m.onlyA); n > 0 {
		parts = append(parts, fmt.Sprintf("%s only in A (%s)", kind.Grouped(int64(n)), named(m.onlyA)))
	}
	if n := len(m.onlyB); n > 0 {
		parts = append(parts, fmt.Sprintf("%s only in B (%s)", kind.Grouped(int64(n)), named(m.onlyB)))
	}
	if len(parts) == 0 {
		f.Verdict, f.Volatile = petri.Same, true
		f.Summary = fmt.Sprintf("the content of all %s is the same; only %s", kind.Count(m.all, "member"), volatile)
		if m.all == 1 {
			f.Summary = "the content of its one member is the same; only " + volatile
		}
		return f
	}
	f.Summary = strings.Join(parts, ", ")
	if len(m.changed) > 0 {
		f.Summary += " differ"
		if len(m.changed) == 1 && len(parts) == 1 {
			f.Summary += "s"
		}
	}
	return f
}

func named(names []string) string {
	shown := make([]string, 0, maxNamed)
	for _, name := range names[:min(len(names), maxNamed)] {
		shown = append(shown, shortName(name))
	}
	if more := len(names) - len(shown); more > 0 {
		return strings.Join(shown, ", ") + fmt.Sprintf(" and %s more", kind.Grouped(int64(more)))
	}
	return strings.Join(shown, ", ")
}

// shortName is a member's name fit for a sentence.
func shortName(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(name, "?"))
	if runes := []rune(name); len(runes) > 60 {
		return string(runes[:28]) + "…" + string(runes[len(runes)-28:])
	}
	return name
}
