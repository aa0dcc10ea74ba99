package trials

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/explain"
)

// packageWords says which packages changed between two runs: of those that a run loaded where any
// did, else of all, which are only counted where they are many; "" where none changed. Those that the
// code names come first.
func packageWords(changes []petri.PackageChange, imports explain.Imports) string {
	var loaded []petri.PackageChange
	for _, p := range changes {
		if p.Loaded {
			loaded = append(loaded, p)
		}
	}
	switch {
	case len(loaded) > 0:
		return "loaded packages that changed: " + grouped(loaded, imports)
	case len(changes) == 0:
		return ""
	case len(changes) <= namedPackages:
		return "packages that changed, none known to be loaded: " + grouped(changes, imports)
	}
	return fmt.Sprintf("%d packages changed, none of them known to be loaded", len(changes))
}

// rank says how likely a package is to matter, the likeliest first.
type rank int

const (
	rankNamed    rank = iota // by the code that ran
	rankLanguage             // what those need
	rankParts                // of R itself
	rankSystem               // often the same once more
)

// group is packages of a rank that changed alike, as do the parts of R itself.
type group struct {
	rank     rank
	versions string
	names    []string
}

// grouped names packages with their versions, those that are likeliest to matter first.
func grouped(changes []petri.PackageChange, imports explain.Imports) string {
	var said []string
	named := 0
	for _, g := range groups(changes, imports) {
		if len(said) == namedPackages {
			break
		}
		said = append(said, g.String())
		named += len(g.names)
	}
	words := strings.Join(said, "; ")
	if more := len(changes) - named; more > 0 {
		words += fmt.Sprintf("; and %d more", more)
	}
	return words
}

// groups are packages by rank. R itself is among those that are named, however many come before it.
func groups(changes []petri.PackageChange, imports explain.Imports) []*group {
	var all []*group
	ofR := partsOfR(changes)
	index := map[string]*group{}
	for _, p := range changes {
		g := group{rank: rankLanguage, versions: versionWords(p)}
		switch {
		case petri.OfSystem(p.Ecosystem):
			g.rank = rankSystem
		case imports.Has(p.Ecosystem, p.Name):
			g.rank = rankNamed
		case p.Ecosystem == "r" && g.versions == ofR:
			g.rank = rankParts
		}
		key := fmt.Sprint(g.rank, p.Ecosystem, g.versions)
		if index[key] == nil {
			index[key] = &g
			all = append(all, &g)
		}
		index[key].names = append(index[key].names, p.Name)
	}
	slices.SortStableFunc(all, func(a, b *group) int { return cmp.Compare(a.rank, b.rank) })
	parts := slices.IndexFunc(all, func(g *group) bool { return g.rank == rankParts })
	if parts >= namedPackages {
		g := all[parts]
		all = slices.Insert(slices.Delete(all, parts, parts+1), namedPackages-1, g)
	}
	return all
}

// partsOfR are the versions of the packages that R consists of, which are R's own; "" where it is the same.
func partsOfR(changes []petri.PackageChange) string {
	for _, p := range changes {
		if p.Ecosystem == "r" && p.Name == "base" {
			return versionWords(p)
		}
	}
	return ""
}

// String names a few of many. Of R's parts it is stats that numbers come from.
func (g group) String() string {
	const most = 3
	names := strings.Join(g.names, ", ")
	switch n := len(g.names); {
	case n <= most:
	case g.rank == rankParts:
		names = fmt.Sprintf("stats, base and %d more parts of R", n-2)
	default:
		names = fmt.Sprintf("%s and %d more", strings.Join(g.names[:most], ", "), n-most)
	}
	return names + " " + g.versions
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
