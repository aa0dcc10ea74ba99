// Package runs holds the rules of runs: what may be submitted and in what, how a run is
// stopped and run again, how it is sealed into a record, and how a record is verified.
//
// httpd calls it for people, the worker for the runs it carries. It starts no container and
// reads no log: it changes rows, and the worker sees them.
package runs

import (
	"context"
	"io"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob"
	"github.com/petri-dev/petri/internal/store"
)

// Limits are what one run may have on this machine, and what it gets unless it asks.
type Limits struct {
	CPUs          float64 // the machine's, for all runs together
	MemoryBytes   int64
	GPUs          int     // what one run may have; negative where nobody can tell
	DefaultCPUs   float64 // what all have where 0
	DefaultMemory int64
}

// Config is what the service needs; all of it but Room.
type Config struct {
	DB    *store.DB
	Blobs blob.Store
	// Limits are those of the machine that runs.
	Limits Limits
	// Key signs records. Server is the server's identity, which records name.
	Key    *Key
	Server string
	Now    func() time.Time
	// Room is an error while the disk is too full for runs to begin.
	Room func() error
}

// Service is the runs. All methods may be called concurrently. Those for people take an
// access.Caller and answer what that person may not see as not_found, exactly as if it did
// not exist.
type Service struct {
	db     *store.DB
	blobs  blob.Store
	limits Limits
	key    *Key
	server string
	now    func() time.Time
	room   func() error

	comparing chan struct{} // holds one for each comparison that goes on
}

// New makes the service over its parts.
func New(c Config) *Service {
	limits := c.Limits
	if limits.DefaultCPUs == 0 {
		limits.DefaultCPUs = limits.CPUs
	}
	if limits.DefaultMemory == 0 {
		limits.DefaultMemory = limits.MemoryBytes
	}
	if c.Room == nil {
		c.Room = func() error { return nil }
	}
	return &Service{
		db: c.DB, blobs: c.Blobs, limits: limits, key: c.Key, server: c.Server, now: c.Now, room: c.Room,
		comparing: make(chan struct{}, maxComparing),
	}
}

// readBlob reads a blob whole and trusts nothing: content of another digest is kind internal.
func (s *Service) readBlob(ctx context.Context, d petri.Digest) ([]byte, error) {
	r, err := s.blobs.Open(ctx, d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if got := petri.DigestBytes(b); got != d {
		return nil, petri.Errorf(petri.Internal, "blob %s was altered: its content has digest %s", d.Short(), got.Short())
	}
	return b, nil
}
