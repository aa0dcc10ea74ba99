// Package projects holds the rules of projects: who may make, see and change them.
//
// httpd calls it, also to find out whose files and runs a caller may reach before it asks
// package files for them. It keeps no files and starts no runs.
package projects

import (
	"context"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Service is the projects. All methods may be called concurrently. What the caller may not
// see is not_found, exactly as if it did not exist.
type Service struct {
	db  *store.DB
	now func() time.Time
}

// New makes the service.
func New(db *store.DB, now func() time.Time) *Service { return &Service{db: db, now: now} }

// Summary is a project with the number of its runs.
type Summary struct {
	petri.Project
	Runs int
}

// List gives the projects that the caller may see, by owner and name: one owner's where that
// is not "", archived ones only when asked for.
func (s *Service) List(ctx context.Context, c access.Caller, owner string, archived bool) ([]Summary, error) {
	list := []Summary{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Projects().List(store.ProjectFilter{Viewer: c.User, Owner: owner, Archived: archived})
		if err != nil {
			return err
		}
		for _, p := range rows {
			one, err := summary(tx, p)
			if err != nil {
				return err
			}
			list = append(list, one)
		}
		return nil
	})
	return list, err
}

// Get gives one project, archived or not.
func (s *Service) Get(ctx context.Context, c access.Caller, ref petri.ProjectRef) (Summary, error) {
	var found Summary
	err := s.db.View(ctx, func(tx *store.Tx) error {
		p, err := see(tx, c, ref)
		if err != nil {
			return err
		}
		found, err = summary(tx, p)
		return err
	})
	return found, err
}

// Work gives a project to whose files the caller may commit. Kinds: denied, not_found,
// conflict where it is archived.
func (s *Service) Work(ctx context.Context, c access.Caller, ref petri.ProjectRef) (petri.Project, error) {
	var p petri.Project
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		p, err = edit(tx, c, ref)
		return err
	})
	if err == nil && p.Archived {
		err = petri.Errorf(petri.Conflict, "project %s is archived: bring it back with petri project unarchive %s", p.Ref(), p.Ref())
	}
	return p, err
}

func see(tx *store.Tx, c access.Caller, ref petri.ProjectRef) (petri.Project, error) {
	p, err := tx.Projects().ByName(ref.Owner, ref.Name)
	if err != nil {
		return petri.Project{}, err
	}
	if !access.CanSee(c, p.Owner, p.Visibility) {
		return petri.Project{}, petri.Errorf(petri.NotFound, "there is no project %s", p.Ref())
	}
	return p, nil
}

func edit(tx *store.Tx, c access.Caller, ref petri.ProjectRef) (petri.Project, error) {
	p, err := see(tx, c, ref)
	if err != nil {
		return petri.Project{}, err
	}
	return p, access.MayEdit(c, p.Owner, "project "+p.Ref().String())
}

func summary(tx *store.Tx, p petri.Project) (Summary, error) {
	runs, err := tx.Projects().RunCount(p.ID)
	return Summary{Project: p, Runs: runs}, err
}
