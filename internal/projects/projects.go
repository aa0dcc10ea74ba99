// Package projects holds the rules of projects: who may make, see and change them, and what
// environment they may be associated with.
//
// httpd calls it, also to find out whether somebody may read or write a project's files. It
// knows nothing of trees and commits (files) nor of runs.
package projects

import (
	"context"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Service is the projects. All methods may be called concurrently. They answer what the
// caller may not see as not_found, exactly as if it did not exist.
type Service struct {
	db  *store.DB
	now func() time.Time
}

// New makes the service over its parts.
func New(db *store.DB, now func() time.Time) *Service { return &Service{db: db, now: now} }

// Project is a project with the number of its runs.
type Project struct {
	petri.Project
	Runs int
}

// Creation asks for a project.
type Creation struct {
	Owner      string // the caller where ""
	Name       string
	Visibility petri.Visibility // private where ""
	// Environment is a reference; "" for none yet.
	Environment string
}

// Create makes a project. Kinds: invalid, denied, not_found for an owner or environment that
// is not there, conflict for a name that is taken.
func (s *Service) Create(ctx context.Context, c access.Caller, want Creation) (Project, error) {
	project := petri.Project{Owner: want.Owner, Name: want.Name, Visibility: want.Visibility, CreatedBy: c.User.Name, CreatedAt: s.now()}
	if project.Owner == "" {
		project.Owner = c.User.Name
	}
	if project.Visibility == "" {
		project.Visibility = petri.Private
	}
	if err := petri.CheckName("user or team", project.Owner); err != nil {
		return Project{}, err
	}
	if err := petri.CheckName("project", project.Name); err != nil {
		return Project{}, err
	}
	if _, err := petri.ParseVisibility(string(project.Visibility)); err != nil {
		return Project{}, err
	}
	if err := access.MayOwn(c, project.Owner); err != nil {
		return Project{}, err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if _, err := tx.Users().ByName(project.Owner); err != nil {
			return err
		}
		made := project
		if made.Environment, err = environment(tx, c, want.Environment); err != nil {
			return err
		}
		if err := tx.Projects().Create(&made); err != nil {
			return err
		}
		project, err = tx.Projects().ByID(made.ID)
		return err
	})
	return Project{Project: project}, err
}

// environment reads the reference of an environment that the caller may use; "" is none.
func environment(tx *store.Tx, c access.Caller, written string) (petri.EnvironmentRef, error) {
	if written == "" {
		return petri.EnvironmentRef{}, nil
	}
	ref, err := petri.ParseEnvironmentRef(written, c.User.Name)
	if err != nil {
		return petri.EnvironmentRef{}, err
	}
	env, err := access.Environment(tx, c, ref)
	if err == nil && ref.Revision != 0 {
		_, err = access.Revision(tx, env, ref.Revision)
	}
	return ref, err
}

// List gives the projects that the caller may see, by owner and name: one owner's where that
// is not "", archived ones only when asked for.
func (s *Service) List(ctx context.Context, c access.Caller, owner string, archived bool) ([]Project, error) {
	found := []Project{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Projects().List(store.ProjectFilter{Viewer: c.User, Owner: owner, Archived: archived})
		if err != nil {
			return err
		}
		for _, row := range rows {
			runs, err := tx.Projects().RunCount(row.ID)
			if err != nil {
				return err
			}
			found = append(found, Project{row, runs})
		}
		return nil
	})
	return found, err
}

// Get gives one project.
func (s *Service) Get(ctx context.Context, c access.Caller, ref petri.ProjectRef) (Project, error) {
	var found Project
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if found.Project, err = access.Project(tx, c, ref); err != nil {
			return err
		}
		found.Runs, err = tx.Projects().RunCount(found.ID)
		return err
	})
	return found, err
}

// Writable gives a project whose files the caller may change. Kinds: not_found, denied,
// conflict where it is archived.
func (s *Service) Writable(ctx context.Context, c access.Caller, ref petri.ProjectRef) (petri.Project, error) {
	var project petri.Project
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if project, err = access.Project(tx, c, ref); err != nil {
			return err
		}
		if err = access.MayEdit(c, project.Owner, "project "+project.Ref().String()); err != nil {
			return err
		}
		if project.Archived {
			return petri.Errorf(petri.Conflict, "project %s is archived: bring it back with petri project unarchive %s", project.Ref(), project.Ref())
		}
		return nil
	})
	return project, err
}

// Change says what is to be otherwise; nil fields stay. An Environment of "" is none.
type Change struct {
	Visibility  *string
	Environment *string
	Archived    *bool
}

// Edit changes a project, all of it or nothing. Archiving hides it from lists; its runs and
// files can still be read. Kinds: invalid, denied, not_found.
func (s *Service) Edit(ctx context.Context, c access.Caller, ref petri.ProjectRef, change Change) (Project, error) {
	var edited Project
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		project, err := access.Project(tx, c, ref)
		if err != nil {
			return err
		}
		if err := access.MayEdit(c, project.Owner, "project "+project.Ref().String()); err != nil {
			return err
		}
		if change.Visibility != nil {
			if project.Visibility, err = petri.ParseVisibility(*change.Visibility); err != nil {
				return err
			}
		}
		if change.Environment != nil {
			if project.Environment, err = environment(tx, c, *change.Environment); err != nil {
				return err
			}
		}
		if change.Archived != nil {
			project.Archived = *change.Archived
		}
		if err := tx.Projects().Edit(&project); err != nil {
			return err
		}
		edited.Project = project
		edited.Runs, err = tx.Projects().RunCount(project.ID)
		return err
	})
	return edited, err
}

// History gives commits along first parents, newest first, from one of the project's on.
func (s *Service) History(ctx context.Context, project petri.Project, from petri.CommitID, limit int) ([]petri.Commit, error) {
	found := []petri.Commit{}
	if from == "" {
		return found, nil
	}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		found, err = tx.Commits().History(project.ID, from, limit)
		return err
	})
	return found, err
}
