package recall

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/versions"
)

// Options say how a question is meant.
type Options struct {
	// Loaded asks for runs that loaded the package, not only had it installed.
	Loaded bool
	// Limit bounds each list of the answer (0: DefaultLimit; at most MaxLimit).
	Limit int
	// Before continues the list of runs: only runs made before that one. The zero value begins it.
	Before petri.RunRef
}

// The bounds of an answer's lists.
const (
	DefaultLimit = 20
	MaxLimit     = 1000
)

// Answer is what used a package. Next is the run that the list of runs goes on after; the zero
// value where it ends.
type Answer struct {
	store.PackageAnswer
	Next petri.RunRef
}

// WhoUsed answers which revisions, and which sealed runs of which projects, had a package, of those
// that the caller may see. A run had what was installed at its start, and what it installed itself
// by its end. Kinds: invalid; not_found for a run that the caller may not see.
func (s *Service) WhoUsed(ctx context.Context, c access.Caller, q versions.Query, o Options) (Answer, error) {
	if o.Limit < 0 || o.Limit > MaxLimit {
		return Answer{}, petri.Errorf(petri.Invalid, "a list of %d is too long: ask for up to %d, and for more with before", o.Limit, MaxLimit)
	}
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	var answer Answer
	err := s.db.View(ctx, func(tx *store.Tx) error {
		before, err := before(tx, c, o.Before)
		if err != nil {
			return err
		}
		answer.PackageAnswer, err = tx.Packages().WhoUsed(store.PackageQuestion{
			Names: q.Names(), Match: q.Matches, Viewer: c.User, Loaded: o.Loaded, Limit: o.Limit + 1, Before: before,
		})
		return err
	})
	answer.cut(o.Limit)
	return answer, err
}

// cut takes away what was asked for only to know whether there is more.
func (a *Answer) cut(limit int) {
	a.RevisionRows = a.RevisionRows[:min(len(a.RevisionRows), limit)]
	a.ProjectRows = a.ProjectRows[:min(len(a.ProjectRows), limit)]
	if len(a.RunRows) > limit {
		a.RunRows = a.RunRows[:limit]
		a.Next = a.RunRows[limit-1].Ref
	}
}

// before is the row of the run that a list goes on after; 0 for none.
func before(tx *store.Tx, c access.Caller, ref petri.RunRef) (petri.RunID, error) {
	if ref == (petri.RunRef{}) {
		return 0, nil
	}
	project, err := access.Project(tx, c, ref.Project)
	if err != nil {
		return 0, err
	}
	run, err := tx.Runs().ByNumber(project.ID, ref.Number)
	if petri.KindOf(err) == petri.NotFound {
		return 0, ref.Missing()
	}
	return run.ID, err
}
