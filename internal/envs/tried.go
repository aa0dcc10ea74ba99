package envs

import (
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// tried refuses a revision of which nobody knows what it would do to those who follow the
// environment: none of its trials against the active revision found it safe, the newest one did
// not, or there was none although projects follow. Kind: conflict.
func tried(tx *store.Tx, env petri.Environment, r petri.Revision) error {
	if env.Active == 0 {
		return nil
	}
	trials, err := tx.Studies().List(store.StudyFilter{Kind: petri.StudyTrial, Environment: env.ID, Candidate: r.ID})
	if err != nil {
		return err
	}
	why := "no trial was made of it"
	for _, study := range trials {
		t := study.Trial
		if t.Control != env.Ref().At(env.Active) {
			continue
		}
		if study.Status != petri.StudyDone {
			why = fmt.Sprintf("%s is %s", study.Ref(), study.Status)
			continue
		}
		if !t.Whole() && t.Verdict == petri.TrialSafe {
			why = study.Ref() + " found it safe, but tried only some of them"
			continue
		}
		if t.Verdict == petri.TrialSafe {
			return nil
		}
		return petri.Errorf(petri.Conflict, "%s found that %s; look with petri env trial show %s, or promote it all the same with --anyway", study.Ref(), t.Sentence(), study.Ref())
	}
	followers, err := followers(tx, env)
	if err != nil || followers == 0 {
		return err
	}
	return petri.Errorf(petri.Conflict, "%s: %s; find out what it does to their results with petri env trial %s, or promote it all the same with --anyway",
		follow(followers, env), why, r.Ref)
}

// followers counts the projects whose runs would be made in another revision.
func followers(tx *store.Tx, env petri.Environment) (int, error) {
	projects, err := tx.Projects().Following(env.ID)
	n := 0
	for _, p := range projects {
		if p.Environment.Revision == 0 {
			n++
		}
	}
	return n, err
}

func follow(n int, env petri.Environment) string {
	if n == 1 {
		return fmt.Sprintf("1 project follows %s", env.Ref())
	}
	return fmt.Sprintf("%d projects follow %s", n, env.Ref())
}
