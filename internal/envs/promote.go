package envs

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// promote makes a ready revision the active one; with anyway also one that no trial found safe.
func promote(tx *store.Tx, env petri.Environment, number int, anyway bool) (petri.Environment, error) {
	revision, err := startingPoint(tx, env, number)
	if err != nil {
		return env, err
	}
	if err := Ready(revision); err != nil {
		return env, petri.Errorf(petri.Conflict, "%s cannot become active: %s", revision.Ref, petri.MessageOf(err))
	}
	if !anyway {
		if err := tried(tx, env, revision); err != nil {
			return env, err
		}
	}
	env.Active = number
	return env, tx.Environments().SetActive(env.ID, number)
}
