package trials

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/explain"
)

// How often a control is asked whether it repeats itself: by at most maxWitnesses earlier runs of the
// same, by a second run and, where the difference may be chance, by at most maxMore further ones.
const (
	maxWitnesses = 5
	maxMore      = 2
)

// settleTrialCheck judges a check whose candidate differed by what the control did the last time. A
// result of few values can come out the same twice by chance: where that is likely, the control is
// run once more.
func (s *Service) settleTrialCheck(ctx context.Context, t *petri.Trial, c *petri.TrialCheck, control, candidate petri.Run) error {
	last := c.ControlAgain
	if n := len(c.ControlMore); n > 0 {
		last = c.ControlMore[n-1]
	}
	again, err := s.runs.ByID(ctx, last.ID)
	if err != nil {
		return err
	}
	if f, bad := unusable(again); bad {
		c.Verdict, c.Summary = f.verdict, f.summary
		return nil
	}
	verdict := judge(control, candidate, *c.Comparison)
	if err := s.askWitness(ctx, c, verdict, control, again, 2*len(t.Checks)); err != nil || c.Verdict != "" {
		return err
	}
	chance, err := s.chance(ctx, control, candidate, *c.Comparison)
	if err != nil {
		return err
	}
	if chance != "" && len(c.ControlMore) < maxMore {
		c.ControlMore = append(c.ControlMore, petri.StudyRun{})
		return nil
	}
	if chance != "" {
		chance = fmt.Sprintf("all %d runs in %s agree, though %s", 2+maxMore, control.Environment, chance)
	}
	c.Verdict, c.Summary = verdict, sentences(c.Summary, chance)
	return nil
}

// askWitnesses settles a check whose candidate differed by earlier runs of the same as its control:
// where these differ no run has to be made to know that it is unstable.
func (s *Service) askWitnesses(ctx context.Context, c *petri.TrialCheck, v petri.CheckVerdict, control petri.Run, n int) error {
	earlier, err := s.runs.Alike(ctx, control)
	if err != nil {
		return fmt.Errorf("find runs like %s: %w", control.Ref, err)
	}
	for _, run := range first(earlier, maxWitnesses) {
		if err := s.askWitness(ctx, c, v, control, run, n); err != nil || c.Verdict != "" {
			return err
		}
	}
	return nil
}

// askWitness compares another run of the control with it. Where they differ the check is unstable;
// its verdict stays open where they do not. n is how many comparisons the study keeps.
func (s *Service) askWitness(ctx context.Context, c *petri.TrialCheck, v petri.CheckVerdict, control, again petri.Run, n int) error {
	repeated, err := s.runs.CompareByID(ctx, control.ID, again.ID, c.Check.Rules)
	if err != nil {
		return fmt.Errorf("compare %s with %s: %w", again.Ref, control.Ref, err)
	}
	if repeated.Verdict != petri.Same {
		c.Again = kept(&repeated, n)
	}
	if settle(v, control.Status, again.Status, repeated) == petri.CheckUnstable {
		c.Verdict, c.Summary = petri.CheckUnstable, unstableWords(control, again, repeated)
	}
	return nil
}

func unstableWords(control, again petri.Run, c petri.Comparison) string {
	what := changedWords(c)
	if what != "" {
		what = ": " + what
	}
	return fmt.Sprintf("it does not even repeat itself in %s (see %s)%s", control.Environment, again.Ref, what)
}

// chance is what suggests that two runs differ by chance; "" for nothing.
func (s *Service) chance(ctx context.Context, control, candidate petri.Run, c petri.Comparison) (string, error) {
	causes, err := s.causes(ctx, control, candidate, c)
	return explain.Chance(causes), err
}
