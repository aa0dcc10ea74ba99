package trials

import (
	"context"
	"errors"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// stopStep ends what runs for the study alone, and, when all has ended, the study. What is known
// by then stays.
func (s *Service) stopStep(ctx context.Context, id petri.StudyID) error {
	study, err := s.byID(ctx, id)
	if err != nil {
		return err
	}
	rest := true
	var errs []error
	for _, r := range studyRuns(&study) {
		if r.ID == 0 || r.Reused {
			continue
		}
		run, err := s.runs.ByID(ctx, r.ID)
		if err == nil && !run.Status.Ended() {
			rest = false
			if run.StopRequestedBy == "" {
				err = s.runs.StopFor(ctx, run.ID, study.StopRequestedBy)
			}
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil || !rest {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Studies().ByID(study.ID)
		if err != nil || now.Status != petri.StudyRunning {
			return err
		}
		if _, err := refresh(tx, &now); err != nil {
			return err
		}
		now.Status = petri.StudyStopped
		return tx.Studies().Save(&now)
	})
}

// reopen makes room for new runs in place of those that were cut off, when a study goes on.
func reopen(study *petri.Study) {
	if c := study.Checks; c != nil {
		for i := range c.Checks {
			if r := &c.Checks[i]; r.Verdict == petri.CheckStopped || r.Verdict == "" {
				r.Verdict, r.Summary = "", ""
			}
		}
	}
	if t := study.Trial; t != nil {
		for i := range t.Checks {
			if c := &t.Checks[i]; c.Verdict == petri.CheckStopped {
				c.Verdict, c.Summary = "", ""
			}
		}
	}
	for _, r := range studyRuns(study) {
		if r.Status == petri.RunStopped || r.Status == petri.RunError {
			*r = petri.StudyRun{}
		}
	}
}
