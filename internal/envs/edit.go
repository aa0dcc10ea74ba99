package envs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Edit freezes a new revision of an environment and queues its build. What the change leaves
// out is as in the revision that ref names, the latest one where it has no number. Kinds:
// invalid, denied, not_found, conflict where the environment is archived or the base not ready.
func (s *Service) Edit(ctx context.Context, c access.Caller, ref petri.EnvironmentRef, ch Change) (petri.Revision, error) {
	var def petri.Definition
	err := s.db.View(ctx, func(tx *store.Tx) error {
		env, err := editable(tx, c, ref)
		if err != nil {
			return err
		}
		earlier, err := startingPoint(tx, env, ref.Revision)
		if err != nil {
			return err
		}
		def, err = ch.apply(tx, c, earlier.Definition)
		return err
	})
	if err != nil {
		return petri.Revision{}, err
	}
	log, err := s.prepare(ctx, def, ch)
	if err != nil {
		return petri.Revision{}, err
	}
	if ch.DryRun {
		return petri.Revision{Ref: ref, Definition: def}, nil
	}
	var revision petri.Revision
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		env, err := editable(tx, c, ref)
		if err != nil {
			return err
		}
		if revision, err = s.freeze(tx, c, env, def, ch, log); err != nil {
			return err
		}
		revision, err = shown(tx, c, revision)
		return err
	})
	return revision, err
}

func editable(tx *store.Tx, c access.Caller, ref petri.EnvironmentRef) (petri.Environment, error) {
	env, err := edit(tx, c, ref)
	if err != nil {
		return petri.Environment{}, err
	}
	return env, notArchived(env)
}

func startingPoint(tx *store.Tx, env petri.Environment, number int) (petri.Revision, error) {
	if number == 0 {
		return tx.Revisions().Latest(env.ID)
	}
	return access.Revision(tx, env, number)
}
