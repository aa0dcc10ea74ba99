package runs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Wanted is a run that a study needs.
type Wanted struct {
	Project  petri.Project
	Commit   petri.CommitID
	Revision petri.Revision
	Spec     petri.RunSpec

	CreatedBy string
	Origin    string
	RerunOf   string
	Check     string
	Study     petri.StudyID
	// Reuse: a sealed run with the same commit, image, command and settings is as good, if it came
	// to an end of its own.
	Reuse bool
}

// Ensure finds or queues a run within a study's own transaction, so that what the study says of
// it and the run itself are there together or not at all. Nobody is asked for permission: the
// service that calls has asked. Kinds: invalid for what cannot run on this machine, conflict for
// a project that is archived or a revision that is not ready.
func (s *Service) Ensure(tx *store.Tx, want Wanted) (run petri.Run, reused bool, err error) {
	if run, err = s.of(want); err != nil {
		return petri.Run{}, false, err
	}
	if err := ready(want.Revision); err != nil {
		return petri.Run{}, false, err
	}
	if want.Reuse {
		if earlier, there, err := alike(tx, run); there || err != nil {
			return earlier, there, err
		}
	}
	if err := notArchived(want.Project); err != nil {
		return petri.Run{}, false, err
	}
	return run, false, tx.Runs().Create(&run)
}

// Reusable tells whether Ensure would find such a run there already. Kinds as Ensure's.
func (s *Service) Reusable(tx *store.Tx, want Wanted) (bool, error) {
	run, err := s.of(want)
	if err != nil {
		return false, err
	}
	_, there, err := alike(tx, run)
	return there, err
}

// of is the run that is wanted, as it would be queued.
func (s *Service) of(want Wanted) (petri.Run, error) {
	spec, err := s.Complete(want.Spec)
	return petri.Run{
		ProjectID: want.Project.ID, Spec: spec, Commit: want.Commit, RevisionID: want.Revision.ID, Environment: want.Revision.Ref,
		Image: want.Revision.Image.Digest, Origin: want.Origin, CreatedBy: want.CreatedBy, RerunOf: want.RerunOf, CreatedAt: s.now(),
		Study: want.Study, Check: want.Check,
	}, err
}

// Place finds a project in which the caller may start runs, and the commit that is meant, of which
// "" is the head. Kinds: not_found, denied, conflict where it is archived or has no commit.
func Place(tx *store.Tx, c access.Caller, ref petri.ProjectRef, commit string) (petri.Project, petri.CommitID, error) {
	project, err := Project(tx, c, ref)
	if err != nil {
		return petri.Project{}, "", err
	}
	id, err := findCommit(tx, project, commit)
	return project, id, err
}

// Project finds a project in which the caller may start runs. Kinds: not_found, denied, conflict
// where it is archived.
func Project(tx *store.Tx, c access.Caller, ref petri.ProjectRef) (petri.Project, error) {
	project, err := workIn(tx, c, ref)
	if err != nil {
		return petri.Project{}, err
	}
	return project, notArchived(project)
}

// Recorded finds the revision that a run was made in, with the very image, whatever became of its
// environment since.
func Recorded(tx *store.Tx, run petri.Run) (petri.Revision, error) {
	revision, err := tx.Revisions().ByID(run.RevisionID)
	if err != nil {
		return petri.Revision{}, err
	}
	if revision.Image.Digest != run.Image {
		return petri.Revision{}, petri.Errorf(petri.Internal, "run %s was made in image %s, and %s now says %s; the database was altered", run.Ref, run.Image.Short(), revision.Ref, revision.Image.Digest.Short())
	}
	return revision, nil
}

// ByID finds a run for a study; nobody is asked for permission. Kind: not_found.
func (s *Service) ByID(ctx context.Context, id petri.RunID) (petri.Run, error) {
	return s.byID(ctx, id)
}

// StopFor asks that a run end, in the name of by; nobody is asked for permission. One that has
// ended is left as it is.
func (s *Service) StopFor(ctx context.Context, id petri.RunID, by string) error {
	run, err := s.byID(ctx, id)
	for err == nil && !run.Status.Ended() {
		if run.Status == petri.RunQueued {
			_, err = s.sealUnstarted(ctx, run, by)
		} else {
			err = s.db.Update(ctx, func(tx *store.Tx) error { return tx.Runs().RequestStop(run.ID, by) })
		}
		if petri.KindOf(err) != petri.Conflict {
			return err
		}
		run, err = s.byID(ctx, id) // it went on meanwhile
	}
	return err
}

// endedByItself tells whether a run's outcome is its command's doing alone, and so what another
// run of the same would come to.
func endedByItself(run petri.Run) bool {
	o := run.Outcome
	return (run.Status == petri.RunSucceeded || run.Status == petri.RunFailed) && !o.Stopped && !o.TimedOut && !o.DiskFull && !o.OOMKilled
}

// alike finds the newest run that may stand for another one.
func alike(tx *store.Tx, run petri.Run) (petri.Run, bool, error) {
	found, err := tx.Runs().Alike(store.Likeness(run))
	for _, one := range found {
		if endedByItself(one) {
			return one, true, err
		}
	}
	return petri.Run{}, false, err
}

// Alike gives the newest other runs that should have come to the same as a sealed run, and came to an
// end of their own, newest first. Nobody is asked for permission.
func (s *Service) Alike(ctx context.Context, run petri.Run) ([]petri.Run, error) {
	var others []petri.Run
	err := s.db.View(ctx, func(tx *store.Tx) error {
		found, err := tx.Runs().Alike(store.Likeness(run))
		for _, one := range found {
			if one.ID != run.ID && endedByItself(one) {
				others = append(others, one)
			}
		}
		return err
	})
	return others, err
}
