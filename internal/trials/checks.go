package trials

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/projectfile"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

// CheckRequest asks for a call of a project's checks.
type CheckRequest struct {
	Project petri.ProjectRef
	// Names are of the checks to run; all that the commit declares where there are none.
	Names []string
	// Commit is an id, an unambiguous prefix, or head, which is what "" means.
	Commit string
	// Environment is the one that the commit's petri.toml names where it is the zero value, else
	// the project's own.
	Environment petri.EnvironmentRef
	// Baseline is a run to compare one check with, in place of its baseline; it becomes that where
	// there is none yet.
	Baseline petri.RunRef
	Origin   string // cli, web or api; the caller's where ""
}

// StartChecks begins a call of checks: each is run anew and compared with its baseline by the
// rules that the commit declares. Kinds as for runs.Submit; not_found also for a check that the
// commit does not declare.
func (s *Service) StartChecks(ctx context.Context, c access.Caller, want CheckRequest) (petri.Study, error) {
	var project petri.Project
	var commit petri.CommitID
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		project, commit, err = runs.Place(tx, c, want.Project, want.Commit)
		return err
	})
	if err != nil {
		return petri.Study{}, err
	}
	file, err := s.checksOf(ctx, project, commit)
	if err != nil {
		return petri.Study{}, err
	}
	checks, err := s.choose(file, want)
	if err != nil {
		return petri.Study{}, err
	}
	environment, err := environmentOf(want.Environment, file, project)
	if err != nil {
		return petri.Study{}, err
	}
	study := petri.Study{Kind: petri.StudyChecks, ProjectID: project.ID, CreatedBy: c.User.Name, Checks: &petri.CheckReport{Project: project.Ref(), Commit: commit, Checks: checks}}
	if study.Origin, err = runs.Origin(c, want.Origin); err != nil {
		return petri.Study{}, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		project, _, err := runs.Place(tx, c, want.Project, string(commit)) // nothing may have changed meanwhile
		if err != nil {
			return err
		}
		revision, err := runs.Revision(tx, c, project, environment)
		if err != nil {
			return err
		}
		study.Checks.Environment = revision.Ref
		if err := compareWith(tx, c, project, want.Baseline, study.Checks.Checks); err != nil {
			return err
		}
		return tx.Studies().Create(&study)
	})
	return study, err
}

// choose picks the checks that were asked for, and refuses those that could not run here.
func (s *Service) choose(file projectfile.File, want CheckRequest) ([]petri.CheckResult, error) {
	picked := file.Checks()
	if len(want.Names) > 0 {
		picked = nil
		seen := map[string]bool{}
		for _, name := range want.Names {
			check, err := file.Check(name)
			if err != nil {
				return nil, err
			}
			if !seen[name] {
				picked = append(picked, check)
			}
			seen[name] = true
		}
	}
	if len(picked) == 0 {
		return nil, petri.Errorf(petri.Conflict, "petri.toml declares no checks; add one under [[check]], with a name and a command")
	}
	if want.Baseline != (petri.RunRef{}) && len(picked) != 1 {
		return nil, petri.Errorf(petri.Invalid, "%s can be the baseline of one check, and %d are to be run: name the one", want.Baseline, len(picked))
	}
	results := []petri.CheckResult{}
	for _, check := range picked {
		if _, err := s.runs.Complete(check.Spec); err != nil {
			return nil, petri.Wrap(petri.KindOf(err), err, "check %s: %s", check.Name, petri.MessageOf(err))
		}
		results = append(results, petri.CheckResult{Check: check})
	}
	return results, nil
}

// environmentOf is what was asked for, else what the commit's petri.toml says; the zero value
// where neither says anything.
func environmentOf(asked petri.EnvironmentRef, file projectfile.File, project petri.Project) (petri.EnvironmentRef, error) {
	if asked != (petri.EnvironmentRef{}) || file.Environment == "" {
		return asked, nil
	}
	return petri.ParseEnvironmentRef(file.Environment, project.Owner)
}

// compareWith notes what each check is compared with: the named run, else its baseline.
func compareWith(tx *store.Tx, c access.Caller, project petri.Project, named petri.RunRef, checks []petri.CheckResult) error {
	for i := range checks {
		name := checks[i].Check.Name
		current, err := tx.Baselines().Current(project.ID, name)
		if err != nil && petri.KindOf(err) != petri.NotFound {
			return err
		}
		checks[i].Baseline = current.Run
		if named == (petri.RunRef{}) {
			continue
		}
		run, err := sealedRun(tx, project, named)
		if err != nil {
			return err
		}
		checks[i].Baseline = run.Ref
		if current.RunID == 0 && run.Status == petri.RunSucceeded {
			first := petri.Baseline{ProjectID: project.ID, Check: name, RunID: run.ID, AcceptedBy: c.User.Name, Note: "named as the first baseline"}
			if err := tx.Baselines().Accept(&first); err != nil {
				return err
			}
		}
	}
	return nil
}

// sealedRun finds a run of the project from whose results something can be learnt.
func sealedRun(tx *store.Tx, project petri.Project, ref petri.RunRef) (petri.Run, error) {
	if ref.Project != project.Ref() {
		return petri.Run{}, petri.Errorf(petri.Invalid, "%s is not a run of project %s", ref, project.Ref())
	}
	run, err := tx.Runs().ByNumber(project.ID, ref.Number)
	if petri.KindOf(err) == petri.NotFound {
		return run, ref.Missing()
	}
	if err == nil && run.Status != petri.RunSucceeded && run.Status != petri.RunFailed {
		err = petri.Errorf(petri.Conflict, "%s cannot be a baseline: it is %s, and only a run that came to its own end has results to compare with", run.Ref, run.Status)
	}
	return run, err
}
