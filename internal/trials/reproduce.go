package trials

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

// maxTimes bounds the reruns of one reproduction.
const maxTimes = 100

// ReproductionRequest asks for reruns of a recorded run.
type ReproductionRequest struct {
	Run   petri.RunRef
	Times int // 1 where 0
	// Rules makes of the rules of the project's petri.toml, as of the run's own commit, those that
	// hold; nil for no change.
	Rules  func(petri.Rules) petri.Rules
	Origin string
}

// StartReproduction begins reruns of a run with everything as recorded, in the very image, whatever
// became of its environment since; each is compared with it. Kinds: invalid, not_found, denied,
// conflict for a run that did not come to its own end or a project that is archived.
func (s *Service) StartReproduction(ctx context.Context, c access.Caller, want ReproductionRequest) (petri.Study, error) {
	if want.Times == 0 {
		want.Times = 1
	}
	if want.Times < 0 || want.Times > maxTimes {
		return petri.Study{}, petri.Errorf(petri.Invalid, "a run cannot be reproduced %d times at once: ask for 1 to %d", want.Times, maxTimes)
	}
	var run petri.Run
	var project petri.Project
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		run, project, err = reproducible(tx, c, want.Run)
		return err
	})
	if err != nil {
		return petri.Study{}, err
	}
	if _, err := s.runs.Complete(run.Spec); err != nil {
		return petri.Study{}, err
	}
	rules := s.rulesAt(ctx, project, run.Commit)
	if want.Rules != nil {
		rules = want.Rules(rules)
	}
	if err := rules.Check(); err != nil {
		return petri.Study{}, err
	}
	study := petri.Study{
		Kind: petri.StudyReproduction, ProjectID: project.ID, RunID: run.ID, CreatedBy: c.User.Name,
		Reproduction: &petri.Reproduction{Run: run.Ref, Rules: rules, Reruns: make([]petri.ReproductionRun, want.Times), Noise: []petri.Spread{}},
	}
	if study.Origin, err = runs.Origin(c, want.Origin); err != nil {
		return petri.Study{}, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if _, _, err := reproducible(tx, c, want.Run); err != nil {
			return err
		}
		return tx.Studies().Create(&study)
	})
	return study, err
}

// reproducible finds a run that the caller may have run again.
func reproducible(tx *store.Tx, c access.Caller, ref petri.RunRef) (petri.Run, petri.Project, error) {
	project, err := runs.Project(tx, c, ref.Project)
	if err != nil {
		return petri.Run{}, project, err
	}
	run, err := tx.Runs().ByNumber(project.ID, ref.Number)
	switch {
	case petri.KindOf(err) == petri.NotFound:
		err = petri.RunRef{Project: project.Ref(), Number: ref.Number}.Missing()
	case err != nil:
	case !run.Status.Ended():
		err = petri.Errorf(petri.Conflict, "run %s has not ended, it is %s: wait for it, then reproduce it", run.Ref, run.Status)
	case run.Status == petri.RunStopped || run.Status == petri.RunError:
		err = petri.Errorf(petri.Conflict, "run %s cannot be reproduced: it did not come to its own end, its status is %s", run.Ref, run.Status)
	}
	if err == nil {
		_, err = runs.Recorded(tx, run)
	}
	return run, project, err
}

// rulesAt are the rules of [compare] in a commit's petri.toml; plain ones, which are stricter, where
// it has none or none that can be read.
func (s *Service) rulesAt(ctx context.Context, project petri.Project, commit petri.CommitID) petri.Rules {
	file, err := s.checksOf(ctx, project, commit)
	if err != nil {
		return petri.Rules{}
	}
	return file.Rules()
}

// Rules are those by which a project compares its runs: what its head's petri.toml says; plain ones
// where it has none. Kinds: not_found, invalid for a petri.toml that cannot be read.
func (s *Service) Rules(ctx context.Context, c access.Caller, ref petri.ProjectRef) (petri.Rules, error) {
	var project petri.Project
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		project, err = access.Project(tx, c, ref)
		return err
	})
	if err != nil || project.Head == "" {
		return petri.Rules{}, err
	}
	file, err := s.checksOf(ctx, project, project.Head)
	if petri.KindOf(err) == petri.NotFound {
		return petri.Rules{}, nil
	}
	return file.Rules(), err
}

// Reproductions gives the studies that reran a run, newest first. Kind: not_found.
func (s *Service) Reproductions(ctx context.Context, c access.Caller, ref petri.RunRef) ([]petri.Study, error) {
	run, err := s.runs.Get(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	return s.List(ctx, c, store.StudyFilter{Kind: petri.StudyReproduction, Run: run.ID})
}
