package envs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/recall"
	"github.com/petri-dev/petri/internal/store"
)

// The methods below are the worker's; no person stands behind them.

// ByID gives a revision as it is kept. Kind: not_found.
func (s *Service) ByID(ctx context.Context, id petri.RevisionID) (petri.Revision, error) {
	var revision petri.Revision
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		revision, err = tx.Revisions().ByID(id)
		return err
	})
	return revision, err
}

// ClaimBuild gives worker the build that has waited longest. Kind not_found where none waits.
func (s *Service) ClaimBuild(ctx context.Context, worker string) (petri.Build, error) {
	var build petri.Build
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if build, err = tx.Builds().Claim(worker); err != nil {
			return err
		}
		return tx.Revisions().SetStatus(build.RevisionID, petri.BuildBuilding, "", 0)
	})
	return build, err
}

// BaseResolved keeps the config digest of the image that a build's base stands for, and gives
// the earlier ready revision, of any environment, whose definition is the same: the worker
// may use its image. Kind not_found where there is none, or the build is to use no cache.
func (s *Service) BaseResolved(ctx context.Context, build petri.Build, base petri.Digest) (petri.Revision, error) {
	var earlier petri.Revision
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Revisions().SetBaseDigest(build.RevisionID, base); err != nil {
			return err
		}
		earlier = petri.Revision{}
		if build.NoCache {
			return nil
		}
		revision, err := tx.Revisions().ByID(build.RevisionID)
		if err != nil {
			return err
		}
		earlier, err = tx.Revisions().ReadyByDefinition(revision.Definition.Digest())
		if petri.KindOf(err) == petri.NotFound {
			return nil // the base's digest is to stay
		}
		return err
	})
	if err == nil && earlier.ID == 0 {
		err = petri.Errorf(petri.NotFound, "no earlier revision has the same definition")
	}
	return earlier, err
}

// SealReady ends a build with its image; reusedFrom names the revision whose image it is, ""
// where it was built. Sealing again what is ready is no error, so that a worker that died
// in between may come back. Kinds: not_found, conflict.
func (s *Service) SealReady(ctx context.Context, id petri.BuildID, image petri.Image, reusedFrom string, log petri.Digest) error {
	lists := recall.Read(ctx, s.db, s.blobs, image.Packages)
	return s.db.Update(ctx, func(tx *store.Tx) error {
		build, err := tx.Builds().ByID(id)
		if err != nil || build.Status == petri.BuildReady {
			return err
		}
		revision, err := tx.Revisions().ByID(build.RevisionID)
		if err != nil {
			return err
		}
		at := s.now()
		err = tx.Builds().Transition(id, petri.BuildBuilding, petri.BuildReady, func(b *petri.Build) { b.FinishedAt, b.Log = at, log })
		if err != nil {
			return err
		}
		if err := tx.Revisions().SetReady(revision.ID, image, reusedFrom, at.Sub(build.StartedAt)); err != nil {
			return err
		}
		if err := lists.Index(tx); err != nil {
			return err
		}
		return activate(tx, revision)
	})
}

// SealFailed ends a build that came to no image; message is for people. As SealReady.
func (s *Service) SealFailed(ctx context.Context, id petri.BuildID, message string, log petri.Digest) error {
	return s.seal(ctx, id, petri.BuildFailed, message, log)
}

// SealCanceled ends a build that a person cancelled. As SealReady.
func (s *Service) SealCanceled(ctx context.Context, id petri.BuildID, log petri.Digest) error {
	return s.seal(ctx, id, petri.BuildCanceled, "the build was cancelled", log)
}

func (s *Service) seal(ctx context.Context, id petri.BuildID, to petri.BuildStatus, message string, log petri.Digest) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		build, err := tx.Builds().ByID(id)
		if err != nil || build.Status == to {
			return err
		}
		return s.finish(tx, build, to, message, log)
	})
}

// finish moves a build, from where it is, and its revision to an end that is not ready.
func (s *Service) finish(tx *store.Tx, build petri.Build, to petri.BuildStatus, message string, log petri.Digest) error {
	at := s.now()
	err := tx.Builds().Transition(build.ID, build.Status, to, func(b *petri.Build) {
		b.FinishedAt, b.Log, b.Error = at, log, message
	})
	if err != nil {
		return err
	}
	took := at.Sub(build.StartedAt)
	if build.StartedAt.IsZero() {
		took = 0
	}
	return tx.Revisions().SetStatus(build.RevisionID, to, message, took)
}

// Requeue puts a build that was cut back into the queue; one that somebody asked to cancel
// meanwhile ends as cancelled.
func (s *Service) Requeue(ctx context.Context, id petri.BuildID) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		build, err := tx.Builds().ByID(id)
		if err != nil {
			return err
		}
		return s.requeue(tx, build)
	})
}

// RequeueHeld puts back all builds that worker, or one that died under its name, holds.
func (s *Service) RequeueHeld(ctx context.Context, worker string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		held, err := tx.Builds().Held(worker)
		if err != nil {
			return err
		}
		for _, build := range held {
			if err := s.requeue(tx, build); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) requeue(tx *store.Tx, build petri.Build) error {
	if build.CancelRequested {
		return s.finish(tx, build, petri.BuildCanceled, "the build was cancelled", "")
	}
	err := tx.Builds().Transition(build.ID, petri.BuildBuilding, petri.BuildQueued, nil)
	if err != nil {
		return err
	}
	return tx.Revisions().SetStatus(build.RevisionID, petri.BuildQueued, "", 0)
}
