package trials

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/explain"
	"github.com/petri-dev/petri/internal/store"
)

// explainCheck is the summary of a difference that the candidate makes, for all that is known by
// then, and of the whole comparison.
func (s *Service) explainCheck(ctx context.Context, v petri.CheckVerdict, control, candidate petri.Run, c petri.Comparison) (string, error) {
	what := changedWords(c)
	switch v {
	case petri.CheckRegressed:
		complaint, err := s.lastComplaint(ctx, candidate)
		if err != nil {
			return "", err
		}
		if what = ending(candidate); complaint != "" {
			what += ": " + complaint
		}
	case petri.CheckFixed:
		what = words(v, control, candidate, c)
	}
	code, err := s.sources(ctx, candidate.ProjectID, candidate.Commit, candidate.Spec.Command)
	if err != nil {
		return "", fmt.Errorf("look into the code of %s: %w", candidate.Ref, err)
	}
	other, err := s.otherWords(ctx, control, candidate, c)
	return sentences(what, packageWords(c.Packages, explain.ImportsOf(code)), other), err
}

// otherWords says what else than packages differs between two runs, where no loaded package does.
func (s *Service) otherWords(ctx context.Context, control, candidate petri.Run, c petri.Comparison) (string, error) {
	if slices.ContainsFunc(c.Packages, func(p petri.PackageChange) bool { return p.Loaded }) {
		return "", nil
	}
	facts := factWords(c.Facts)
	if len(c.Packages) > 0 {
		return strings.Join(facts, ", "), nil
	}
	if control.PackagesBefore == "" || candidate.PackagesBefore == "" || control.RevisionID == candidate.RevisionID {
		return strings.Join(facts, ", "), nil // nothing is known of packages, or it is the very same revision
	}
	var a, b petri.Revision
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if a, err = tx.Revisions().ByID(control.RevisionID); err == nil {
			b, err = tx.Revisions().ByID(candidate.RevisionID)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("compare %s with %s: %w", candidate.Environment, control.Environment, err)
	}
	return noPackageWords(a, b, facts), nil
}

// noPackageWords says what differs between two revisions with the same packages.
func noPackageWords(a, b petri.Revision, facts []string) string {
	x, y := a.Definition, b.Definition
	var parts []string
	add := func(differs bool, part string) {
		if differs {
			parts = append(parts, part)
		}
	}
	add(x.Base.Digest != y.Base.Digest, "the base")
	add(x.Instructions != y.Instructions, "the instructions")
	add(!maps.Equal(x.Variables, y.Variables), "the variables")
	add(x.Files != y.Files, "the attached files")
	words := sentences("no package differs", strings.Join(facts, ", "))
	switch n := len(parts); {
	case n == 0 && a.Image.Digest == b.Image.Digest:
		return strings.Join(facts, ", ")
	case n == 0:
		words += "; the images do"
	case n == 1 && parts[0] == "the base":
		words += "; the base does"
	case n == 1:
		words += "; " + parts[0] + " do"
	default:
		words += "; " + strings.Join(parts[:n-1], ", ") + " and " + parts[n-1] + " do"
	}
	return fmt.Sprintf("%s: petri env diff %s %s", words, a.Ref, b.Ref)
}

// namedFacts are what a summary names of facts, the likeliest to matter first. Interpreters are
// packages as well, but for those that were installed by hand.
func namedFacts() []string {
	return []string{
		petri.FactBLAS, petri.FactLAPACK, petri.FactLocale, petri.FactTimeZone, petri.FactR, petri.FactPython, petri.FactJulia, petri.FactNode,
		petri.FactGPU, petri.FactGPUDriver, petri.FactCPUModel, petri.FactArchitecture, petri.FactLibc,
	}
}

// factWords name the first few facts that differ.
func factWords(facts []petri.FieldChange) []string {
	const most = 2
	var said []string
	for _, name := range namedFacts() {
		for _, f := range facts {
			if f.Field == name && len(said) < most {
				said = append(said, strings.ReplaceAll(name, "_", " ")+" "+arrow(clipped(f.A), clipped(f.B)))
			}
		}
	}
	return said
}
