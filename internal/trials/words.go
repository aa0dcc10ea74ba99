package trials

import (
	"fmt"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// How much of a comparison a check's summary names; the rest stands in the comparison.
const (
	namedFiles    = 2
	namedPackages = 4
	longestPart   = 160
)

// changedWords says what differs in the results of two runs: "out/ks.csv: 1 of 4 cells differs …".
func changedWords(c petri.Comparison) string {
	var parts []string
	files := 0
	for _, f := range c.Results {
		if f.Verdict != petri.Different {
			continue
		}
		if files++; files <= namedFiles {
			parts = append(parts, f.Path+": "+clipped(fileWords(f)))
		}
	}
	if files > namedFiles {
		parts = append(parts, fmt.Sprintf("%d more files", files-namedFiles))
	}
	metrics := 0
	for _, m := range c.Metrics {
		if m.Verdict != petri.Different {
			continue
		}
		if metrics++; metrics <= namedFiles {
			parts = append(parts, "metric "+m.Name+" "+arrow(kind.Shorter(clipped(m.A), clipped(m.B))))
		}
	}
	if metrics > namedFiles {
		parts = append(parts, fmt.Sprintf("%d more metrics", metrics-namedFiles))
	}
	if c.Stdout.Verdict == petri.Different {
		parts = append(parts, fmt.Sprintf("its output: %d lines added, %d removed", c.Stdout.Added, c.Stdout.Removed))
	}
	if len(parts) == 0 {
		return c.Summary
	}
	return strings.Join(parts, ", ")
}

func fileWords(f petri.FileComparison) string {
	switch {
	case f.Summary != "":
		return f.Summary
	case len(f.Cells) > 0:
		return f.Cells[0].Where + " " + arrow(kind.Shorter(f.Cells[0].A, f.Cells[0].B))
	}
	return "it differs"
}

// packageWords says which packages changed between two runs: of those that a run loaded where any
// did, else of all, which are only counted where they are many; "" where none changed.
func packageWords(changes []petri.PackageChange) string {
	var loaded []petri.PackageChange
	for _, p := range changes {
		if p.Loaded {
			loaded = append(loaded, p)
		}
	}
	switch {
	case len(loaded) > 0:
		return "loaded packages that changed: " + grouped(loaded)
	case len(changes) == 0:
		return ""
	case len(changes) <= namedPackages:
		return "packages that changed, none known to be loaded: " + grouped(changes)
	case len(changes) >= keepList:
		return "hundreds of packages changed, none of them known to be loaded"
	}
	return fmt.Sprintf("%d packages changed, none of them known to be loaded", len(changes))
}

// grouped names packages with their versions, those that changed alike together, as do the parts of
// R itself. What comes from a language's own packages stands before what the system installs,
// which often is the same once more.
func grouped(changes []petri.PackageChange) string {
	type group struct {
		system   bool
		versions string
		names    []string
	}
	var groups []*group
	index := map[string]*group{}
	for _, p := range changes {
		key := p.Ecosystem + " " + versionWords(p)
		g := index[key]
		if g == nil {
			g = &group{system: petri.OfSystem(p.Ecosystem), versions: versionWords(p)}
			index[key], groups = g, append(groups, g)
		}
		g.names = append(g.names, p.Name)
	}
	slices.SortStableFunc(groups, func(a, b *group) int {
		if a.system != b.system {
			return map[bool]int{false: -1, true: 1}[a.system]
		}
		return 0
	})
	var said []string
	named := 0
	for _, g := range groups {
		if len(said) == namedPackages {
			break
		}
		said = append(said, strings.Join(g.names, ", ")+" "+g.versions)
		named += len(g.names)
	}
	words := strings.Join(said, "; ")
	if more := len(changes) - named; more > 0 {
		words += fmt.Sprintf("; and %d more", more)
	}
	return words
}

func versionWords(p petri.PackageChange) string {
	switch {
	case p.A == "":
		return p.B + " (added)"
	case p.B == "":
		return p.A + " (removed)"
	}
	return arrow(p.A, p.B)
}

func arrow(a, b string) string {
	if a == "" {
		a = "nothing"
	}
	if b == "" {
		b = "nothing"
	}
	return a + " → " + b
}

func clipped(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > longestPart {
		return string(runes[:longestPart-1]) + "…"
	}
	return s
}

// sentences joins those that say something.
func sentences(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, strings.TrimRight(p, ".;"))
		}
	}
	return strings.Join(said, "; ")
}
