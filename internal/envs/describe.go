package envs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Description changes an environment's own fields; nil ones stay.
type Description struct {
	Description *string
	Visibility  *petri.Visibility
	Archived    *bool
	Active      *int // promotes this ready revision
	Anyway      bool // also where no trial found it safe
}

// Describe changes what an environment says of itself, all of it or nothing. Archiving hides
// it from lists and refuses new revisions and new runs; reruns in its revisions go on. A ready
// revision, also an older one, may be made active. Kinds: invalid, denied, not_found, conflict
// where that revision is not ready, projects follow the environment and no trial found the
// revision safe, or the environment is archived.
func (s *Service) Describe(ctx context.Context, c access.Caller, ref petri.EnvironmentRef, d Description) (petri.Environment, error) {
	if d.Description != nil && len(*d.Description) > maxDescription {
		return petri.Environment{}, petri.Errorf(petri.Invalid, "the description is longer than %d bytes", maxDescription)
	}
	if d.Active != nil && *d.Active < 1 {
		return petri.Environment{}, petri.Errorf(petri.Invalid, "which revision of %s? Write it as in petri env promote %s@3", ref, ref)
	}
	if d.Visibility != nil {
		if _, err := petri.ParseVisibility(string(*d.Visibility)); err != nil {
			return petri.Environment{}, err
		}
	}
	var env petri.Environment
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if env, err = edit(tx, c, ref); err != nil {
			return err
		}
		set(&env.Description, d.Description)
		set(&env.Visibility, d.Visibility)
		set(&env.Archived, d.Archived)
		if d.Active != nil {
			if err = notArchived(env); err != nil {
				return err
			}
		}
		if d.Active != nil && *d.Active != env.Active {
			if env, err = promote(tx, env, *d.Active, d.Anyway); err != nil {
				return err
			}
		}
		return tx.Environments().Edit(env.ID, env.Description, env.Visibility, env.Archived)
	})
	return env, err
}

func set[T any](field *T, to *T) {
	if to != nil {
		*field = *to
	}
}
