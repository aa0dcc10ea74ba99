package trials

import (
	"context"
	"fmt"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// Why dependents are left out.
const (
	whyNoCommit  = "it has no commit yet"
	whyNoChecks  = "it declares no checks in its petri.toml"
	whyOptedOut  = "it asks to be left out: trials = false in its petri.toml"
	whyNotReady  = "it is pinned to a revision that is not ready"
	whyCandidate = "it is pinned to the candidate already"
)

func whyPinned(ref petri.EnvironmentRef) string {
	return fmt.Sprintf("it is pinned to %s, which promoting does not affect; try it too with --pinned", ref)
}

// maxDerived bounds how many environments based on others a trial follows.
const maxDerived = 200

// dependent is a project that a trial may try.
type dependent struct {
	project            petri.Project
	control, candidate petri.EnvironmentRef // the candidate has no number where it is still to be made
	why                string               // it is left out for; "" where it is not
}

// dependents finds the projects that use an environment, and those that use environments based on
// it, with the candidates to be made of these.
func dependents(tx *store.Tx, env petri.Environment, candidate petri.EnvironmentRef, pinned bool) ([]dependent, []petri.DerivedCandidate, error) {
	var found []dependent
	var derived []petri.DerivedCandidate
	seen := map[petri.EnvironmentID]bool{env.ID: true}
	environments, candidates := []petri.Environment{env}, []petri.EnvironmentRef{candidate}
	for i := 0; i < len(environments); i++ {
		of, err := followersOf(tx, environments[i], candidates[i], pinned)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, of...)
		based, err := tx.Environments().BasedOn(environments[i].ID)
		if err != nil {
			return nil, nil, err
		}
		for _, e := range based {
			if seen[e.ID] || e.Archived || len(derived) >= maxDerived {
				continue
			}
			seen[e.ID] = true
			environments, candidates = append(environments, e), append(candidates, e.Ref())
			derived = append(derived, petri.DerivedCandidate{Control: e.Ref().At(e.Active)})
		}
	}
	return found, derived, nil
}

func followersOf(tx *store.Tx, env petri.Environment, candidate petri.EnvironmentRef, pinned bool) ([]dependent, error) {
	projects, err := tx.Projects().Following(env.ID)
	if err != nil {
		return nil, err
	}
	var all []dependent
	for _, p := range projects {
		d := dependent{project: p, control: env.Ref().At(env.Active), candidate: candidate}
		if p.Environment.Revision != 0 {
			d.control = p.Environment
			if d.why, err = whyNotTried(tx, env, d, pinned); err != nil {
				return nil, err
			}
		}
		if d.why == "" && p.Head == "" {
			d.why = whyNoCommit
		}
		all = append(all, d)
	}
	return all, nil
}

// whyNotTried says why a project that is pinned to a revision is left out.
func whyNotTried(tx *store.Tx, env petri.Environment, d dependent, pinned bool) (string, error) {
	switch {
	case d.control == d.candidate:
		return whyCandidate, nil
	case !pinned:
		return whyPinned(d.control), nil
	}
	r, err := tx.Revisions().ByNumber(env.ID, d.control.Revision)
	if petri.KindOf(err) == petri.NotFound || err == nil && r.Status != petri.BuildReady {
		return whyNotReady, nil
	}
	return "", err
}

// declared is what a project's petri.toml says of its checks; why is why it is left out.
func (s *Service) declared(ctx context.Context, p petri.Project) (checks []petri.Check, why string, err error) {
	file, err := s.checksOf(ctx, p, p.Head)
	switch {
	case petri.KindOf(err) == petri.NotFound:
		return nil, whyNoChecks, nil
	case petri.KindOf(err) == petri.Invalid:
		return nil, "its petri.toml cannot be read: " + petri.MessageOf(err), nil
	case err != nil:
		return nil, "", fmt.Errorf("read what %s declares: %w", p.Ref(), err)
	case !file.Trials:
		return nil, whyOptedOut, nil
	case len(file.Checks()) == 0:
		return nil, whyNoChecks, nil
	}
	return file.Checks(), "", nil
}

// plan fills in the checks of a trial, what is left out, and the candidates that are needed.
func (s *Service) plan(ctx context.Context, t *petri.Trial, all []dependent, derived []petri.DerivedCandidate, asked []petri.ProjectRef) error {
	for _, d := range all {
		if len(asked) > 0 && !slices.Contains(asked, d.project.Ref()) {
			d.why = petri.LeftOutNotAsked
		}
		var checks []petri.Check
		if d.why == "" {
			var err error
			if checks, d.why, err = s.declared(ctx, d.project); err != nil {
				return err
			}
		}
		if d.why != "" {
			t.LeftOut = append(t.LeftOut, petri.TrialLeftOut{Project: d.project.Ref(), Why: d.why})
		}
		for _, check := range checks {
			t.Checks = append(t.Checks, petri.TrialCheck{
				Project: d.project.Ref(), ProjectID: d.project.ID, Check: check, Commit: d.project.Head, Control: d.control, Candidate: d.candidate,
			})
		}
	}
	t.Derived = derived
	return nil
}
