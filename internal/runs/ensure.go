package runs

import (
	"context"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/compare"
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
	// to an end of its own and is none of Except.
	Reuse  bool
	Except []petri.RunID
}

// Ensure finds or queues a run within a study's own transaction, so that what the study says of
// it and the run itself are there together or not at all. Nobody is asked for permission: the
// service that calls has asked. Kinds: invalid for what cannot run on this machine, conflict for
// a project that is archived or a revision that is not ready.
func (s *Service) Ensure(tx *store.Tx, want Wanted) (run petri.Run, reused bool, err error) {
	spec, err := s.complete(want.Spec)
	if err != nil {
		return petri.Run{}, false, err
	}
	if err := ready(want.Revision); err != nil {
		return petri.Run{}, false, err
	}
	run = petri.Run{
		ProjectID: want.Project.ID, Spec: spec, Commit: want.Commit, RevisionID: want.Revision.ID, Environment: want.Revision.Ref,
		Image: want.Revision.Image.Digest, Origin: want.Origin, CreatedBy: want.CreatedBy, RerunOf: want.RerunOf, CreatedAt: s.now(),
		Study: want.Study, Check: want.Check,
	}
	if want.Reuse {
		found, err := tx.Runs().Alike(store.Likeness(run))
		if err != nil {
			return petri.Run{}, false, err
		}
		if earlier, ok := pick(found, want.Except); ok {
			return earlier, true, nil
		}
	}
	if err := notArchived(want.Project); err != nil {
		return petri.Run{}, false, err
	}
	return run, false, tx.Runs().Create(&run)
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

// Revision finds the ready revision that a project's runs are to be made in: of the environment
// asked for, or of the project's own where that is the zero value. Kinds: not_found, conflict.
func Revision(tx *store.Tx, c access.Caller, project petri.Project, asked petri.EnvironmentRef) (petri.Revision, error) {
	return chooseRevision(tx, c, project, asked)
}

// Recorded finds the revision that a run was made in, with the very image, whatever became of its
// environment since.
func Recorded(tx *store.Tx, run petri.Run) (petri.Revision, error) {
	return revisionOf(tx, access.Caller{}, run, petri.EnvironmentRef{})
}

// Complete checks what a run would ask for, and fills in the server's defaults. Kind invalid for
// what cannot run on this machine.
func (s *Service) Complete(spec petri.RunSpec) (petri.RunSpec, error) { return s.complete(spec) }

// Origin is where a caller asks from: what they say, if it is an origin. Kind: invalid.
func Origin(c access.Caller, asked string) (string, error) { return originOf(c, asked) }

// ByID finds a run for a study; nobody is asked for permission. Kind: not_found.
func (s *Service) ByID(ctx context.Context, id petri.RunID) (petri.Run, error) {
	return s.byID(ctx, id)
}

// CompareByID is Compare for a study; nobody is asked for permission.
func (s *Service) CompareByID(ctx context.Context, a, b petri.RunID, rules petri.Rules) (petri.Comparison, error) {
	sides := [2]compare.Side{}
	for i, id := range []petri.RunID{a, b} {
		run, err := s.byID(ctx, id)
		if err != nil {
			return petri.Comparison{}, err
		}
		if sides[i], err = s.sideOf(ctx, run); err != nil {
			return petri.Comparison{}, err
		}
	}
	return compare.Runs(ctx, sides[0], sides[1], rules, s.open())
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

// pick is the newest of those alike that may stand for another run.
func pick(found []petri.Run, except []petri.RunID) (petri.Run, bool) {
	for _, run := range found {
		if endedByItself(run) && !slices.Contains(except, run.ID) {
			return run, true
		}
	}
	return petri.Run{}, false
}
