package trials

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

// A bisection's first steps are the good revision, the bad one, and the good one again, once or more
// often; those after them are between.
const (
	goodStep = iota
	badStep
	againStep
)

// firstBetween is the first step that is between.
func firstBetween(b *petri.Bisection) int { return againStep + max(b.Repeats, 1) }

// repeated tells whether the good one was run again as often as it has to be.
func repeated(b *petri.Bisection) bool {
	n := firstBetween(b)
	return len(b.Steps) >= n && b.Steps[n-1].Verdict != ""
}

// The verdicts of a bisection that is done: petri.Different where the revision was found,
// petri.Same where good and bad do not differ, or this.
const bisectionUnstable = string(petri.CheckUnstable)

// advanceBisection takes a bisection as far as it goes now.
func (s *Service) advanceBisection(ctx context.Context, study petri.Study) (petri.Study, error) {
	study, err := s.change(ctx, study.ID, func(tx *store.Tx, study *petri.Study) (bool, error) {
		before := document(study.Bisection)
		for i := range study.Bisection.Steps {
			retry(&study.Bisection.Steps[i].Run)
		}
		nextSteps(study.Bisection)
		err := s.submitSteps(tx, study)
		return document(study.Bisection) != before, err
	})
	if err != nil || study.Status != petri.StudyRunning || study.StopRequestedBy != "" {
		return study, err
	}
	before := document(study.Bisection)
	if err := s.judgeSteps(ctx, &study); err != nil {
		return study, err
	}
	if study.Status == petri.StudyRunning {
		if err := s.concludeBisection(ctx, &study); err != nil {
			return study, err
		}
	}
	if study.Status == petri.StudyRunning && document(study.Bisection) == before {
		return study, nil
	}
	return study, s.save(ctx, &study, nil)
}

// nextSteps adds what has to be tried next, once all before was judged.
func nextSteps(b *petri.Bisection) {
	for _, step := range b.Steps {
		if step.Verdict == "" {
			return
		}
	}
	if len(b.Steps) < firstBetween(b) {
		if b.Steps[badStep].Verdict == stepBad {
			b.Steps = append(b.Steps, petri.BisectionStep{Revision: b.Revisions[0]})
		}
		return
	}
	if at, found := halve(len(b.Revisions), verdictsOf(b)); !found {
		b.Steps = append(b.Steps, petri.BisectionStep{Revision: b.Revisions[at]})
	}
}

// stepAt is the step at the i-th revision, nil where it was not tried.
func stepAt(b *petri.Bisection, i int) *petri.BisectionStep {
	for n := range b.Steps {
		if (n < againStep || n >= firstBetween(b)) && b.Steps[n].Revision == b.Revisions[i] {
			return &b.Steps[n]
		}
	}
	return nil
}

// submitSteps finds or makes the runs of steps that have none.
func (s *Service) submitSteps(tx *store.Tx, study *petri.Study) error {
	project, err := tx.Projects().ByID(study.ProjectID)
	if err != nil {
		return err
	}
	for i := range study.Bisection.Steps {
		step := &study.Bisection.Steps[i]
		if step.Run.ID != 0 {
			continue
		}
		in, err := revision(tx, step.Revision)
		if err != nil {
			return err
		}
		retried := step.Run.Retried
		want := bisectionRun(study, project, in)
		want.Reuse = (i < againStep || i >= firstBetween(study.Bisection)) && !retried
		run, reused, err := s.runs.Ensure(tx, want)
		if err != nil {
			return fmt.Errorf("submit a run of %s: %w", study.Ref(), err)
		}
		step.Run = studyRun(run, reused)
		step.Run.Retried = retried
	}
	return nil
}

// bisectionRun is a run of the check that a bisection needs.
func bisectionRun(study *petri.Study, project petri.Project, in petri.Revision) runs.Wanted {
	return wanted(study, study.Bisection.Check, project, study.Bisection.Commit, in)
}

// judgeSteps judges the steps whose runs have ended, by comparing each with the good one.
func (s *Service) judgeSteps(ctx context.Context, study *petri.Study) error {
	b := study.Bisection
	for i := range b.Steps {
		step := &b.Steps[i]
		if step.Verdict != "" || step.Run.ID == 0 || !step.Run.Status.Ended() {
			continue
		}
		good, run, err := s.pair(ctx, b.Steps[goodStep].Run.ID, step.Run.ID)
		if err != nil {
			return err
		}
		if f, bad := unusable(run); bad {
			study.Status, study.Error = petri.StudyError, f.summary+"; try again with petri env bisect resume "+study.Ref()
			return nil
		}
		if i == goodStep {
			step.Verdict, step.Summary = stepGood, ending(run)
			continue
		}
		if b.Steps[goodStep].Verdict == "" {
			continue // there is nothing to compare with yet
		}
		if err := s.judgeStep(ctx, study, step, good, run); err != nil || study.Status != petri.StudyRunning {
			return err
		}
		if i == badStep || i < firstBetween(b) && step.Verdict == stepBad {
			if err := s.askGood(ctx, study, i, good, run); err != nil || study.Status != petri.StudyRunning {
				return err
			}
		}
	}
	return nil
}

func (s *Service) judgeStep(ctx context.Context, study *petri.Study, step *petri.BisectionStep, good, run petri.Run) error {
	found, err := s.weigh(ctx, study.Bisection.Check.Rules, good, run)
	switch {
	case err != nil:
		return err
	case found.comparison == nil:
		study.Status, study.Error = petri.StudyError, found.summary
	case found.comparison.Verdict == petri.Different:
		step.Verdict, step.Summary = stepBad, differenceWords(found.verdict, run, *found.comparison)
	default:
		step.Verdict = stepGood
	}
	return nil
}

// differenceWords say how a run differs from the good one.
func differenceWords(v petri.CheckVerdict, run petri.Run, c petri.Comparison) string {
	if v == petri.CheckRegressed {
		return ending(run)
	}
	return changedWords(c)
}

// askGood ends a bisection as unstable where the good revision does not repeat itself: run again, or as
// earlier runs of the same show, which count also where the bad one does not differ.
func (s *Service) askGood(ctx context.Context, study *petri.Study, i int, good, run petri.Run) error {
	b := study.Bisection
	check := petri.TrialCheck{Check: b.Check}
	var err error
	if i == badStep {
		err = s.askWitnesses(ctx, &check, petri.CheckChanged, good, 1)
	} else {
		err = s.askWitness(ctx, &check, petri.CheckChanged, good, run, 1)
	}
	if err != nil || check.Verdict != petri.CheckUnstable {
		return err
	}
	b.Summary = fmt.Sprintf("the check is unstable: %s, so a difference says nothing of a revision", check.Summary)
	study.Status, study.Verdict = petri.StudyDone, bisectionUnstable
	return nil
}

// concludeBisection ends a bisection that has its answer.
func (s *Service) concludeBisection(ctx context.Context, study *petri.Study) error {
	b := study.Bisection
	last := b.Revisions[len(b.Revisions)-1]
	switch {
	case b.Steps[goodStep].Verdict == "" || b.Steps[badStep].Verdict == "":
		return nil
	case b.Steps[badStep].Verdict == stepGood:
		b.Summary = fmt.Sprintf("%s gives the same results as %s: there is nothing to look for", last, b.Revisions[0])
		study.Status, study.Verdict = petri.StudyDone, string(petri.Same)
		return nil
	case !repeated(b):
		return nil
	}
	at, found := halve(len(b.Revisions), verdictsOf(b))
	if !found {
		return nil
	}
	return s.foundFirst(ctx, study, at)
}

// foundFirst tells what came with the first revision that differs.
func (s *Service) foundFirst(ctx context.Context, study *petri.Study, at int) error {
	b := study.Bisection
	b.First, b.Before = b.Revisions[at], b.Revisions[at-1]
	before, first, err := s.pair(ctx, stepAt(b, at-1).Run.ID, stepAt(b, at).Run.ID)
	if err != nil {
		return err
	}
	found, err := s.weigh(ctx, b.Check.Rules, before, first)
	if err != nil {
		return err
	}
	b.Comparison = kept(found.comparison, 1)
	words := found.summary
	if found.comparison != nil {
		b.Packages = b.Comparison.Packages
		if words, err = s.explainCheck(ctx, found.verdict, before, first, *found.comparison); err != nil {
			return err
		}
	}
	b.Summary = sentences(fmt.Sprintf("%s is the first whose results differ", b.First), words)
	study.Status, study.Verdict = petri.StudyDone, string(petri.Different)
	return nil
}

// verdictsOf is what is known of each revision.
func verdictsOf(b *petri.Bisection) func(i int) string {
	return func(i int) string {
		if step := stepAt(b, i); step != nil {
			return step.Verdict
		}
		return ""
	}
}
