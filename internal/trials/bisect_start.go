package trials

import (
	"context"
	"fmt"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/explain"
	"github.com/petri-dev/petri/internal/runs"
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
	var commit petri.CommitID
	var between []petri.Revision
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if project, commit, err = runs.Place(tx, c, want.Project, ""); err != nil {
			return err
		}
		between, err = suspects(tx, c, want)
		return err
	})
	if err != nil {
		return petri.Study{}, err
	}
	file, err := s.checksOf(ctx, project, commit)
	if err != nil {
		return petri.Study{}, err
	}
	check, err := file.Check(want.Check)
	if err != nil {
		return petri.Study{}, err
	}
	b := petri.Bisection{Project: project.Ref(), Check: check, Commit: commit, Repeats: 1}
	code, err := s.sources(ctx, project.ID, commit, check.Spec.Command)
	if err != nil {
		return petri.Study{}, fmt.Errorf("look into the code of %s: %w", project.Ref(), err)
	}
	if explain.Draws(code) {
		b.Repeats += maxMore
	}
	b.Bound = mostRuns(len(between), b.Repeats)
	for _, r := range between {
		b.Revisions = append(b.Revisions, r.Ref)
	}
	b.Steps = []petri.BisectionStep{{Revision: b.Revisions[0]}, {Revision: b.Revisions[len(between)-1]}}
	study := petri.Study{
		Kind: petri.StudyBisection, ProjectID: project.ID, EnvironmentID: between[0].EnvironmentID, CreatedBy: c.User.Name,
		CreatedAt: s.now(), Bisection: &b,
	}
	if study.Origin, err = runs.Origin(c, want.Origin); err != nil {
		return petri.Study{}, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) { // it may take a while, and holds nobody up
		b.New, err = s.newRuns(tx, &study, project, between)
		return err
	})
	if err != nil {
		return petri.Study{}, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := runs.Project(tx, c, want.Project); err != nil { // nothing may have changed meanwhile
			return err
		}
		return tx.Studies().Create(&study)
	})
	return study, err
}

// suspects are the ready revisions from the good to the bad one, in that order.
func suspects(tx *store.Tx, c access.Caller, want BisectionRequest) ([]petri.Revision, error) {
	env, err := access.Environment(tx, c, want.Environment)
	if err != nil {
		return nil, err
	}
	if want.Good < 1 || want.Bad < 1 {
		return nil, petri.Errorf(petri.Invalid, "which revisions of %s? Name a good and a bad one, as in --good %s --bad %s", env.Ref(), env.Ref().At(1), env.Ref().At(2))
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
		if there[i], err = s.runs.Reusable(tx, bisectionRun(study, project, r)); err != nil {
			return 0, fmt.Errorf("look for runs in %s: %w", r.Ref, err)
		}
	}
	return mostNewRuns(there, study.Bisection.Repeats), nil
}
