package trials

import (
	"context"
	"fmt"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/store"
)

// BisectionRequest asks which revision of an environment changed the results of a check, between
// one that is known to be good and one that is known to be bad.
type BisectionRequest struct {
	Project     petri.ProjectRef
	Check       string
	Environment petri.EnvironmentRef
	Good, Bad   int
	Origin      string
}

// StartBisection begins a bisection, at the project's head. Kinds: invalid, not_found, denied to all
// but those who may change the project, conflict where a revision is not ready or there is no commit.
func (s *Service) StartBisection(ctx context.Context, c access.Caller, want BisectionRequest) (petri.Study, error) {
	var project petri.Project
	var between []petri.Revision
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if project, err = bisectable(tx, c, want.Project); err != nil {
			return err
		}
		between, err = suspects(tx, c, want)
		return err
	})
	if err != nil {
		return petri.Study{}, err
	}
	file, err := s.checksOf(ctx, project, project.Head)
	if err != nil {
		return petri.Study{}, err
	}
	check, err := file.Check(want.Check)
	if err != nil {
		return petri.Study{}, err
	}
	b := petri.Bisection{Project: project.Ref(), Check: check, Commit: project.Head, Bound: mostRuns(len(between))}
	for _, r := range between {
		b.Revisions = append(b.Revisions, r.Ref)
	}
	b.Steps = []petri.BisectionStep{{Revision: b.Revisions[0]}, {Revision: b.Revisions[len(between)-1]}}
	study := petri.Study{
		Kind: petri.StudyBisection, ProjectID: project.ID, EnvironmentID: between[0].EnvironmentID, CreatedBy: c.User.Name,
		Origin: want.Origin, CreatedAt: s.now(), Bisection: &b,
	}
	return study, s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if b.New, err = s.newRuns(tx, &study, project, between); err != nil {
			return err
		}
		return tx.Studies().Create(&study)
	})
}

func bisectable(tx *store.Tx, c access.Caller, ref petri.ProjectRef) (petri.Project, error) {
	project, err := access.Project(tx, c, ref)
	switch {
	case err != nil:
		return project, err
	case !access.CanEdit(c, project.Owner):
		return project, petri.Errorf(petri.Denied, "only %s, who owns project %s, or an administrator may start and stop runs in it", project.Owner, project.Ref())
	case project.Archived:
		return project, petri.Errorf(petri.Conflict, "project %s is archived: none of its checks can be run; bring it back with petri project unarchive %s", project.Ref(), project.Ref())
	case project.Head == "":
		return project, petri.Errorf(petri.Conflict, "project %s has no commit yet: push its files first, with petri push", project.Ref())
	}
	return project, nil
}

// suspects are the ready revisions from the good to the bad one, in that order.
func suspects(tx *store.Tx, c access.Caller, want BisectionRequest) ([]petri.Revision, error) {
	env, err := access.Environment(tx, c, want.Environment)
	if err != nil {
		return nil, err
	}
	if want.Good == want.Bad {
		return nil, petri.Errorf(petri.Invalid, "%s cannot be both good and bad: name two revisions, as in --good %s --bad %s", env.Ref().At(want.Good), env.Ref().At(1), env.Ref().At(2))
	}
	for _, number := range []int{want.Good, want.Bad} {
		r, err := access.Revision(tx, env, number)
		if err != nil {
			return nil, err
		}
		if err := envs.Ready(r); err != nil {
			return nil, petri.Errorf(petri.Conflict, "nothing can run in %s: %s", r.Ref, petri.MessageOf(err))
		}
	}
	list, err := tx.Revisions().ReadyBetween(env.ID, min(want.Good, want.Bad), max(want.Good, want.Bad))
	if err == nil && len(list) < 2 {
		err = petri.Errorf(petri.Internal, "%s has no two ready revisions from %d to %d", env.Ref(), want.Good, want.Bad)
	}
	if want.Good > want.Bad {
		slices.Reverse(list)
	}
	return list, err
}

// newRuns is how many runs have to be made at most.
func (s *Service) newRuns(tx *store.Tx, study *petri.Study, project petri.Project, between []petri.Revision) (int, error) {
	there := make([]bool, len(between))
	for i, r := range between {
		var err error
		if there[i], err = s.runs.Reusable(tx, bisectionRun(study, project, r, true)); err != nil {
			return 0, fmt.Errorf("look for runs in %s: %w", r.Ref, err)
		}
	}
	return mostNewRuns(there), nil
}
