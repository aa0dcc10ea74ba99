package trials

import (
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// deriveCandidates makes the candidates of environments based on the one on trial as soon as
// their bases are ready, and takes note of what became of their builds.
func (s *Service) deriveCandidates(tx *store.Tx, study *petri.Study) error {
	t := study.Trial
	needed, err := neededCandidates(tx, t)
	if err != nil {
		return err
	}
	for i := range t.Derived {
		d := &t.Derived[i]
		if d.Error != "" || !needed[d.Control.At(0)] {
			continue
		}
		if d.Candidate.Revision == 0 {
			if err := s.derive(tx, study, d); err != nil {
				return err
			}
		}
		if err := lookAtCandidate(tx, t, d); err != nil {
			return err
		}
	}
	return nil
}

// neededCandidates are the environments with checks, and those that these are based on: nothing is
// built for nobody.
func neededCandidates(tx *store.Tx, t *petri.Trial) (map[petri.EnvironmentRef]bool, error) {
	needed := map[petri.EnvironmentRef]bool{}
	for _, c := range t.Checks {
		for ref := c.Control.At(0); ref != t.Candidate.At(0) && !needed[ref]; {
			needed[ref] = true
			control, found := controlOf(t, ref)
			if !found {
				break
			}
			r, err := revision(tx, control)
			if err != nil {
				return nil, err
			}
			if ref, err = baseOf(r); err != nil {
				return nil, err
			}
		}
	}
	return needed, nil
}

func controlOf(t *petri.Trial, env petri.EnvironmentRef) (petri.EnvironmentRef, bool) {
	for _, d := range t.Derived {
		if d.Control.At(0) == env {
			return d.Control, true
		}
	}
	return petri.EnvironmentRef{}, false
}

// baseOf is the environment that a revision's base is a revision of.
func baseOf(r petri.Revision) (petri.EnvironmentRef, error) {
	ref, err := petri.ParseEnvironmentRef(r.Definition.Base.Ref, r.Ref.Owner)
	return ref.At(0), err
}

// derive makes one candidate where its base is ready.
func (s *Service) derive(tx *store.Tx, study *petri.Study, d *petri.DerivedCandidate) error {
	t := study.Trial
	control, err := revision(tx, d.Control)
	if err != nil {
		return err
	}
	on, err := baseOf(control)
	if err != nil {
		return err
	}
	base := t.Candidate
	for _, other := range t.Derived {
		if other.Control.At(0) != on {
			continue
		}
		if base = other.Candidate; other.Error != "" {
			d.Error, d.Canceled = "its base could not be built: "+other.Error, other.Canceled
		}
	}
	if base.Revision == 0 || d.Error != "" {
		return nil
	}
	built, err := revision(tx, base)
	if err != nil || built.Status != petri.BuildReady {
		return err
	}
	made, err := s.envs.Derive(tx, control, built, study.CreatedBy, fmt.Sprintf("base %s, for %s", built.Ref, study.Ref()))
	d.Candidate = made.Ref
	return err
}

// lookAtCandidate lets the checks begin whose candidate is ready, and judges those whose
// candidate never will be.
func lookAtCandidate(tx *store.Tx, t *petri.Trial, d *petri.DerivedCandidate) error {
	if d.Error == "" {
		if d.Candidate.Revision == 0 {
			return nil
		}
		made, err := revision(tx, d.Candidate)
		if err != nil {
			return err
		}
		switch made.Status {
		case petri.BuildReady:
		case petri.BuildFailed:
			d.Error = made.Error
		case petri.BuildCanceled:
			d.Error, d.Canceled = "somebody cancelled the build of "+made.Ref.String(), true
		default:
			return nil
		}
	}
	verdict := petri.CheckRegressed
	if d.Canceled {
		verdict = petri.CheckTrouble
	}
	for i := range t.Checks {
		c := &t.Checks[i]
		if c.Candidate != d.Control.At(0) || c.Verdict != "" {
			continue
		}
		if d.Error == "" {
			c.Candidate = d.Candidate
			continue
		}
		c.Verdict, c.Summary = verdict, fmt.Sprintf("%s cannot be built on %s: %s", c.Candidate, t.Candidate, clipped(d.Error))
	}
	return nil
}
