package trials

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// document is a study's part as it would be kept, to tell whether it changed.
func document(part any) string {
	text, err := json.Marshal(part)
	if err != nil {
		return "" // it will be told when it is saved
	}
	return string(text)
}

// progress is what a trial's step may change but for comparisons, which are most of it.
func progress(t *petri.Trial) string {
	bare := *t
	bare.Checks = slices.Clone(t.Checks)
	for i := range bare.Checks {
		c := &bare.Checks[i]
		c.Comparison, c.Again, c.Check = nil, nil, petri.Check{}
	}
	return document(bare)
}

// retry makes room for a second run where Petri could not carry the first to its end.
func retry(r *petri.StudyRun) {
	if r.Status == petri.RunError && !r.Retried {
		*r = petri.StudyRun{Retried: true}
	}
}

// submitMissing makes the runs that a trial can go on with, as many at once as it may.
func (s *Service) submitMissing(tx *store.Tx, study *petri.Study) error {
	t := study.Trial
	room := t.Parallel - going(t)
	for _, slot := range missing(t) {
		if room <= 0 {
			return nil
		}
		check := &t.Checks[slot.check]
		if check.Verdict != "" {
			continue // its other run cannot be made
		}
		run, err := s.submit(tx, study, slot)
		switch petri.KindOf(err) {
		case "":
		case petri.Invalid, petri.Conflict, petri.NotFound:
			check.Verdict, check.Summary = petri.CheckTrouble, petri.MessageOf(err)
			continue
		default:
			return fmt.Errorf("submit a run of %s: %w", study.Ref(), err)
		}
		if *slot.run(t) = run; !run.Status.Ended() {
			room--
		}
	}
	return nil
}

// submit finds or makes the run of one slot. Only the control may be a run that is there already: a
// candidate is tried now, and a control that is run again is never the same run.
func (s *Service) submit(tx *store.Tx, study *petri.Study, at slot) (petri.StudyRun, error) {
	check := study.Trial.Checks[at.check]
	project, err := tx.Projects().ByID(check.ProjectID)
	if err != nil {
		return petri.StudyRun{}, err
	}
	in, err := revision(tx, at.revision(study.Trial))
	if err != nil {
		return petri.StudyRun{}, err
	}
	had := *at.run(study.Trial)
	want := wanted(study, check.Check, project, check.Commit, in)
	want.Reuse = at.role == roleControl && !had.Retried
	run, reused, err := s.runs.Ensure(tx, want)
	made := studyRun(run, reused)
	made.Retried = had.Retried
	return made, err
}

// judgeTrialCheck judges a check whose runs have ended or, where its candidate differed, whose control
// has ended again.
func (s *Service) judgeTrialCheck(ctx context.Context, t *petri.Trial, c *petri.TrialCheck) error {
	control, candidate, err := s.pair(ctx, c.ControlRun.ID, c.CandidateRun.ID)
	if err != nil {
		return err
	}
	if c.Comparison != nil {
		return s.settleTrialCheck(ctx, t, c, control, candidate)
	}
	found, err := s.weigh(ctx, c.Check.Rules, control, candidate)
	if err != nil {
		return err
	}
	c.Comparison, c.Summary = kept(found.comparison, 2*len(t.Checks)), found.summary
	if !doubtful(found.verdict) || found.comparison == nil {
		c.Verdict = found.verdict
	} else if c.Summary, err = s.explainCheck(ctx, found.verdict, control, candidate, *found.comparison); err != nil {
		return err
	} else if err := s.askWitnesses(ctx, c, found.verdict, control, 2*len(t.Checks)); err != nil {
		return err
	}
	if found.verdict == petri.CheckSame || found.verdict == petri.CheckTolerance {
		c.Comparison.Packages, c.Comparison.Facts = nil, nil // they explain a difference, and there is none
	}
	return nil
}

// pair gives two runs.
func (s *Service) pair(ctx context.Context, a, b petri.RunID) (x, y petri.Run, err error) {
	if x, err = s.runs.ByID(ctx, a); err != nil {
		return x, y, err
	}
	y, err = s.runs.ByID(ctx, b)
	return x, y, err
}
