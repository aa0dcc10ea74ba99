package trials

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
)

// wantedRun is a run of a check that a trial needs.
func wantedRun(study *petri.Study, check petri.TrialCheck, project petri.Project, in petri.Revision, reuse bool) runs.Wanted {
	return runs.Wanted{
		Project: project, Commit: check.Commit, Revision: in, Spec: check.Check.Spec, CreatedBy: study.CreatedBy, Origin: originTrial,
		Check: check.Check.Name, Study: study.ID, Reuse: reuse,
	}
}
