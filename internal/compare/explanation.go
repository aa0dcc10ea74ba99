package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// explanation says what else differs, which may be why the results do.
func explanation(c petri.Comparison) string {
	var parts []string
	if len(c.Packages) > 0 {
		parts = append(parts, "packages differ: "+ofPackages(c.Packages))
	}
	if n := len(c.Code); n > 0 {
		parts = append(parts, "code differs: "+clip(c.Code[0].Path)+more(n-1, "file"))
	}
	if asked := slices.DeleteFunc(slices.Clone(c.Settings), func(f petri.FieldChange) bool { return !f.Explains() }); len(asked) > 0 {
		parts = append(parts, "settings differ: "+asked[0].Field+" "+change(clip(asked[0].A), clip(asked[0].B))+more(len(asked)-1, ""))
	}
	if n := len(c.Facts); n > 0 {
		parts = append(parts, "machine or system differs: "+fact(c.Facts[0])+more(n-1, ""))
	}
	if len(parts) == 0 {
		return "Code, packages and settings are the same"
	}
	text := strings.Join(parts, "; ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// fact is one fact that differs; long ones are only named.
func fact(f petri.FieldChange) string {
	if len(f.A)+len(f.B) > 80 {
		return f.Field
	}
	return f.Field + " " + change(f.A, f.B)
}

func change(a, b string) string {
	switch {
	case a == "":
		return clip(b) + " is new"
	case b == "":
		return clip(a) + " is gone"
	}
	return clip(a) + " → " + clip(b)
}

func more(n int, what string) string {
	switch {
	case n <= 0:
		return ""
	case what == "":
		return fmt.Sprintf(" and %s more", kind.Grouped(int64(n)))
	case n == 1:
		return " and 1 more " + what
	}
	return fmt.Sprintf(" and %s more %ss", kind.Grouped(int64(n)), what)
}

// clip makes text fit into a sentence.
func clip(text string) string {
	const most = 60
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most/2]) + "…" + string(runes[len(runes)-most/2:])
	}
	return text
}

// maxPackages bounds the packages that a summary names.
const maxPackages = 3

// ofPackages names the packages that may explain most: those that a run loaded, of a language
// rather than of the system, whose version changed most.
func ofPackages(changes []petri.PackageChange) string {
	ranked := slices.Clone(changes)
	slices.SortStableFunc(ranked, func(x, y petri.PackageChange) int { return cmp.Compare(weight(x), weight(y)) })
	named := 1
	for named < min(len(ranked), maxPackages) && ranked[named].Loaded {
		named++
	}
	words := make([]string, named)
	for i, p := range ranked[:named] {
		words[i] = clip(p.Name) + " " + change(p.A, p.B)
		if p.Loaded {
			words[i] += " (loaded)"
		}
	}
	return strings.Join(words, ", ") + more(len(ranked)-named, "")
}

// weight orders packages by how much they may explain, the most first.
func weight(p petri.PackageChange) int {
	w := place(p.A, p.B)
	if p.Change != "changed" {
		w = 8
	}
	switch {
	case petri.OfSystem(p.Ecosystem):
		w += 20
	case p.Ecosystem == "r" && slices.Contains(withR, p.Name):
		w += 10
	}
	if !p.Loaded {
		w += 100
	}
	return w
}

// withR are packages that come with R, have its version, and so say nothing besides it.
var withR = []string{"compiler", "datasets", "graphics", "grDevices", "grid", "methods", "parallel", "splines", "stats", "stats4", "tcltk", "tools", "translations", "utils"}

// place is which number of two versions is the first to differ: 0 for the major one.
func place(a, b string) int {
	number := func(r rune) bool { return r < '0' || r > '9' }
	x, y := strings.FieldsFunc(a, number), strings.FieldsFunc(b, number)
	for i := range min(len(x), len(y), 6) {
		if x[i] != y[i] {
			return i
		}
	}
	return 6
}
