package projects

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Creation asks for a project.
type Creation struct {
	Owner       string // the caller where ""
	Name        string
	Visibility  petri.Visibility     // private where ""
	Environment petri.EnvironmentRef // none where it is the zero value
}

// Create makes an empty project. Kinds: invalid, denied, not_found for an environment that is
// not there, conflict for a name that is taken.
func (s *Service) Create(ctx context.Context, c access.Caller, want Creation) (Summary, error) {
	fresh := petri.Project{
		Owner: want.Owner, Name: want.Name, Visibility: want.Visibility, Environment: want.Environment,
		CreatedBy: c.User.Name, CreatedAt: s.now(),
	}
	if fresh.Owner == "" {
		fresh.Owner = c.User.Name
	}
	if fresh.Visibility == "" {
		fresh.Visibility = petri.Private
	}
	if err := check(c, fresh); err != nil {
		return Summary{}, err
	}
	var made petri.Project
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if fresh.Owner != c.User.Name {
			if _, err := tx.Users().ByName(fresh.Owner); err != nil {
				return err
			}
		}
		if err := usable(tx, c, fresh.Environment); err != nil {
			return err
		}
		made = fresh
		return tx.Projects().Create(&made)
	})
	return Summary{Project: made}, err
}

func check(c access.Caller, p petri.Project) error {
	if err := petri.CheckName("user or team", p.Owner); err != nil {
		return err
	}
	if err := petri.CheckName("project", p.Name); err != nil {
		return err
	}
	if _, err := petri.ParseVisibility(string(p.Visibility)); err != nil {
		return err
	}
	return access.MayOwn(c, p.Owner)
}

// usable refuses an environment or revision that the caller cannot see; it need not be ready yet.
func usable(tx *store.Tx, c access.Caller, ref petri.EnvironmentRef) error {
	if ref == (petri.EnvironmentRef{}) {
		return nil
	}
	env, err := tx.Environments().ByName(ref.Owner, ref.Name)
	if err != nil {
		return err
	}
	if !access.CanSee(c, env.Owner, env.Visibility) {
		return petri.Errorf(petri.NotFound, "there is no environment %s", env.Ref())
	}
	if ref.Revision == 0 {
		return nil
	}
	_, err = tx.Revisions().ByNumber(env.ID, ref.Revision)
	if petri.KindOf(err) == petri.NotFound {
		err = petri.Errorf(petri.NotFound, "there is no revision %s", env.Ref().At(ref.Revision))
	}
	return err
}

// Change says what of a project is to be otherwise; nil fields stay.
type Change struct {
	Visibility  *petri.Visibility
	Environment *petri.EnvironmentRef
	Archived    *bool
}

// Edit changes a project, all of it or nothing. Archiving hides it from lists and refuses new
// commits and runs. Kinds: invalid, denied, not_found.
func (s *Service) Edit(ctx context.Context, c access.Caller, ref petri.ProjectRef, ch Change) (Summary, error) {
	if ch.Visibility != nil {
		if _, err := petri.ParseVisibility(string(*ch.Visibility)); err != nil {
			return Summary{}, err
		}
	}
	var changed Summary
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := edit(tx, c, ref)
		if err != nil {
			return err
		}
		if ch.Visibility != nil {
			p.Visibility = *ch.Visibility
		}
		if ch.Archived != nil {
			p.Archived = *ch.Archived
		}
		if ch.Environment != nil {
			if err := usable(tx, c, *ch.Environment); err != nil {
				return err
			}
			p.Environment = *ch.Environment
		}
		if err := tx.Projects().Edit(&p); err != nil {
			return err
		}
		changed, err = summary(tx, p)
		return err
	})
	return changed, err
}
