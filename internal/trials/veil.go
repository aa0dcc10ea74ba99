package trials

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// What those are told who may not see all that a trial is about: why a dependent was left out, and
// why the trial could not be finished.
const (
	veiled      = "left out"
	veiledError = "a project that you may not see was in the way; whoever runs the server finds out more"
)

// veil hides, in a trial, what the caller may not know: of a project that they may not see all but
// the verdict, which an error might name, of an environment that they may not see its name.
func veil(tx *store.Tx, c access.Caller, study *petri.Study) error {
	t := study.Trial
	if t == nil {
		return nil
	}
	seen := map[petri.ProjectRef]bool{}
	see := func(ref petri.ProjectRef) (bool, error) {
		known, asked := seen[ref]
		if asked {
			return known, nil
		}
		_, err := access.Project(tx, c, ref)
		if err != nil && petri.KindOf(err) != petri.NotFound {
			return false, err
		}
		seen[ref] = err == nil
		return err == nil, nil
	}
	hidden := false
	for i := range t.Checks {
		visible, err := see(t.Checks[i].Project)
		if err != nil {
			return err
		}
		if !visible && study.Error != "" {
			study.Error = veiledError
		}
		if !visible {
			t.Checks[i] = petri.TrialCheck{Verdict: t.Checks[i].Verdict}
			hidden = true
		}
	}
	for i := range t.LeftOut {
		visible, err := see(t.LeftOut[i].Project)
		if err != nil {
			return err
		}
		if !visible {
			t.LeftOut[i] = petri.TrialLeftOut{Why: veiled}
		}
	}
	if hidden && study.Error != "" {
		study.Error = veiledError
	}
	return veilDerived(tx, c, t)
}

func veilDerived(tx *store.Tx, c access.Caller, t *petri.Trial) error {
	var visible []petri.DerivedCandidate
	for _, d := range t.Derived {
		_, err := access.Environment(tx, c, d.Control)
		switch petri.KindOf(err) {
		case "":
			visible = append(visible, d)
		case petri.NotFound:
		default:
			return err
		}
	}
	t.Derived = visible
	return nil
}
