package envs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Build queues another build of a revision that failed or was cancelled, the latest one where
// ref has no number. Kinds: denied, not_found, conflict where it is ready, being built or
// archived.
func (s *Service) Build(ctx context.Context, c access.Caller, ref petri.EnvironmentRef, noCache, promoted bool) (petri.Revision, error) {
	var revision petri.Revision
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		env, err := editable(tx, c, ref)
		if err != nil {
			return err
		}
		if revision, err = startingPoint(tx, env, ref.Revision); err != nil {
			return err
		}
		switch revision.Status {
		case petri.BuildReady:
			return petri.Errorf(petri.Conflict, "%s is ready, and a ready revision's image never changes; to build it anew make a new revision: petri env edit %s --no-cache", revision.Ref, env.Ref())
		case petri.BuildQueued, petri.BuildBuilding:
			return petri.Errorf(petri.Conflict, "%s is being built already, it is %s; follow it with petri env log %s", revision.Ref, revision.Status, revision.Ref)
		}
		if promoted {
			if err := tx.Revisions().SetPromote(revision.ID, true); err != nil {
				return err
			}
		}
		build := petri.Build{RevisionID: revision.ID, NoCache: noCache, CreatedAt: s.now()}
		if err := tx.Builds().Create(&build); err != nil {
			return err
		}
		if err := tx.Revisions().SetStatus(revision.ID, petri.BuildQueued, "", 0); err != nil {
			return err
		}
		revision, err = tx.Revisions().ByID(revision.ID)
		return err
	})
	return revision, err
}

// Cancel ends a queued build at once and asks the worker to end one that is under way, the
// latest revision's where ref has no number. Asking twice is no error. Kinds: denied,
// not_found, conflict where nothing is being built.
func (s *Service) Cancel(ctx context.Context, c access.Caller, ref petri.EnvironmentRef) (petri.Revision, error) {
	var revision petri.Revision
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		env, err := edit(tx, c, ref)
		if err != nil {
			return err
		}
		if revision, err = startingPoint(tx, env, ref.Revision); err != nil {
			return err
		}
		build, err := tx.Builds().LatestOf(revision.ID)
		if err != nil {
			return err
		}
		switch build.Status {
		case petri.BuildQueued:
			err = s.finish(tx, build, petri.BuildCanceled, "cancelled by "+c.User.Name+" before it began", "")
		case petri.BuildBuilding:
			err = tx.Builds().RequestCancel(build.ID)
		default:
			err = petri.Errorf(petri.Conflict, "%s is not being built: it is %s", revision.Ref, revision.Status)
		}
		if err != nil {
			return err
		}
		revision, err = tx.Revisions().ByID(revision.ID)
		return err
	})
	return revision, err
}
