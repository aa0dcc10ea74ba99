package runs

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// workIn finds a project in which the caller may start and stop runs.
func workIn(tx *store.Tx, c access.Caller, ref petri.ProjectRef) (petri.Project, error) {
	project, err := access.Project(tx, c, ref)
	if err != nil {
		return petri.Project{}, err
	}
	if !access.CanEdit(c, project.Owner) {
		return petri.Project{}, petri.Errorf(petri.Denied, "only %s, who owns project %s, or an administrator may start and stop runs in it", project.Owner, project.Ref())
	}
	return project, nil
}

func notArchived(project petri.Project) error {
	if project.Archived {
		return petri.Errorf(petri.Conflict, "project %s is archived: its runs can be read, and none be started; bring it back with petri project unarchive %s", project.Ref(), project.Ref())
	}
	return nil
}

// seeRun finds a run in a project that the caller may see.
func seeRun(tx *store.Tx, c access.Caller, ref petri.RunRef) (petri.Run, error) {
	project, err := access.Project(tx, c, ref.Project)
	if err != nil {
		return petri.Run{}, err
	}
	run, err := tx.Runs().ByNumber(project.ID, ref.Number)
	if petri.KindOf(err) == petri.NotFound {
		err = petri.RunRef{Project: project.Ref(), Number: ref.Number}.Missing()
	}
	return run, err
}

// useRevision finds the ready revision that a run is to be made in: the active one where ref
// has no number. Only a rerun may use an archived environment's.
func useRevision(tx *store.Tx, c access.Caller, ref petri.EnvironmentRef, archived bool) (petri.Revision, error) {
	env, err := access.Environment(tx, c, ref)
	if err != nil {
		return petri.Revision{}, err
	}
	if env.Archived && !archived {
		return petri.Revision{}, petri.Errorf(petri.Conflict, "environment %s is archived, and nothing new can run in it: bring it back with petri env unarchive %s, or choose another with --env; petri rerun repeats an earlier run as it was", env.Ref(), env.Ref())
	}
	number := ref.Revision
	if number == 0 {
		if number = env.Active; number == 0 {
			return petri.Revision{}, petri.Errorf(petri.Conflict, "environment %s has no active revision yet: its first build must succeed; see petri env log %s", env.Ref(), env.Ref())
		}
	}
	revision, err := access.Revision(tx, env, number)
	if err != nil {
		return petri.Revision{}, err
	}
	return revision, ready(revision)
}

func ready(r petri.Revision) error {
	switch r.Status {
	case petri.BuildReady:
		return nil
	case petri.BuildFailed:
		return petri.Errorf(petri.Conflict, "nothing can run in %s: its build failed; see petri env log %s, then petri env edit", r.Ref, r.Ref)
	case petri.BuildCanceled:
		return petri.Errorf(petri.Conflict, "nothing can run in %s: its build was cancelled; start it again with petri env build %s", r.Ref, r.Ref)
	}
	return petri.Errorf(petri.Conflict, "nothing can run in %s yet: it is %s; follow it with petri env log %s", r.Ref, r.Status, r.Ref)
}
