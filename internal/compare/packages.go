package compare

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/versions"
)

// runPackages compares what was installed when the runs began; what either run loaded comes
// first, and a language's own packages before the system's, which often are the same once more.
func runPackages(ctx context.Context, a, b petri.Run, open Open) ([]petri.PackageChange, error) {
	if a.PackagesBefore == b.PackagesBefore {
		return []petri.PackageChange{}, nil
	}
	listA, err := packages(ctx, open, a.PackagesBefore)
	if err != nil {
		return nil, err
	}
	listB, err := packages(ctx, open, b.PackagesBefore)
	if err != nil {
		return nil, err
	}
	changes := written(petri.DiffPackages(listA, listB))
	loaded := map[string]bool{}
	for _, digest := range []petri.Digest{a.Loaded, b.Loaded} {
		list, err := packages(ctx, open, digest)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			loaded[loadedKey(p.Ecosystem, p.Name)] = true
		}
	}
	for i := range changes {
		changes[i].Loaded = loaded[loadedKey(changes[i].Ecosystem, changes[i].Name)]
	}
	direct(changes)
	slices.SortStableFunc(changes, func(x, y petri.PackageChange) int {
		return cmp.Or(
			first(x.Loaded, y.Loaded), first(!petri.OfSystem(x.Ecosystem), !petri.OfSystem(y.Ecosystem)),
			cmp.Compare(x.Ecosystem, y.Ecosystem), cmp.Compare(x.Name, y.Name),
		)
	})
	return changes, nil
}

// first orders what holds before what does not.
func first(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}

func loadedKey(ecosystem, name string) string {
	return ecosystem + "\t" + petri.NormalName(ecosystem, name)
}

// written joins a package that was removed with one that was added where both are the same,
// written otherwise: Pillow and pillow.
func written(changes []petri.PackageChange) []petri.PackageChange {
	gone := map[string]int{}
	for i, c := range changes {
		if c.Change == removed {
			gone[loadedKey(c.Ecosystem, c.Name)] = i
		}
	}
	drop := map[int]bool{}
	for i := range changes {
		c := &changes[i]
		was, found := gone[loadedKey(c.Ecosystem, c.Name)]
		if c.Change != "added" || !found || drop[was] {
			continue
		}
		c.A, c.Change, drop[was] = changes[was].A, "changed", true
		drop[i] = c.A == c.B
	}
	kept := changes[:0]
	for i, c := range changes {
		if !drop[i] {
			kept = append(kept, c)
		}
	}
	return kept
}

// direct tells upgrades from downgrades, where one version became another.
func direct(changes []petri.PackageChange) {
	for i, c := range changes {
		if c.Change != "changed" || strings.Contains(c.A, ", ") || strings.Contains(c.B, ", ") {
			continue
		}
		switch order, known := versions.Compare(c.Ecosystem, c.A, c.B); {
		case known && order < 0:
			changes[i].Direction = "upgrade"
		case known && order > 0:
			changes[i].Direction = "downgrade"
		}
	}
}
