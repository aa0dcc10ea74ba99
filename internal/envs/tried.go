package envs

import (
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// tried refuses a revision of which nobody knows what it would do to those who follow the
// environment: its newest trial against the active revision did not find it safe, or there was none
// of all who follow. Kind: conflict.
func tried(tx *store.Tx, env petri.Environment, r petri.Revision) error {
	if env.Active == 0 {
		return nil
	}
	trials, err := tx.Studies().List(store.StudyFilter{Kind: petri.StudyTrial, Environment: env.ID, Candidate: r.ID})
	if err != nil {
		return err
	}
	following, err := followers(tx, env)
	if err != nil {
		return err
	}
	why := "no trial was made of it"
	for _, study := range trials {
		if study.Trial.Control != env.Ref().At(env.Active) {
			continue
		}
		if study.Status == petri.StudyDone && study.Trial.Verdict != petri.TrialSafe {
			return petri.Errorf(petri.Conflict, "%s found that %s; look with petri env trial show %s, or promote it all the same with --anyway", study.Ref(), study.Trial.Sentence(), study.Ref())
		}
		if why = shortcoming(study, following); why == "" {
			return nil
		}
	}
	if len(following) == 0 {
		return nil
	}
	return petri.Errorf(petri.Conflict, "%s %s: %s; find out what it does to their results with petri env trial %s, or promote it all the same with --anyway",
		follow(len(following)), env.Ref(), why, r.Ref)
}

// shortcoming is why a trial that found nothing bad does not tell enough; "" where it does.
func shortcoming(study petri.Study, following []petri.ProjectRef) string {
	t := study.Trial
	if study.Status != petri.StudyDone {
		return fmt.Sprintf("%s is %s", study.Ref(), study.Status)
	}
	if !t.Whole() {
		return study.Ref() + " found it safe, but tried only some of them"
	}
	known := map[petri.ProjectRef]bool{}
	for _, c := range t.Checks {
		known[c.Project] = true
	}
	for _, l := range t.LeftOut {
		known[l.Project] = true
	}
	later := 0
	for _, ref := range following {
		if !known[ref] {
			later++
		}
	}
	if later > 0 {
		return fmt.Sprintf("%s found it safe, but %d of them came later", study.Ref(), later)
	}
	return ""
}

// followers are the projects whose runs would be made in another revision.
func followers(tx *store.Tx, env petri.Environment) ([]petri.ProjectRef, error) {
	projects, err := tx.Projects().Following(env.ID)
	var list []petri.ProjectRef
	for _, p := range projects {
		if p.Environment.Revision == 0 {
			list = append(list, p.Ref())
		}
	}
	return list, err
}

func follow(n int) string {
	if n == 1 {
		return "1 project follows"
	}
	return fmt.Sprintf("%d projects follow", n)
}
