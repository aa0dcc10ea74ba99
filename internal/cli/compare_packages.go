package cli

import (
	"slices"

	"github.com/petri-dev/petri/api"
)

// mostPackages bounds the packages shown where not all are asked for.
const mostPackages = 20

// printPackageDifferences shows packages that differ, in the order that the server gives: those that a
// run loaded first, and of these a language's own before the system's. R's own parts go with R.
func (a *app) printPackageDifferences(changes []api.PackageChange, v comparisonView) {
	s, rows := a.style(a.stdout), [][]string{}
	shown := changes
	if !v.all {
		shown = telling(changes)
	}
	for _, c := range shown {
		word := c.Change
		if c.Direction != "" {
			word = c.Direction
		}
		used := ""
		if c.Loaded {
			used = s.bold("loaded")
		}
		rows = append(rows, []string{s.change(word), c.Ecosystem, oneLine(c.Name), short(c.A), short(c.B), used})
	}
	a.table([]string{"CHANGE", "ECOSYSTEM", "PACKAGE", "A", "B", ""}, rows)
	a.hidden(len(shown), len(changes))
}

// telling are the packages that say most: those that were loaded, or some, where it is not known
// which those are.
func telling(changes []api.PackageChange) []api.PackageChange {
	base := slices.IndexFunc(changes, func(c api.PackageChange) bool { return c.Ecosystem == "r" && c.Name == "base" })
	list := slices.DeleteFunc(slices.Clone(changes), func(c api.PackageChange) bool {
		return base >= 0 && c.Ecosystem == "r" && c.Name != "base" && c.A == changes[base].A && c.B == changes[base].B
	})
	loaded := slices.IndexFunc(list, func(c api.PackageChange) bool { return !c.Loaded })
	if loaded < 0 {
		loaded = len(list)
	}
	if loaded == 0 {
		return list[:min(len(list), mostPackages/2)]
	}
	return list[:min(loaded, mostPackages)]
}
