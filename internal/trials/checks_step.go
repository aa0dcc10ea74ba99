package trials

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// advanceChecks submits the checks' runs, judges those that have ended, and ends when all are
// judged.
func (s *Service) advanceChecks(ctx context.Context, study petri.Study) (petri.Study, error) {
	study, err := s.change(ctx, study.ID, s.submitChecks)
	if err != nil || study.Status != petri.StudyRunning || study.StopRequestedBy != "" {
		return study, err
	}
	for i := range study.Checks.Checks {
		if c := study.Checks.Checks[i]; c.Verdict == "" && c.Run.ID != 0 && c.Run.Status.Ended() {
			if err := s.judgeCheck(ctx, &study, i); err != nil {
				return study, fmt.Errorf("check %s: %w", c.Check.Name, err)
			}
		}
	}
	return study, nil
}

// submitChecks queues the runs that are missing, and closes a call of which all is known.
func (s *Service) submitChecks(tx *store.Tx, study *petri.Study) (bool, error) {
	report := study.Checks
	open, changed := 0, false
	var in place
	for i := range report.Checks {
		c := &report.Checks[i]
		if c.Verdict != "" {
			continue
		}
		if open++; c.Run.ID != 0 {
			continue
		}
		if err := in.find(tx, study.ProjectID, report.Environment); err != nil {
			return false, err
		}
		want := wanted(study, c.Check, in.project, report.Commit, in.revision)
		run, reused, err := s.runs.Ensure(tx, want)
		if err != nil {
			return false, fmt.Errorf("submit check %s: %w", c.Check.Name, err)
		}
		c.Run, changed = studyRun(run, reused), true
	}
	if open > 0 {
		return changed, nil
	}
	study.Status, study.Verdict = petri.StudyDone, string(reportVerdict(report.Checks))
	return true, nil
}

// reportVerdict is the worst of all checks.
func reportVerdict(checks []petri.CheckResult) petri.Verdict {
	verdict := petri.Same
	for _, c := range checks {
		switch c.Verdict {
		case petri.CheckSame, petri.CheckBaseline, petri.CheckFixed:
		case petri.CheckTolerance:
			verdict = verdict.Worse(petri.WithinTolerance)
		default:
			verdict = petri.Different
		}
	}
	return verdict
}

// judgeCheck compares one check's run with its baseline, outside of transactions, and keeps what
// came of it. The first result becomes the baseline; one that failed does not, for nothing could be
// told from being the same as it.
func (s *Service) judgeCheck(ctx context.Context, study *petri.Study, i int) error {
	c := &study.Checks.Checks[i]
	run, err := s.runs.ByID(ctx, c.Run.ID)
	if err != nil {
		return err
	}
	var f finding
	var also func(tx *store.Tx) error
	control, err := s.baselineRun(ctx, *study, c)
	switch {
	case err == nil:
		f, err = s.weigh(ctx, c.Check.Rules, control, run)
	case petri.KindOf(err) == petri.NotFound:
		f, err = s.firstResult(ctx, c.Check.Rules, run)
		also = func(tx *store.Tx) error { return becomeBaseline(tx, *study, run, f) }
	}
	if err != nil {
		return err
	}
	c.Verdict, c.Summary, c.Comparison = f.verdict, f.summary, kept(f.comparison, len(study.Checks.Checks))
	return s.save(ctx, study, also)
}

// baselineRun is the run that a check is compared with: the one noted when it began, or one that
// was accepted since. Kind not_found where there is none.
func (s *Service) baselineRun(ctx context.Context, study petri.Study, c *petri.CheckResult) (petri.Run, error) {
	var run petri.Run
	err := s.db.View(ctx, func(tx *store.Tx) error {
		if c.Baseline == (petri.RunRef{}) {
			current, err := tx.Baselines().Current(study.ProjectID, c.Check.Name)
			if err != nil {
				return err
			}
			c.Baseline = current.Run
		}
		var err error
		run, err = tx.Runs().ByNumber(study.ProjectID, c.Baseline.Number)
		return err
	})
	return run, err
}

// firstResult is the finding of a run that there is nothing to compare with.
func (s *Service) firstResult(ctx context.Context, rules petri.Rules, run petri.Run) (finding, error) {
	if f, ok := unusable(run); ok {
		return f, nil
	}
	if run.Status != petri.RunSucceeded {
		return finding{verdict: petri.CheckTrouble, summary: ending(run) + ", and there is no baseline to compare it with; a result that failed does not become one"}, nil
	}
	matched, err := s.matches(ctx, rules, run)
	if err != nil || !matched {
		return matchesNothing(rules), err
	}
	return finding{verdict: petri.CheckBaseline, summary: "the first result, with which later ones are compared"}, nil
}

// becomeBaseline makes a first result the baseline, unless another one was faster: the check is
// then judged again, as of that.
func becomeBaseline(tx *store.Tx, study petri.Study, run petri.Run, f finding) error {
	if f.verdict != petri.CheckBaseline {
		return nil
	}
	_, err := tx.Baselines().Current(study.ProjectID, run.Check)
	if err == nil {
		return petri.Errorf(petri.Unavailable, "check %s was given a baseline meanwhile", run.Check)
	}
	if petri.KindOf(err) != petri.NotFound {
		return err
	}
	return tx.Baselines().Accept(&petri.Baseline{
		ProjectID: study.ProjectID, Check: run.Check, RunID: run.ID, AcceptedBy: study.CreatedBy, Note: "the first result",
	})
}
