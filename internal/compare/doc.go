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

// Open opens a blob; not_found where there is none.
type Open func(ctx context.Context, d petri.Digest) (io.ReadCloser, error)

// RevisionDiff is what differs between two revisions.
type RevisionDiff struct {
	A, B         petri.EnvironmentRef
	Settings     []petri.FieldChange
	Facts        []petri.FieldChange
	Files        []petri.PathChange
	Packages     []petri.PackageChange
	Instructions string // unified difference; "" when they are the same
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
