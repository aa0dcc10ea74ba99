// Package blob keeps bytes by their digest. It is the seam behind which a disk or an object
// store stands; blob/blobtest holds the suite that every implementation passes.
//
// Callers are files, logs, envs and the registry. A blob store never looks into what it
// keeps, never overwrites, and never decides what may be deleted.
package blob

import (
	"context"
	"io"

	"github.com/petri-dev/petri"
)

// Store keeps blobs. All methods may be called concurrently. A blob that was put is visible
// to every later call, whole, also after the process was killed.
type Store interface {
	// Put keeps what r yields and returns its digest and size. With want set, content of another
	// digest is refused (kind invalid) and nothing is kept. Putting what is there already is no
	// error and costs no space. A full disk is kind exhausted.
	Put(ctx context.Context, r io.Reader, want petri.Digest) (petri.Digest, int64, error)
	// Open reads a blob. Kind: not_found.
	Open(ctx context.Context, d petri.Digest) (io.ReadSeekCloser, error)
	// Stat is a blob's size. Kind: not_found.
	Stat(ctx context.Context, d petri.Digest) (int64, error)
	// Delete forgets a blob; one that is not there is no error.
	Delete(ctx context.Context, d petri.Digest) error
	// List calls fn for every blob in no particular order; blobs put or deleted meanwhile may
	// or may not be seen. It stops at fn's first error and returns it.
	List(ctx context.Context, fn func(d petri.Digest, size int64) error) error
}
