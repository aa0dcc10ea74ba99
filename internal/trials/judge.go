package trials

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

// judge says what came of a candidate run that was compared with its control: one verdict, from
// how both ended and from what they left.
func judge(control, candidate petri.Run, c petri.Comparison) petri.CheckVerdict {
	failed, fails := control.Status != petri.RunSucceeded, candidate.Status != petri.RunSucceeded
	switch {
	case candidate.Status == petri.RunStopped || control.Status == petri.RunStopped:
		return petri.CheckStopped
	case !candidate.Status.Sealed() || !control.Status.Sealed():
		return petri.CheckTrouble
	case failed && fails:
		return petri.CheckStillFailing
	case fails:
		return petri.CheckRegressed
	case failed:
		return petri.CheckFixed
	case c.Verdict == petri.Different:
		return petri.CheckChanged
	case c.Verdict == petri.WithinTolerance:
		return petri.CheckTolerance
	}
	return petri.CheckSame
}

// finding is what came of one check.
type finding struct {
	verdict    petri.CheckVerdict
	summary    string
	comparison *petri.Comparison // the whole one; nil where there was nothing to compare
}

// weigh compares two runs of a check that have ended and judges them by the check's rules. A
// check whose patterns match no file of either run is in trouble, not the same.
func (s *Service) weigh(ctx context.Context, rules petri.Rules, control, candidate petri.Run) (finding, error) {
	for _, run := range []petri.Run{candidate, control} {
		if f, ok := unusable(run); ok {
			return f, nil
		}
	}
	whole, err := s.runs.CompareByID(ctx, control.ID, candidate.ID, rules)
	if err != nil {
		return finding{}, fmt.Errorf("compare %s with %s: %w", candidate.Ref, control.Ref, err)
	}
	f := finding{verdict: judge(control, candidate, whole), comparison: &whole}
	f.summary = words(f.verdict, control, candidate, whole)
	if f.verdict == petri.CheckSame || f.verdict == petri.CheckTolerance {
		if matched, err := s.matches(ctx, rules, control, candidate); err != nil || !matched {
			return matchesNothing(rules), err
		}
	}
	return f, nil
}

// unusable is the finding of a run from which nothing can be learnt.
func unusable(run petri.Run) (finding, bool) {
	switch run.Status {
	case petri.RunSucceeded, petri.RunFailed:
		return finding{}, false
	case petri.RunStopped:
		return finding{verdict: petri.CheckStopped, summary: fmt.Sprintf("%s was stopped by %s", run.Ref, run.StopRequestedBy)}, true
	}
	return finding{verdict: petri.CheckTrouble, summary: fmt.Sprintf("%s did not come to an end: %s", run.Ref, run.Error)}, true
}

// words are the finding in a sentence; "" for the same.
func words(v petri.CheckVerdict, control, candidate petri.Run, c petri.Comparison) string {
	switch v {
	case petri.CheckRegressed, petri.CheckStillFailing:
		return ending(candidate)
	case petri.CheckFixed:
		return fmt.Sprintf("%s; before, %s", ending(candidate), ending(control))
	}
	return c.Summary
}

// ending is how a run that has ended did, in words.
func ending(run petri.Run) string {
	o := run.Outcome
	switch {
	case run.Status == petri.RunSucceeded:
		return "it succeeded"
	case o.TimedOut:
		return fmt.Sprintf("it was ended after its time limit of %s", run.Spec.Timeout)
	case o.OOMKilled:
		return "it ran out of memory"
	case o.DiskFull:
		return "it was ended because the disk was full"
	case o.StartError != "":
		return "its command could not be started: " + o.StartError
	case o.Signal != "":
		return "it was ended by " + o.Signal
	}
	return fmt.Sprintf("it failed with exit code %d", o.ExitCode)
}

func matchesNothing(rules petri.Rules) finding {
	return finding{verdict: petri.CheckTrouble, summary: fmt.Sprintf("its files match nothing: no run left a file that matches %s; correct results in petri.toml", patterns(rules))}
}

// errFound ends a walk early.
var errFound = errors.New("found")

// matches tells whether any of the runs left a file that counts, changed by it or not. Rules
// without patterns need none.
func (s *Service) matches(ctx context.Context, rules petri.Rules, of ...petri.Run) (bool, error) {
	if len(rules.Results) == 0 {
		return true, nil
	}
	for _, run := range of {
		for _, c := range run.ResultChanges {
			if c.Change != "removed" && rules.Counts(c.Path) {
				return true, nil
			}
		}
	}
	for _, run := range of {
		found, err := s.treeHolds(ctx, rules, run)
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

func (s *Service) treeHolds(ctx context.Context, rules petri.Rules, run petri.Run) (bool, error) {
	if run.Results == "" {
		return false, nil
	}
	commit, err := s.commit(ctx, run.ProjectID, run.Results)
	if err != nil {
		return false, err
	}
	err = s.files.Walk(ctx, commit.Tree, func(f files.File) error {
		if f.Kind == tree.File && rules.Counts(f.Path) {
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return true, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return false, err
}

func (s *Service) commit(ctx context.Context, project petri.ProjectID, id petri.CommitID) (petri.Commit, error) {
	var commit petri.Commit
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		commit, err = tx.Commits().ByID(project, id)
		return err
	})
	return commit, err
}

func patterns(rules petri.Rules) string {
	list := slices.Clone(rules.Results)
	if len(list) > 5 {
		list = append(list[:5], "…")
	}
	return fmt.Sprintf("%q", list)
}
