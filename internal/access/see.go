package access

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// Project finds a project that c may see. One that they may not see is the same error as one
// that is not there: this is the one place that makes it so. Kind: not_found.
func Project(tx *store.Tx, c Caller, ref petri.ProjectRef) (petri.Project, error) {
	project, err := tx.Projects().ByName(ref.Owner, ref.Name)
	if err == nil && !CanSee(c, project.Owner, project.Visibility) {
		return petri.Project{}, project.Ref().Missing()
	}
	return project, err
}

// Environment is Project for an environment; ref's revision does not matter.
func Environment(tx *store.Tx, c Caller, ref petri.EnvironmentRef) (petri.Environment, error) {
	env, err := tx.Environments().ByName(ref.Owner, ref.Name)
	if err == nil && !CanSee(c, env.Owner, env.Visibility) {
		return petri.Environment{}, env.Ref().Missing()
	}
	return env, err
}

// Revision finds a revision, whatever its status, of an environment that Environment gave. Kind:
// not_found.
func Revision(tx *store.Tx, env petri.Environment, number int) (petri.Revision, error) {
	revision, err := tx.Revisions().ByNumber(env.ID, number)
	if petri.KindOf(err) == petri.NotFound {
		err = env.Ref().At(number).Missing()
	}
	return revision, err
}
