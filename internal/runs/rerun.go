package runs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Repetition says what is to be otherwise in a rerun.
type Repetition struct {
	// Environment is another one to run in; the recorded revision where it is the zero value.
	Environment petri.EnvironmentRef
	Title       string // the recorded one where ""
	Origin      string
}

// Rerun queues a run with the commit, command and settings of an earlier one, in the very
// image of that one, whatever became of its environment since: a newer active revision, or the
// archive. Kinds as for Submit.
func (s *Service) Rerun(ctx context.Context, c access.Caller, ref petri.RunRef, want Repetition) (petri.Run, error) {
	origin, err := Origin(c, want.Origin)
	if err != nil {
		return petri.Run{}, err
	}
	var run petri.Run
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		project, err := workIn(tx, c, ref.Project)
		if err != nil {
			return err
		}
		if err := notArchived(project); err != nil {
			return err
		}
		earlier, err := seeRun(tx, c, ref)
		if err != nil {
			return err
		}
		if !earlier.Status.Ended() {
			return petri.Errorf(petri.Conflict, "run %s has not ended, it is %s: wait for it or stop it, then run it again; or run the same beside it with petri run --commit %s", earlier.Ref, earlier.Status, earlier.Commit.Short())
		}
		spec := earlier.Spec
		if want.Title != "" {
			spec.Title = want.Title
		}
		if spec, err = s.Complete(spec); err != nil {
			return err
		}
		revision, err := revisionOf(tx, c, earlier, want.Environment)
		if err != nil {
			return err
		}
		run = petri.Run{
			ProjectID: project.ID, Spec: spec, Commit: earlier.Commit, RevisionID: revision.ID, Environment: revision.Ref,
			Image: revision.Image.Digest, Origin: origin, CreatedBy: c.User.Name, RerunOf: earlier.Ref.String(), CreatedAt: s.now(),
		}
		return tx.Runs().Create(&run)
	})
	return run, err
}

// revisionOf is the revision that a run was made in, or another one if that was asked for.
func revisionOf(tx *store.Tx, c access.Caller, run petri.Run, asked petri.EnvironmentRef) (petri.Revision, error) {
	if asked != (petri.EnvironmentRef{}) {
		return useRevision(tx, c, asked, true)
	}
	return Recorded(tx, run)
}
