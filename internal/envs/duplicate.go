package envs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Duplicate makes an environment of the caller's (or of owner) whose first revision has the
// definition and, at once, the image of the one that ref names. It works for archived ones too.
// Kinds: invalid, denied, not_found, conflict for a name that is taken or a revision that is
// not ready.
func (s *Service) Duplicate(ctx context.Context, c access.Caller, ref petri.EnvironmentRef, owner, name string) (petri.Environment, petri.Revision, error) {
	fresh, err := s.newEnvironment(c, Creation{Owner: owner, Name: name})
	if err != nil {
		return petri.Environment{}, petri.Revision{}, err
	}
	// Looked at before a log is kept for it: what is refused leaves nothing.
	err = s.db.View(ctx, func(tx *store.Tx) error {
		_, _, err := duplicable(tx, c, ref, fresh)
		return err
	})
	if err != nil {
		return petri.Environment{}, petri.Revision{}, err
	}
	log, err := s.reuseLog(ctx)
	if err != nil {
		return petri.Environment{}, petri.Revision{}, err
	}
	var env petri.Environment
	var copied petri.Revision
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		from, source, err := duplicable(tx, c, ref, fresh)
		if err != nil {
			return err
		}
		made := fresh
		made.Description = from.Description
		if err := tx.Environments().Create(&made); err != nil {
			return err
		}
		if copied, err = s.copyRevision(tx, c, made, source, log); err != nil {
			return err
		}
		env, err = tx.Environments().ByID(made.ID)
		return err
	})
	return env, copied, err
}

// duplicable finds the revision to copy, for an environment whose name must be free.
func duplicable(tx *store.Tx, c access.Caller, ref petri.EnvironmentRef, fresh petri.Environment) (petri.Environment, petri.Revision, error) {
	env, source, err := seeRevision(tx, c, ref)
	if err != nil {
		return env, source, err
	}
	if err := Ready(source); err != nil {
		return env, source, petri.Errorf(petri.Conflict, "%s cannot be duplicated: %s", source.Ref, petri.MessageOf(err))
	}
	return env, source, nameFree(tx, c, fresh)
}

func (s *Service) copyRevision(tx *store.Tx, c access.Caller, env petri.Environment, source petri.Revision, log petri.Digest) (petri.Revision, error) {
	revision := petri.Revision{
		EnvironmentID: env.ID, Definition: source.Definition, Note: "duplicate of " + source.Ref.String(), CreatedBy: c.User.Name, CreatedAt: s.now(),
	}
	if err := tx.Revisions().Create(&revision); err != nil {
		return petri.Revision{}, err
	}
	build := petri.Build{RevisionID: revision.ID, CreatedAt: s.now()}
	if err := tx.Builds().Create(&build); err != nil {
		return petri.Revision{}, err
	}
	copied, err := s.reuse(tx, revision, build, source, log)
	if err != nil {
		return petri.Revision{}, err
	}
	return shown(tx, c, copied)
}
