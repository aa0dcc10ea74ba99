// Package recall remembers what was used: it keeps the index of package lists and answers which
// revisions, projects, runs and results a package had a part in.
//
// httpd asks it for people; envs and runs hand it the lists that a seal names; cmd starts and stops
// it, so that it enters what an older petri left. It never reads an image, and decides nothing about runs.
package recall

import (
	"context"
	"log/slog"
	"sync"

	"github.com/petri-dev/petri/internal/blob"
	"github.com/petri-dev/petri/internal/store"
)

// Service answers questions and enters older lists. All methods may be called concurrently, but
// for Start and Stop, which are called once each, in that order.
type Service struct {
	db      *store.DB
	blobs   blob.Store
	log     *slog.Logger
	cancel  context.CancelFunc
	stopped sync.WaitGroup
}

// New makes the service over its parts.
func New(db *store.DB, blobs blob.Store, log *slog.Logger) *Service {
	return &Service{db: db, blobs: blobs, log: log}
}

// Start begins to enter, in the background, what the index does not have yet. It returns at once.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.stopped.Go(func() {
		if err := s.Backfill(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("enter older package lists into the index; the next start goes on", "error", err)
		}
	})
}

// Stop breaks that off, which harms nothing, and waits for its end until ctx ends.
func (s *Service) Stop(ctx context.Context) error {
	if s.cancel == nil {
		return nil
	}
	s.cancel()
	rest := make(chan struct{})
	go func() { s.stopped.Wait(); close(rest) }()
	select {
	case <-rest:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
