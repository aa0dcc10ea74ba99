package envs

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/compare"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

// List gives the environments that the caller may see, by owner and name: one owner's where
// that is not "", archived ones only when asked for.
func (s *Service) List(ctx context.Context, c access.Caller, owner string, archived bool) ([]store.EnvironmentSummary, error) {
	var list []store.EnvironmentSummary
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Environments().List(store.EnvironmentFilter{Viewer: c.User, Owner: owner, Archived: archived})
		return err
	})
	return list, err
}

// Get gives one environment; ref's revision does not matter.
func (s *Service) Get(ctx context.Context, c access.Caller, ref petri.EnvironmentRef) (store.EnvironmentSummary, error) {
	var found store.EnvironmentSummary
	err := s.db.View(ctx, func(tx *store.Tx) error {
		env, err := access.Environment(tx, c, ref)
		if err != nil {
			return err
		}
		found = store.EnvironmentSummary{Environment: env}
		latest, err := tx.Revisions().Latest(env.ID)
		if petri.KindOf(err) == petri.NotFound {
			return nil
		}
		found.Revisions, found.Latest, found.LatestStatus = latest.Ref.Revision, latest.Ref.Revision, latest.Status
		return err
	})
	return found, err
}

// Revision gives one revision, with its environment: the active one where ref has no number,
// kind conflict where there is none.
func (s *Service) Revision(ctx context.Context, c access.Caller, ref petri.EnvironmentRef) (petri.Environment, petri.Revision, error) {
	var env petri.Environment
	var revision petri.Revision
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if env, revision, err = seeRevision(tx, c, ref); err != nil {
			return err
		}
		revision, err = shown(tx, c, revision)
		return err
	})
	return env, revision, err
}

// Revisions gives all revisions of an environment, newest first, with the environment.
func (s *Service) Revisions(ctx context.Context, c access.Caller, ref petri.EnvironmentRef) (petri.Environment, []petri.Revision, error) {
	var env petri.Environment
	var list []petri.Revision
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if env, err = access.Environment(tx, c, ref); err != nil {
			return err
		}
		if list, err = tx.Revisions().List(env.ID); err != nil {
			return err
		}
		for i := range list {
			if list[i], err = shown(tx, c, list[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return env, list, err
}

// AttachedFile is a file of a revision's build context.
type AttachedFile struct {
	Path string
	tree.Entry
}

// Attached lists a revision's attached files, in order.
func (s *Service) Attached(ctx context.Context, r petri.Revision) ([]AttachedFile, error) {
	list := []AttachedFile{}
	if r.Definition.Files == "" {
		return list, nil
	}
	err := tree.Walk(ctx, s.readBlob, r.Definition.Files, func(path string, e tree.Entry) error {
		list = append(list, AttachedFile{Path: path, Entry: e})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the attached files of %s: %w", r.Ref, err)
	}
	return list, nil
}

// Packages gives what is installed in a ready revision's image. Kind conflict where it is
// not ready.
func (s *Service) Packages(ctx context.Context, c access.Caller, ref petri.EnvironmentRef) (petri.PackageList, error) {
	_, revision, err := s.Revision(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	if err := Ready(revision); err != nil {
		return nil, petri.Errorf(petri.Conflict, "%s has no package list: %s", revision.Ref, petri.MessageOf(err))
	}
	if revision.Image.Packages == "" {
		return petri.PackageList{}, nil
	}
	text, err := s.readBlob(ctx, revision.Image.Packages)
	if err != nil {
		return nil, fmt.Errorf("read the package list of %s: %w", revision.Ref, err)
	}
	return petri.DecodePackageList(text)
}

// Diff compares two revisions: their definitions and, where both are ready, their packages.
func (s *Service) Diff(ctx context.Context, c access.Caller, a, b petri.EnvironmentRef) (compare.RevisionDiff, error) {
	_, revisionA, err := s.Revision(ctx, c, a)
	if err != nil {
		return compare.RevisionDiff{}, err
	}
	_, revisionB, err := s.Revision(ctx, c, b)
	if err != nil {
		return compare.RevisionDiff{}, err
	}
	return compare.Revisions(ctx, revisionA, revisionB, s.open())
}

// Usage tells what uses an environment, as far as the caller may see it.
func (s *Service) Usage(ctx context.Context, c access.Caller, ref petri.EnvironmentRef) (projects []petri.ProjectRef, revisions []petri.EnvironmentRef, runs int, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		env, err := access.Environment(tx, c, ref)
		if err != nil {
			return err
		}
		projects, revisions, runs, err = tx.Environments().Usage(env.ID, c.User)
		return err
	})
	return projects, revisions, runs, err
}

// BuildLogRef gives the latest build of a revision, whose log httpd then reads or follows.
// Without a number in ref it is the latest revision's.
func (s *Service) BuildLogRef(ctx context.Context, c access.Caller, ref petri.EnvironmentRef) (petri.Build, error) {
	var build petri.Build
	err := s.db.View(ctx, func(tx *store.Tx) error {
		env, err := access.Environment(tx, c, ref)
		if err != nil {
			return err
		}
		revision, err := startingPoint(tx, env, ref.Revision)
		if err != nil {
			return err
		}
		build, err = tx.Builds().LatestOf(revision.ID)
		return err
	})
	return build, err
}
