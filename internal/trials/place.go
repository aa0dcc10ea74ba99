package trials

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// place is where a study's runs are made, looked up once a step.
type place struct {
	project  petri.Project
	revision petri.Revision
}

// find fills in what is missing.
func (p *place) find(tx *store.Tx, project petri.ProjectID, environment petri.EnvironmentRef) error {
	if p.project.ID != 0 {
		return nil
	}
	var err error
	if p.revision, err = revision(tx, environment); err != nil {
		return err
	}
	p.project, err = tx.Projects().ByID(project)
	return err
}
