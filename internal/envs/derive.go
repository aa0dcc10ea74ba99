package envs

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// Derive makes the revision of an environment that differs from an earlier one in nothing but the
// base, which becomes base, a ready revision, and queues its build. A revision of that definition
// that is there already is given instead, to be built again where its build had failed or was
// cancelled. It never becomes active by itself. Trials call it; nobody is asked for permission.
// Kind conflict where base is not ready.
func (s *Service) Derive(tx *store.Tx, earlier, base petri.Revision, by, note string) (petri.Revision, error) {
	if err := Ready(base); err != nil {
		return petri.Revision{}, err
	}
	def := earlier.Definition
	def.Base = petri.Base{Kind: petri.BaseRevision, Ref: base.Ref.String(), Digest: base.Image.Digest}
	revisions, err := tx.Revisions().List(earlier.EnvironmentID)
	if err != nil {
		return petri.Revision{}, err
	}
	for _, r := range revisions {
		if r.Definition.Base.Digest != "" && r.Definition.Digest() == def.Digest() {
			return s.buildOnceMore(tx, r)
		}
	}
	derived := petri.Revision{EnvironmentID: earlier.EnvironmentID, Definition: def, Note: note, CreatedBy: by, CreatedAt: s.now()}
	if err := tx.Revisions().Create(&derived); err != nil {
		return petri.Revision{}, err
	}
	return derived, tx.Builds().Create(&petri.Build{RevisionID: derived.ID, CreatedAt: s.now()})
}

// buildOnceMore queues a build of a revision that is neither ready nor being built.
func (s *Service) buildOnceMore(tx *store.Tx, r petri.Revision) (petri.Revision, error) {
	if r.Status != petri.BuildFailed && r.Status != petri.BuildCanceled {
		return r, nil
	}
	if err := tx.Builds().Create(&petri.Build{RevisionID: r.ID, CreatedAt: s.now()}); err != nil {
		return r, err
	}
	if err := tx.Revisions().SetStatus(r.ID, petri.BuildQueued, "", 0); err != nil {
		return r, err
	}
	return tx.Revisions().ByID(r.ID)
}
