// Package envs holds the rules of environments: who may make and change them, how a
// definition is checked and frozen into a revision, when an image is used again, which revision
// is active, and how builds end.
//
// httpd calls it for people, the worker for builds. It drives no builder and no engine: it
// changes rows, and the worker sees them.
package envs

import (
	"context"
	"io"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob"
	"github.com/petri-dev/petri/internal/compare"
	"github.com/petri-dev/petri/internal/store"
)

// TreeCheck verifies that a tree of attached files is whole and allowed. Kind: invalid.
type TreeCheck func(ctx context.Context, root petri.Digest) error

// Service is the environments. All methods may be called concurrently. Those for people take
// an access.Caller and answer what that person may not see as not_found, exactly as if it
// did not exist.
type Service struct {
	db        *store.DB
	blobs     blob.Store
	checkTree TreeCheck
	now       func() time.Time
}

// New makes the service over its parts.
func New(db *store.DB, blobs blob.Store, checkTree TreeCheck, now func() time.Time) *Service {
	return &Service{db: db, blobs: blobs, checkTree: checkTree, now: now}
}

// open is how package compare reads blobs.
func (s *Service) open() compare.Open {
	return func(ctx context.Context, d petri.Digest) (io.ReadCloser, error) { return s.blobs.Open(ctx, d) }
}

// readBlob reads a small blob whole.
func (s *Service) readBlob(ctx context.Context, d petri.Digest) ([]byte, error) {
	r, err := s.blobs.Open(ctx, d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
