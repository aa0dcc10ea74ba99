package projects

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Follow makes an environment that a project's files have come to name the project's, so that
// trials and promotion of it know the project. One that is not there, or that the caller may
// not use, changes nothing: a commit is good whatever it names. An owner that is not written is
// the project's. Kind: invalid for what is no reference.
func (s *Service) Follow(ctx context.Context, c access.Caller, id petri.ProjectID, written string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		project, err := tx.Projects().ByID(id)
		if err != nil {
			return err
		}
		ref, err := petri.ParseEnvironmentRef(written, project.Owner)
		if err != nil || ref == project.Environment {
			return err
		}
		if ref, err = environment(tx, c, ref.String()); petri.KindOf(err) == petri.NotFound {
			return nil
		} else if err != nil {
			return err
		}
		project.Environment = ref
		return tx.Projects().Edit(&project)
	})
}
