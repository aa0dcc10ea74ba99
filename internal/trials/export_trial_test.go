package trials

import (
	"context"

	"github.com/petri-dev/petri/internal/store"
)

// Round takes every running study one step further, as the driver does, and gives the first error.
func (s *Service) Round(ctx context.Context) error {
	return s.db.View(ctx, func(tx *store.Tx) error {
		running, err := tx.Studies().Running()
		if err != nil {
			return err
		}
		for _, study := range running {
			if err := s.step(ctx, study); err != nil {
				return err
			}
		}
		return nil
	})
}

// Halve, MostRuns and MostNewRuns are the pure part of a bisection; TrialVerdict and Settle of a trial.
var (
	Halve          = halve
	MostRuns       = mostRuns
	MostNewRuns    = mostNewRuns
	TrialVerdict   = trialVerdict
	Settle         = settle
	ChangedWords   = changedWords
	PackageWords   = packageWords
	NoPackageWords = noPackageWords
	FactWords      = factWords
	Complaint      = complaint
)
