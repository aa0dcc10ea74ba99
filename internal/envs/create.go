package envs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Creation asks for a new environment and its first revision.
type Creation struct {
	Owner       string // the caller where ""
	Name        string
	Description string
	Visibility  petri.Visibility // private where ""
	Change
}

const maxDescription = 2000

// Create makes an environment with its first revision, and queues its build. Kinds: invalid,
// denied, not_found for a base that is not there, conflict for a name that is taken or a base
// that is not ready. On an error nothing was made.
func (s *Service) Create(ctx context.Context, c access.Caller, want Creation) (petri.Environment, petri.Revision, error) {
	fresh, err := s.newEnvironment(c, want)
	if err != nil {
		return petri.Environment{}, petri.Revision{}, err
	}
	var def petri.Definition
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if err = nameFree(tx, c, fresh); err != nil {
			return err
		}
		def, err = want.apply(tx, c, petri.Definition{})
		return err
	})
	if err != nil {
		return petri.Environment{}, petri.Revision{}, err
	}
	log, err := s.prepare(ctx, def, want.Change)
	if err != nil {
		return petri.Environment{}, petri.Revision{}, err
	}
	if want.DryRun {
		return fresh, petri.Revision{Ref: fresh.Ref()}, nil
	}
	var env petri.Environment
	var revision petri.Revision
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		made := fresh
		if err = tx.Environments().Create(&made); err != nil {
			return err
		}
		if revision, err = s.freeze(tx, c, made, def, want.Change, log); err != nil {
			return err
		}
		if revision, err = shown(tx, c, revision); err != nil {
			return err
		}
		env, err = tx.Environments().ByID(made.ID)
		return err
	})
	return env, revision, err
}

// prepare does what freezing a definition needs outside of the transaction.
func (s *Service) prepare(ctx context.Context, def petri.Definition, ch Change) (log petri.Digest, err error) {
	if err := s.check(ctx, def, ch); err != nil {
		return "", err
	}
	if def.Base.Digest == "" || ch.DryRun {
		return "", nil
	}
	return s.reuseLog(ctx)
}

// newEnvironment checks what an environment is to be.
func (s *Service) newEnvironment(c access.Caller, want Creation) (petri.Environment, error) {
	env := petri.Environment{
		Owner: want.Owner, Name: want.Name, Description: want.Description, Visibility: want.Visibility,
		CreatedBy: c.User.Name, CreatedAt: s.now(),
	}
	if env.Owner == "" {
		env.Owner = c.User.Name
	}
	if env.Visibility == "" {
		env.Visibility = petri.Private
	}
	if err := petri.CheckName("user or team", env.Owner); err != nil {
		return env, err
	}
	if err := petri.CheckName("environment", env.Name); err != nil {
		return env, err
	}
	if _, err := petri.ParseVisibility(string(env.Visibility)); err != nil {
		return env, err
	}
	if len(env.Description) > maxDescription {
		return env, petri.Errorf(petri.Invalid, "the description is longer than %d bytes", maxDescription)
	}
	return env, access.MayOwn(c, env.Owner)
}

// nameFree refuses, before any work is done, an owner that does not exist and a name that is taken.
func nameFree(tx *store.Tx, c access.Caller, env petri.Environment) error {
	if env.Owner != c.User.Name {
		if _, err := tx.Users().ByName(env.Owner); err != nil {
			return err
		}
	}
	_, err := tx.Environments().ByName(env.Owner, env.Name)
	switch petri.KindOf(err) {
	case petri.NotFound:
		return nil
	case "":
		return petri.Errorf(petri.Conflict, "there is an environment %s already: choose another name, or edit that one", env.Ref())
	}
	return err
}
