package trials

import (
	"context"
	"fmt"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

// How many runs of a trial go on at once, unless asked, and at most.
const (
	defaultParallel = 4
	maxParallel     = 64
)

// TrialRequest asks for a trial of a ready revision.
type TrialRequest struct {
	Candidate petri.EnvironmentRef
	Parallel  int // 0 for the default
	// Pinned: also those that are pinned to a revision, as if they were to move to the candidate.
	Pinned bool
	// Projects are the only dependents to try; all where there are none.
	Projects []petri.ProjectRef
	Origin   string
}

// StartTrial begins a trial of a revision against the environment's active one. Kinds: invalid,
// not_found, denied to all but those who may change the environment, conflict where the revision
// is not ready, active already, or on trial already.
func (s *Service) StartTrial(ctx context.Context, c access.Caller, want TrialRequest) (petri.Study, error) {
	if want.Parallel == 0 {
		want.Parallel = defaultParallel
	}
	if want.Parallel < 1 || want.Parallel > maxParallel {
		return petri.Study{}, petri.Errorf(petri.Invalid, "%d runs at once cannot be: ask for 1 to %d", want.Parallel, maxParallel)
	}
	var env petri.Environment
	var candidate petri.Revision
	var all []dependent
	var derived []petri.DerivedCandidate
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if env, candidate, err = onTrial(tx, c, want.Candidate); err != nil {
			return err
		}
		if all, derived, err = dependents(tx, env, candidate.Ref, want.Pinned); err != nil {
			return err
		}
		return areDependents(c, env, all, want.Projects)
	})
	if err != nil {
		return petri.Study{}, err
	}
	trial := petri.Trial{Candidate: candidate.Ref, Control: env.Ref().At(env.Active), Parallel: want.Parallel}
	if err := s.plan(ctx, &trial, all, derived, want.Projects); err != nil {
		return petri.Study{}, err
	}
	study := petri.Study{
		Kind: petri.StudyTrial, EnvironmentID: env.ID, CandidateID: candidate.ID, CreatedBy: c.User.Name, CreatedAt: s.now(), Trial: &trial,
	}
	if study.Origin, err = runs.Origin(c, want.Origin); err != nil {
		return petri.Study{}, err
	}
	var shown petri.Study
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if _, _, err := onTrial(tx, c, want.Candidate); err != nil {
			return err
		}
		made := study
		if err := tx.Studies().Create(&made); err != nil {
			return err
		}
		shown, err = tx.Studies().ByID(made.ID) // a document of its own, to be veiled
		if err != nil {
			return err
		}
		return veil(tx, c, &shown)
	})
	return shown, err
}

// onTrial finds a revision that may be tried.
func onTrial(tx *store.Tx, c access.Caller, ref petri.EnvironmentRef) (petri.Environment, petri.Revision, error) {
	env, err := access.Environment(tx, c, ref)
	if err != nil {
		return env, petri.Revision{}, err
	}
	if err := access.MayEdit(c, env.Owner, "environment "+env.Ref().String()); err != nil {
		return env, petri.Revision{}, err
	}
	if ref.Revision == 0 {
		return env, petri.Revision{}, petri.Errorf(petri.Invalid, "which revision of %s is to be tried? Write it as in petri env trial %s@3", ref, ref)
	}
	if env.Archived {
		return env, petri.Revision{}, petri.Errorf(petri.Conflict, "environment %s is archived, and nothing new can run in it: bring it back with petri env unarchive %s", env.Ref(), env.Ref())
	}
	r, err := access.Revision(tx, env, ref.Revision)
	if err != nil {
		return env, r, err
	}
	if err := envs.Ready(r); err != nil {
		return env, r, petri.Errorf(petri.Conflict, "%s cannot be tried: %s", r.Ref, petri.MessageOf(err))
	}
	if r.Ref.Revision == env.Active {
		return env, r, petri.Errorf(petri.Conflict, "%s is the active revision already: there is nothing to try", r.Ref)
	}
	if env.Active == 0 {
		return env, r, petri.Errorf(petri.Conflict, "environment %s has no active revision to compare with", env.Ref())
	}
	return env, r, notUnderWay(tx, env, r)
}

func notUnderWay(tx *store.Tx, env petri.Environment, r petri.Revision) error {
	earlier, err := tx.Studies().List(store.StudyFilter{Kind: petri.StudyTrial, Environment: env.ID, Candidate: r.ID})
	if err != nil {
		return err
	}
	for _, t := range earlier {
		if t.Status == petri.StudyRunning {
			return petri.Errorf(petri.Conflict, "%s of %s is under way: follow it with petri env trial show %s, or stop it with petri env trial stop %s", t.Ref(), r.Ref, t.Ref(), t.Ref())
		}
	}
	return nil
}

// areDependents refuses to try a project that does not use the environment. One that the caller
// may not see is told the same.
func areDependents(c access.Caller, env petri.Environment, all []dependent, asked []petri.ProjectRef) error {
	for _, ref := range asked {
		known := slices.ContainsFunc(all, func(d dependent) bool {
			return d.project.Ref() == ref && access.CanSee(c, d.project.Owner, d.project.Visibility)
		})
		if !known {
			return petri.Errorf(petri.NotFound, "%s is no project that uses %s, directly or by an environment based on it: see petri env usage %s", ref, env.Ref(), env.Ref())
		}
	}
	return nil
}

// advanceTrial takes a trial as far as it goes now: it makes candidates and runs that are missing,
// then compares what has ended.
func (s *Service) advanceTrial(ctx context.Context, study petri.Study) (petri.Study, error) {
	study, err := s.change(ctx, study.ID, func(tx *store.Tx, study *petri.Study) (bool, error) {
		before := progress(study.Trial)
		if err := s.deriveCandidates(tx, study); err != nil {
			return false, fmt.Errorf("derive candidates: %w", err)
		}
		for _, slot := range slots(study.Trial) {
			retry(slot.run(study.Trial))
		}
		if err := s.submitMissing(tx, study); err != nil {
			return false, err
		}
		concludeTrial(study)
		return progress(study.Trial) != before || study.Status != petri.StudyRunning, nil
	})
	if err != nil || study.Status != petri.StudyRunning || study.StopRequestedBy != "" {
		return study, err
	}
	for _, i := range judgeable(study.Trial) {
		if err := s.judgeTrialCheck(ctx, study.Trial, &study.Trial.Checks[i]); err != nil {
			return study, err
		}
		concludeTrial(&study)
		if err := s.save(ctx, &study, nil); err != nil || study.StopRequestedBy != "" {
			return study, err
		}
	}
	return study, nil
}

// concludeTrial ends a trial all of whose checks were judged.
func concludeTrial(study *petri.Study) {
	if !judged(study.Trial) {
		return
	}
	study.Trial.Verdict = trialVerdict(study.Trial.Checks)
	study.Verdict, study.Status = string(study.Trial.Verdict), petri.StudyDone
}
