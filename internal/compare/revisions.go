package compare

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/text"
)

// Revisions compares two revisions: their definitions and, where both are ready, what is
// installed in their images and the facts of these.
func Revisions(ctx context.Context, a, b petri.Revision, open Open) (RevisionDiff, error) {
	d := RevisionDiff{A: a.Ref, B: b.Ref, Facts: []petri.FieldChange{}, Packages: []petri.PackageChange{}}
	f := fields{}
	f.text("base", a.Definition.Base.Ref, b.Definition.Base.Ref)
	f.text("base_kind", string(a.Definition.Base.Kind), string(b.Definition.Base.Kind))
	f.text("base_digest", string(a.Definition.Base.Digest), string(b.Definition.Base.Digest))
	f.variables(a.Definition.Variables, b.Definition.Variables)
	f.text("image_digest", string(a.Image.Digest), string(b.Image.Digest))
	d.Settings = f
	if a.Definition.Instructions != b.Definition.Instructions {
		d.Instructions, _, _ = text.Unified("instructions", lined(a.Definition.Instructions), lined(b.Definition.Instructions))
	}
	var err error
	if d.Files, err = trees(ctx, a.Definition.Files, b.Definition.Files, open); err != nil {
		return RevisionDiff{}, fmt.Errorf("compare the attached files: %w", err)
	}
	if a.Status != petri.BuildReady || b.Status != petri.BuildReady {
		return d, nil
	}
	if d.Facts, err = runFacts(ctx, a.Image.Facts, b.Image.Facts, open); err != nil {
		return RevisionDiff{}, fmt.Errorf("compare the facts of the images: %w", err)
	}
	if a.Image.Packages == b.Image.Packages {
		return d, nil
	}
	listA, err := packages(ctx, open, a.Image.Packages)
	if err != nil {
		return RevisionDiff{}, fmt.Errorf("compare the package lists: %w", err)
	}
	listB, err := packages(ctx, open, b.Image.Packages)
	if err != nil {
		return RevisionDiff{}, fmt.Errorf("compare the package lists: %w", err)
	}
	d.Packages = written(petri.DiffPackages(listA, listB))
	direct(d.Packages)
	return d, nil
}

// lined ends text with a line end, so that its lack is no difference.
func lined(text string) []byte {
	if text == "" || text[len(text)-1] == '\n' {
		return []byte(text)
	}
	return []byte(text + "\n")
}
