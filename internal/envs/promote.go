package envs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Promote makes a ready revision the active one, also an older one. Kinds: invalid where ref
// names no revision, denied, not_found, conflict where it is not ready or archived.
func (s *Service) Promote(ctx context.Context, c access.Caller, ref petri.EnvironmentRef) (petri.Environment, error) {
	if ref.Revision == 0 {
		return petri.Environment{}, petri.Errorf(petri.Invalid, "which revision of %s? Write it as in petri env promote %s@3", ref, ref)
	}
	var env petri.Environment
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if env, err = editable(tx, c, ref); err != nil {
			return err
		}
		env, err = promote(tx, env, ref.Revision)
		return err
	})
	return env, err
}

func promote(tx *store.Tx, env petri.Environment, number int) (petri.Environment, error) {
	revision, err := startingPoint(tx, env, number)
	if err != nil {
		return env, err
	}
	if err := Ready(revision); err != nil {
		return env, petri.Errorf(petri.Conflict, "%s cannot become active: %s", revision.Ref, petri.MessageOf(err))
	}
	env.Active = number
	return env, tx.Environments().SetActive(env.ID, number)
}
