// Package compare tells how two runs, or two revisions, differ, with one verdict.
//
// httpd and trials call it. It is pure: it is given values and a function that opens blobs,
// changes nothing, and asks nobody for permission.
package compare

import (
	"context"
	"io"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// Verdict says in one word how two things compare.
type Verdict string

// The verdicts.
const (
	Same      Verdict = "same"
	Different Verdict = "different"
)

// Open opens a blob; not_found where there is none.
type Open func(ctx context.Context, d petri.Digest) (io.ReadCloser, error)

// Comparison is the differences between two runs. The verdict is about what came out: how the
// runs ended, their result files and their standard output; the rest explains it.
type Comparison struct {
	Verdict  Verdict
	A, B     petri.RunRef
	Settings []FieldChange
	Code     []PathChange
	Packages []petri.PackageChange
	Results  []ResultChange
	Stdout   OutputChange
}

// RevisionDiff is what differs between two revisions.
type RevisionDiff struct {
	A, B         petri.EnvironmentRef
	Settings     []FieldChange
	Files        []PathChange
	Packages     []petri.PackageChange
	Instructions string // unified difference; "" when they are the same
}

// FieldChange is a setting that differs.
type FieldChange struct{ Field, A, B string }

// PathChange is a file that differs between two trees.
type PathChange struct {
	Path   string
	Change string // added, changed or removed
	Hunks  string // unified difference, for text of moderate size
}

// ResultChange is how one result file compares.
type ResultChange struct {
	Path    string
	Verdict Verdict
	Kind    string // text or binary; "" where it was not looked into
	Summary string
	Hunks   string
}

// OutputChange is how two standard outputs compare. The counts are lines.
type OutputChange struct {
	Verdict        Verdict
	Added, Removed int
}

const maxFolder = 512 << 20

// source reads folders of trees through open.
func source(open Open) tree.Source {
	return func(ctx context.Context, d petri.Digest) ([]byte, error) { return readAll(ctx, open, d, maxFolder) }
}

// readAll reads a blob of at most limit bytes. Kind: exhausted for a longer one.
func readAll(ctx context.Context, open Open, d petri.Digest, limit int64) ([]byte, error) {
	r, err := open(ctx, d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		return nil, petri.Errorf(petri.Exhausted, "blob %s is longer than %d bytes", d.Short(), limit)
	}
	return b, err
}

// packages reads a package list; the digest "" is an empty one.
func packages(ctx context.Context, open Open, d petri.Digest) (petri.PackageList, error) {
	if d == "" {
		return nil, nil
	}
	b, err := readAll(ctx, open, d, maxFolder)
	if err != nil {
		return nil, err
	}
	return petri.DecodePackageList(b)
}
