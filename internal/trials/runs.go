package trials

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// studyRuns are the runs of a study, of whatever kind, in its document.
func studyRuns(study *petri.Study) []*petri.StudyRun {
	var list []*petri.StudyRun
	if c := study.Checks; c != nil {
		for i := range c.Checks {
			list = append(list, &c.Checks[i].Run)
		}
	}
	if r := study.Reproduction; r != nil {
		for i := range r.Reruns {
			list = append(list, &r.Reruns[i].Run)
		}
	}
	if t := study.Trial; t != nil {
		for i := range t.Checks {
			c := &t.Checks[i]
			list = append(list, &c.ControlRun, &c.ControlAgain, &c.CandidateRun)
			for j := range c.ControlMore {
				list = append(list, &c.ControlMore[j])
			}
		}
	}
	if b := study.Bisection; b != nil {
		for i := range b.Steps {
			list = append(list, &b.Steps[i].Run)
		}
	}
	return list
}

// studyRun is a run as a study's document has it.
func studyRun(run petri.Run, reused bool) petri.StudyRun {
	return petri.StudyRun{ID: run.ID, Ref: run.Ref, Status: run.Status, Reused: reused, Wall: run.Outcome.Wall}
}

// refresh brings the statuses in a study's document up to date and tells whether any changed.
func refresh(tx *store.Tx, study *petri.Study) (changed bool, err error) {
	for _, r := range studyRuns(study) {
		if r.ID == 0 || r.Status.Ended() {
			continue
		}
		run, err := tx.Runs().ByID(r.ID)
		if err != nil {
			return false, err
		}
		changed = changed || run.Status != r.Status
		r.Status, r.Wall = run.Status, run.Outcome.Wall
	}
	return changed, nil
}

// change is how a kind's step changes its study's row: fn looks at the row as it is and tells
// whether it changed it, which is then saved. A study that runs no more, or that somebody asked
// to stop, is left alone. It gives the row as it then is.
func (s *Service) change(ctx context.Context, id petri.StudyID, fn func(tx *store.Tx, study *petri.Study) (bool, error)) (petri.Study, error) {
	var study petri.Study
	wrote := false
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if study, err = tx.Studies().ByID(id); err != nil || study.Status != petri.StudyRunning || study.StopRequestedBy != "" {
			return err
		}
		changed, err := refresh(tx, &study)
		if err != nil {
			return err
		}
		more, err := fn(tx, &study)
		if err != nil || !changed && !more {
			return err
		}
		wrote = true
		err = tx.Studies().Save(&study)
		s.crash("study-submitting")
		return err
	})
	if err == nil && wrote {
		s.crash("study-submitted")
	}
	return study, err
}

// save keeps what was found outside of a transaction, if the study is still as it was.
func (s *Service) save(ctx context.Context, study *petri.Study, also func(tx *store.Tx) error) error {
	s.crash("study-judged")
	defer s.crash("study-kept")
	return s.db.Update(ctx, func(tx *store.Tx) error {
		copied := *study
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		if err := tx.Studies().Save(&copied); err != nil {
			return err
		}
		*study = copied
		return nil
	})
}
