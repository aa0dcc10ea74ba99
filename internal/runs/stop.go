package runs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Stop asks that a run end. One that is still queued ends and is sealed at once; any other is
// ended by whoever carries it, and what it wrote is kept. Asking twice is no error; the first
// who asked stays named. Kinds: not_found, denied, conflict where it has ended.
func (s *Service) Stop(ctx context.Context, c access.Caller, ref petri.RunRef) (petri.Run, error) {
	var run petri.Run
	queued := false
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := workIn(tx, c, ref.Project); err != nil {
			return err
		}
		var err error
		if run, err = seeRun(tx, c, ref); err != nil {
			return err
		}
		if queued = run.Status == petri.RunQueued; queued {
			return nil
		}
		if err := tx.Runs().RequestStop(run.ID, c.User.Name); err != nil {
			return err
		}
		run, err = tx.Runs().ByID(run.ID)
		return err
	})
	if err != nil || !queued {
		return run, err
	}
	sealed, err := s.sealUnstarted(ctx, run, c.User.Name)
	if petri.KindOf(err) == petri.Conflict {
		return s.Stop(ctx, c, ref) // it was started meanwhile
	}
	return sealed, err
}

// sealUnstarted ends a run whose command never began: it has a record, which says that nothing
// ran.
func (s *Service) sealUnstarted(ctx context.Context, run petri.Run, by string) (petri.Run, error) {
	at := s.now()
	return s.seal(ctx, run.ID, run.Status, Finished{}, "", func(r *petri.Run) {
		r.StopRequestedBy, r.FinishedAt, r.Outcome = by, at, petri.Outcome{Stopped: true}
	})
}
