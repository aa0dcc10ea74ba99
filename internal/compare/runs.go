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
}

// Runs compares two runs that have ended. An unreadable blob is an error; nothing else is.
func Runs(ctx context.Context, a, b Side, open Open) (Comparison, error) {
	c := Comparison{A: a.Run.Ref, B: b.Run.Ref, Settings: settings(a.Run, b.Run)}
	var err error
	if c.Code, err = trees(ctx, a.Code, b.Code, open); err != nil {
		return Comparison{}, fmt.Errorf("compare the code: %w", err)
	}
	if c.Packages, err = runPackages(ctx, a.Run, b.Run, open); err != nil {
		return Comparison{}, fmt.Errorf("compare the package lists: %w", err)
	}
	if c.Results, err = results(ctx, a.Run.ResultChanges, b.Run.ResultChanges, open); err != nil {
		return Comparison{}, fmt.Errorf("compare the results: %w", err)
	}
	if c.Stdout, err = stdout(ctx, a.Run.Log, b.Run.Log, open); err != nil {
		return Comparison{}, fmt.Errorf("compare the standard output: %w", err)
	}
	c.Verdict = verdict(a.Run, b.Run, c)
	return c, nil
}

func verdict(a, b petri.Run, c Comparison) Verdict {
	if a.Status != b.Status || a.Outcome.ExitCode != b.Outcome.ExitCode || c.Stdout.Verdict == Different {
		return Different
	}
	for _, r := range c.Results {
		if r.Verdict == Different {
			return Different
		}
	}
	return Same
}

// runPackages compares what was installed when the runs began.
func runPackages(ctx context.Context, a, b petri.Run, open Open) ([]petri.PackageChange, error) {
	if a.PackagesBefore == b.PackagesBefore {
		return []petri.PackageChange{}, nil
	}
	listA, err := packages(ctx, open, a.PackagesBefore)
	if err != nil {
		return nil, err
	}
	listB, err := packages(ctx, open, b.PackagesBefore)
	if err != nil {
		return nil, err
	}
	return petri.DiffPackages(listA, listB), nil
}
