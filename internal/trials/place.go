package trials

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
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
	env, err := tx.Environments().ByName(environment.Owner, environment.Name)
	if err != nil {
		return err
	}
	if p.revision, err = tx.Revisions().ByNumber(env.ID, environment.Revision); err != nil {
		return err
	}
	p.project, err = tx.Projects().ByID(project)
	return err
}

// wanted is the run of a check within a study.
func wanted(study petri.Study, in place, commit petri.CommitID, check petri.Check) runs.Wanted {
	spec := check.Spec
	if spec.Title == "" {
		spec.Title = "check " + check.Name
	}
	return runs.Wanted{
		Project: in.project, Commit: commit, Revision: in.revision, Spec: spec,
		CreatedBy: study.CreatedBy, Origin: study.Origin, Check: check.Name, Study: study.ID,
	}
}
