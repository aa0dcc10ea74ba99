package trials

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

// originTrial is what runs of trials and bisections say they are from: nobody asked for each.
const originTrial = "trial"

// wanted is a run of a check that a study needs.
func wanted(study *petri.Study, check petri.Check, project petri.Project, commit petri.CommitID, in petri.Revision) runs.Wanted {
	spec, origin := check.Spec, study.Origin
	if spec.Title == "" {
		spec.Title = "check " + check.Name
	}
	if study.Kind != petri.StudyChecks {
		origin = originTrial
	}
	return runs.Wanted{
		Project: project, Commit: commit, Revision: in, Spec: spec, CreatedBy: study.CreatedBy, Origin: origin, Check: check.Name, Study: study.ID,
	}
}

// revision finds the revision of a reference that was resolved before.
func revision(tx *store.Tx, ref petri.EnvironmentRef) (petri.Revision, error) {
	env, err := tx.Environments().ByName(ref.Owner, ref.Name)
	if err != nil {
		return petri.Revision{}, err
	}
	return tx.Revisions().ByNumber(env.ID, ref.Revision)
}
