package envs

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// edit finds an environment that the caller may change.
func edit(tx *store.Tx, c access.Caller, ref petri.EnvironmentRef) (petri.Environment, error) {
	env, err := access.Environment(tx, c, ref)
	if err != nil {
		return petri.Environment{}, err
	}
	return env, access.MayEdit(c, env.Owner, "environment "+env.Ref().String())
}

// notArchived refuses new work on what was put away.
func notArchived(env petri.Environment) error {
	if env.Archived {
		return petri.Errorf(petri.Conflict, "environment %s is archived: bring it back with petri env unarchive %s, or duplicate it", env.Ref(), env.Ref())
	}
	return nil
}

// seeRevision finds a revision that the caller may see: the active one where ref has no number.
func seeRevision(tx *store.Tx, c access.Caller, ref petri.EnvironmentRef) (petri.Environment, petri.Revision, error) {
	env, err := access.Environment(tx, c, ref)
	if err != nil {
		return petri.Environment{}, petri.Revision{}, err
	}
	number := ref.Revision
	if number == 0 {
		if number = env.Active; number == 0 {
			return env, petri.Revision{}, noActive(tx, env)
		}
	}
	revision, err := access.Revision(tx, env, number)
	return env, revision, err
}

// noActive says why an environment has no active revision, and what would give it one.
func noActive(tx *store.Tx, env petri.Environment) error {
	latest, err := tx.Revisions().Latest(env.ID)
	if err != nil && petri.KindOf(err) != petri.NotFound {
		return err
	}
	if err != nil {
		return petri.Errorf(petri.Conflict, "environment %s has no revision yet", env.Ref())
	}
	return petri.Errorf(petri.Conflict, "environment %s has no active revision: %s", env.Ref(), whyNotReady(latest))
}

// whyNotReady is a sentence about a revision that is not ready, with what to do.
func whyNotReady(r petri.Revision) string {
	switch r.Status {
	case petri.BuildFailed:
		return r.Ref.String() + " failed to build; see petri env log " + r.Ref.String() + ", then petri env edit"
	case petri.BuildCanceled:
		return "the build of " + r.Ref.String() + " was cancelled; start it again with petri env build " + r.Ref.String()
	case petri.BuildReady:
		return r.Ref.String() + " is ready; make it active with petri env promote " + r.Ref.String()
	default:
		return r.Ref.String() + " is not ready yet, it is " + string(r.Status) + "; follow it with petri env log " + r.Ref.String()
	}
}

// Ready is nil for a revision that is ready, else of kind conflict, saying what to do.
func Ready(r petri.Revision) error {
	if r.Status == petri.BuildReady && r.Image.Digest != "" {
		return nil
	}
	return petri.Errorf(petri.Conflict, "%s", whyNotReady(r))
}

// shown is a revision as the caller may see it: the name of another revision whose image it
// uses is left out where that one is hidden from them.
func shown(tx *store.Tx, c access.Caller, r petri.Revision) (petri.Revision, error) {
	if r.ReusedFrom == "" {
		return r, nil
	}
	ref, err := petri.ParseEnvironmentRef(r.ReusedFrom, r.Ref.Owner)
	if err != nil {
		return r, err
	}
	if _, err := access.Environment(tx, c, ref); petri.KindOf(err) == petri.NotFound {
		r.ReusedFrom = ""
	} else if err != nil {
		return r, err
	}
	return r, nil
}
