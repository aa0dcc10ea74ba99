package compare

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
)

// Side is one of two runs to compare.
type Side struct {
	Run petri.Run
	// Code is the tree of the run's commit.
	Code petri.Digest
	// Results is the tree of its results' commit; "" where it left none.
	Results petri.Digest
}

// Runs compares two runs that have ended, by rules that were checked. An unreadable blob is an
// error; nothing else is. Contents whose digests agree are never read.
func Runs(ctx context.Context, a, b Side, rules petri.Rules, open Open) (petri.Comparison, error) {
	c := petri.Comparison{A: a.Run.Ref, B: b.Run.Ref, Settings: settings(a.Run, b.Run), Metrics: metrics(a.Run.Metrics, b.Run.Metrics, rules)}
	var err error
	if c.Code, err = trees(ctx, a.Code, b.Code, open); err != nil {
		return petri.Comparison{}, fmt.Errorf("compare the code: %w", err)
	}
	if c.Packages, err = runPackages(ctx, a.Run, b.Run, open); err != nil {
		return petri.Comparison{}, fmt.Errorf("compare the package lists: %w", err)
	}
	if c.Facts, err = runFacts(ctx, a.Run.Facts, b.Run.Facts, open); err != nil {
		return petri.Comparison{}, fmt.Errorf("compare the facts: %w", err)
	}
	if c.Results, err = results(ctx, a, b, rules, open); err != nil {
		return petri.Comparison{}, fmt.Errorf("compare the results: %w", err)
	}
	if c.Stdout, err = stdout(ctx, a.Run.Log, b.Run.Log, rules, open); err != nil {
		return petri.Comparison{}, fmt.Errorf("compare the standard output: %w", err)
	}
	c.Verdict = verdict(a.Run, b.Run, c)
	c.Summary = summary(a.Run, b.Run, c)
	return c, nil
}

func verdict(a, b petri.Run, c petri.Comparison) petri.Verdict {
	worst := c.Stdout.Verdict.Worse(petri.Same)
	if endedOtherwise(a, b) {
		worst = petri.Different
	}
	for _, m := range c.Metrics {
		worst = worst.Worse(m.Verdict)
	}
	for _, r := range c.Results {
		worst = worst.Worse(r.Verdict)
	}
	return worst
}

func endedOtherwise(a, b petri.Run) bool {
	return a.Status != b.Status || a.Outcome.ExitCode != b.Outcome.ExitCode
}

// runFacts compares the facts of two runs; nothing is known of a run older than facts.
func runFacts(ctx context.Context, a, b petri.Digest, open Open) ([]petri.FieldChange, error) {
	if a == b || a == "" || b == "" {
		return []petri.FieldChange{}, nil
	}
	var sides [2]petri.Facts
	for i, digest := range []petri.Digest{a, b} {
		text, err := readAll(ctx, open, digest, maxFolder)
		if err != nil {
			return nil, err
		}
		if sides[i], err = petri.DecodeFacts(text); err != nil {
			return nil, err
		}
	}
	return petri.DiffFacts(sides[0], sides[1]), nil
}
