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

// Runs compares two runs that have ended, by rules that were checked. An unreadable blob is an
// error; nothing else is.
func Runs(ctx context.Context, a, b Side, rules petri.Rules, open Open) (petri.Comparison, error) {
	c := petri.Comparison{A: a.Run.Ref, B: b.Run.Ref, Settings: settings(a.Run, b.Run)}
	var err error
	if c.Code, err = trees(ctx, a.Code, b.Code, open); err != nil {
		return petri.Comparison{}, fmt.Errorf("compare the code: %w", err)
	}
	if c.Packages, err = runPackages(ctx, a.Run, b.Run, open); err != nil {
		return petri.Comparison{}, fmt.Errorf("compare the package lists: %w", err)
	}
	if c.Results, err = results(ctx, counted(a.Run.ResultChanges, rules), counted(b.Run.ResultChanges, rules), open); err != nil {
		return petri.Comparison{}, fmt.Errorf("compare the results: %w", err)
	}
	if c.Stdout, err = stdout(ctx, a.Run.Log, b.Run.Log, open); err != nil {
		return petri.Comparison{}, fmt.Errorf("compare the standard output: %w", err)
	}
	c.Verdict = verdict(a.Run, b.Run, c)
	return c, nil
}

func verdict(a, b petri.Run, c petri.Comparison) petri.Verdict {
	if a.Status != b.Status || a.Outcome.ExitCode != b.Outcome.ExitCode || c.Stdout.Verdict == petri.Different {
		return petri.Different
	}
	for _, r := range c.Results {
		if r.Verdict == petri.Different {
			return petri.Different
		}
	}
	return petri.Same
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

// counted are the changes that count.
func counted(changes []petri.ResultChange, rules petri.Rules) []petri.ResultChange {
	var list []petri.ResultChange
	for _, c := range changes {
		if rules.Counts(c.Path) {
			list = append(list, c)
		}
	}
	return list
}
