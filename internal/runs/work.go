package runs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// The methods below are the worker's; no person stands behind them.

// Claim gives worker a queued run, which becomes starting. Kinds: not_found, conflict where it
// is queued no more.
func (s *Service) Claim(ctx context.Context, id petri.RunID, worker string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error { return tx.Runs().Claim(id, worker) })
}

// Advance moves a run from one status to the next that is no end, and gives the row as it then
// is. change, which may be nil, sets mutable fields. Kinds: not_found, conflict where the run is
// not in from.
func (s *Service) Advance(ctx context.Context, id petri.RunID, from, to petri.RunStatus, change func(*petri.Run)) (petri.Run, error) {
	if to.Ended() {
		return petri.Run{}, petri.Errorf(petri.Internal, "a run ends by Seal or Fail, not by becoming %s", to)
	}
	var run petri.Run
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if err = tx.Runs().Transition(id, from, to, change); err != nil {
			return err
		}
		run, err = tx.Runs().ByID(id)
		return err
	})
	return run, err
}

// StopUnstarted ends a run that is starting, and that somebody asked to stop, as stopped before
// its command began; the worker vouches for that. Doing so twice is no error. Kinds as for
// Advance; conflict also where nobody asked.
func (s *Service) StopUnstarted(ctx context.Context, id petri.RunID) (petri.Run, error) {
	run, err := s.byID(ctx, id)
	switch {
	case err != nil || run.Status == petri.RunStopped:
		return run, err
	case run.Status != petri.RunStarting || run.StopRequestedBy == "":
		return run, petri.Errorf(petri.Conflict, "run %s is %s, and nobody asked to stop it before it began", run.Ref, run.Status)
	}
	return s.sealUnstarted(ctx, run, run.StopRequestedBy)
}

// Fail ends a run as error, whose reason lies with Petri and not with the user's command. It
// has no record, but keeps the log, if there is one, that people have seen. Doing so twice is no error. Kinds: not_found, conflict where it ended otherwise.
func (s *Service) Fail(ctx context.Context, id petri.RunID, message string, log petri.Digest) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		run, err := tx.Runs().ByID(id)
		if err != nil || run.Status == petri.RunError {
			return err
		}
		at := s.now()
		return tx.Runs().Transition(id, run.Status, petri.RunError, func(r *petri.Run) {
			r.Error, r.Log = message, log
			if r.FinishedAt.IsZero() {
				r.FinishedAt = at
			}
		})
	})
}
