package runs

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// Reusable tells whether Ensure would find such a run there already. Kinds as Ensure's.
func (s *Service) Reusable(tx *store.Tx, want Wanted) (bool, error) {
	spec, err := s.complete(want.Spec)
	if err != nil {
		return false, err
	}
	found, err := tx.Runs().Alike(store.Likeness(petri.Run{
		ProjectID: want.Project.ID, Spec: spec, Commit: want.Commit, Image: want.Revision.Image.Digest,
	}))
	_, there := pick(found, want.Except)
	return there, err
}
