package recall

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// batch is how many rows one transaction of the backfill changes at most: whoever else wants to
// write waits no longer than for that.
const batch = 100

// Backfill enters every list that a revision or sealed run names and the index does not have, newest
// first, each in a transaction of its own, and gives runs of an older petri their likeness. Broken
// off, it goes on where it was when it is called again. A list that cannot be read is logged and passed over.
func (s *Service) Backfill(ctx context.Context) error {
	entered, passed := 0, 0
	for before := int64(0); ; {
		var waiting []store.UnindexedList
		err := s.db.View(ctx, func(tx *store.Tx) (err error) {
			waiting, err = tx.Packages().Unindexed(before, batch)
			return err
		})
		if err != nil {
			return err
		}
		if len(waiting) == 0 {
			break
		}
		for _, list := range waiting {
			if err := s.enter(ctx, list.Digest); err != nil {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				s.log.Warn("a package list cannot be entered into the index", "digest", list.Digest, "error", err)
				passed++
			} else {
				entered++
			}
			before = list.ID
		}
	}
	if entered+passed > 0 {
		s.log.Info("entered older package lists into the index", "lists", entered, "unreadable", passed)
	}
	return s.likeness(ctx)
}

func (s *Service) enter(ctx context.Context, digest petri.Digest) error {
	list, err := read(ctx, s.blobs, digest)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error { return tx.Packages().Index(digest, list) })
}

func (s *Service) likeness(ctx context.Context) error {
	for after := petri.RunID(0); ; {
		var last petri.RunID
		err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
			last, err = tx.Runs().SetLikeness(after, batch)
			return err
		})
		if err != nil || last == 0 {
			return err
		}
		after = last
	}
}
