package runs

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Filter says which runs to list: one project's where that is not the zero value, in one of
// Status where there are any, with Tag where that is set; at most Limit where that is set.
// Before continues a list: the number of the last run that was given, or, across projects, its ID.
type Filter struct {
	Project petri.ProjectRef
	Status  []petri.RunStatus
	Tag     string
	Limit   int
	Before  int
}

// List gives runs that the caller may see, newest first. Kind not_found for a project that is
// not there.
func (s *Service) List(ctx context.Context, c access.Caller, f Filter) ([]petri.Run, error) {
	var list []petri.Run
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rows := store.RunFilter{Viewer: c.User, Status: f.Status, Tag: f.Tag, Limit: f.Limit, Before: f.Before}
		if f.Project != (petri.ProjectRef{}) {
			project, err := access.Project(tx, c, f.Project)
			if err != nil {
				return err
			}
			rows.Project = project.ID
		}
		var err error
		list, err = tx.Runs().List(rows)
		return err
	})
	return list, err
}

// Get gives one run.
func (s *Service) Get(ctx context.Context, c access.Caller, ref petri.RunRef) (petri.Run, error) {
	var run petri.Run
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		run, err = seeRun(tx, c, ref)
		return err
	})
	return run, err
}

// Inputs gives what a run is made of: its revision and its commit. The caller has the run, so
// nobody is asked for permission.
func (s *Service) Inputs(ctx context.Context, run petri.Run) (petri.Revision, petri.Commit, error) {
	var revision petri.Revision
	var commit petri.Commit
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if revision, err = tx.Revisions().ByID(run.RevisionID); err != nil {
			return err
		}
		commit, err = tx.Commits().ByID(run.ProjectID, run.Commit)
		return err
	})
	if err != nil {
		return revision, commit, fmt.Errorf("look up what run %s is made of: %w", run.Ref, err)
	}
	return revision, commit, nil
}

// Packages gives what was installed when a run started or, with atEnd, ended. Kind conflict
// for a run that never started.
func (s *Service) Packages(ctx context.Context, c access.Caller, ref petri.RunRef, atEnd bool) (petri.PackageList, error) {
	run, err := s.Get(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	digest := run.PackagesBefore
	if atEnd {
		digest = run.PackagesAfter
	}
	if digest == "" {
		return nil, petri.Errorf(petri.Conflict, "run %s has no package list: it is %s", run.Ref, run.Status)
	}
	text, err := s.readBlob(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("read a package list of %s: %w", run.Ref, err)
	}
	return petri.DecodePackageList(text)
}

// Loaded is the list of packages that a run loaded. Kind not_found where that is not known:
// nobody could see it, or the run is older than the question; conflict while the run goes on.
func (s *Service) Loaded(ctx context.Context, c access.Caller, ref petri.RunRef) (petri.PackageList, error) {
	run, err := s.Get(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	switch {
	case !run.Status.Ended():
		return nil, petri.Errorf(petri.Conflict, "what run %s loads is known when it has ended: it is %s", run.Ref, run.Status)
	case run.Loaded == "":
		return nil, petri.Errorf(petri.NotFound, "it is not known which packages run %s loaded: its machine did not let that be seen, or the run is older than the question; petri packages %s lists what was installed", run.Ref, run.Ref)
	}
	return s.loaded(ctx, run)
}

// LoadedCount is how many packages a run loaded of which that is known.
func (s *Service) LoadedCount(ctx context.Context, run petri.Run) (int, error) {
	list, err := s.loaded(ctx, run)
	return len(list), err
}

func (s *Service) loaded(ctx context.Context, run petri.Run) (petri.PackageList, error) {
	text, err := s.readBlob(ctx, run.Loaded)
	if err != nil {
		return nil, fmt.Errorf("read what %s loaded: %w", run.Ref, err)
	}
	return petri.DecodePackageList(text)
}

// Record gives a run's record: the canonical document, and the signed envelope around it.
// Kinds: conflict where it has none yet, not_found where it never will.
func (s *Service) Record(ctx context.Context, c access.Caller, ref petri.RunRef) (store.StoredRecord, error) {
	var record store.StoredRecord
	err := s.db.View(ctx, func(tx *store.Tx) error {
		run, err := seeRun(tx, c, ref)
		if err != nil {
			return err
		}
		record, err = tx.Records().ByRun(run.ID)
		if petri.KindOf(err) == petri.NotFound {
			err = noRecord(run)
		}
		return err
	})
	return record, err
}

func noRecord(run petri.Run) error {
	if run.Status.Ended() {
		return petri.Errorf(petri.NotFound, "run %s has no record: it ended as %s, and only a run that succeeded, failed or was stopped has one", run.Ref, run.Status)
	}
	return petri.Errorf(petri.Conflict, "run %s has no record yet: it is %s; come back when it has ended, or follow it with petri logs -f %s", run.Ref, run.Status, run.Ref)
}
