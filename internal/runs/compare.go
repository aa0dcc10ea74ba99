package runs

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/compare"
	"github.com/petri-dev/petri/internal/store"
)

// maxComparing is how many comparisons go on at once, for each may hold much: more than trials make
// at once, so that people need not wait for them.
const maxComparing = 6

// longest bounds a comparison, so that no file, and no rule, takes such a place for good.
const longest = 30 * time.Minute

var errLongest = petri.Errorf(petri.Exhausted, "the comparison was given up after %s: compare fewer files, with ignore or results in petri.toml", longest)

// Compare compares two runs that have ended, by rules that were checked. Kind conflict where one
// has not.
func (s *Service) Compare(ctx context.Context, c access.Caller, a, b petri.RunRef, rules petri.Rules) (petri.Comparison, error) {
	return compared(ctx, s, s.seen(c), a, b, func(ctx context.Context, x, y compare.Side) (petri.Comparison, error) {
		return compare.Runs(ctx, x, y, rules, s.open())
	})
}

// CompareByID is Compare for a study; nobody is asked for permission.
func (s *Service) CompareByID(ctx context.Context, a, b petri.RunID, rules petri.Rules) (petri.Comparison, error) {
	return compared(ctx, s, s.byID, a, b, func(ctx context.Context, x, y compare.Side) (petri.Comparison, error) {
		return compare.Runs(ctx, x, y, rules, s.open())
	})
}

// Picture draws, as PNG, how the result file at path, a picture, differs between two runs that
// have ended. Kinds: conflict where one has not, not_found where not both have the file, invalid where none
// can be drawn.
func (s *Service) Picture(ctx context.Context, c access.Caller, a, b petri.RunRef, path string) ([]byte, error) {
	return compared(ctx, s, s.seen(c), a, b, func(ctx context.Context, x, y compare.Side) ([]byte, error) {
		return compare.Picture(ctx, x, y, path, s.open())
	})
}

// seen finds runs as a caller sees them.
func (s *Service) seen(c access.Caller) func(context.Context, petri.RunRef) (petri.Run, error) {
	return func(ctx context.Context, ref petri.RunRef) (petri.Run, error) { return s.Get(ctx, c, ref) }
}

// compared finds two runs and compares them when it is their turn.
func compared[R, T any](ctx context.Context, s *Service, find func(context.Context, R) (petri.Run, error), a, b R, how func(ctx context.Context, x, y compare.Side) (T, error)) (out T, err error) {
	x, err := side(ctx, s, find, a)
	if err != nil {
		return out, err
	}
	y, err := side(ctx, s, find, b)
	if err != nil {
		return out, err
	}
	select {
	case s.comparing <- struct{}{}:
		defer func() { <-s.comparing }()
		ctx, cancel := context.WithTimeoutCause(ctx, longest, errLongest)
		defer cancel()
		return how(ctx, x, y)
	case <-ctx.Done():
		return out, context.Cause(ctx)
	}
}

func side[R any](ctx context.Context, s *Service, find func(context.Context, R) (petri.Run, error), which R) (compare.Side, error) {
	run, err := find(ctx, which)
	if err != nil {
		return compare.Side{}, err
	}
	if !run.Status.Sealed() {
		return compare.Side{}, petri.Errorf(petri.Conflict, "run %s cannot be compared: it is %s, and only a run that succeeded, failed or was stopped has results", run.Ref, run.Status)
	}
	_, commit, err := s.Inputs(ctx, run)
	if err != nil || run.Results == "" {
		return compare.Side{Run: run, Code: commit.Tree}, err
	}
	var results petri.Commit
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		results, err = tx.Commits().ByID(run.ProjectID, run.Results)
		return err
	})
	if err != nil {
		return compare.Side{}, fmt.Errorf("look up the results of run %s: %w", run.Ref, err)
	}
	return compare.Side{Run: run, Code: commit.Tree, Results: results.Tree}, nil
}

// open is how package compare reads blobs.
func (s *Service) open() compare.Open {
	return func(ctx context.Context, d petri.Digest) (io.ReadCloser, error) { return s.blobs.Open(ctx, d) }
}
