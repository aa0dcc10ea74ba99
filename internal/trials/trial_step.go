package trials

import "github.com/petri-dev/petri"

// role says which of a trial check's runs is meant.
type role int

const (
	roleControl role = iota
	roleCandidate
	roleAgain // and those after it: the control's further runs
)

// slot is the place of one run in a trial.
type slot struct {
	check int
	role  role
}

// run is the run that stands in a slot.
func (s slot) run(t *petri.Trial) *petri.StudyRun {
	c := &t.Checks[s.check]
	switch s.role {
	case roleControl:
		return &c.ControlRun
	case roleCandidate:
		return &c.CandidateRun
	case roleAgain:
		return &c.ControlAgain
	default:
		return &c.ControlMore[s.role-roleAgain-1]
	}
}

// lastAgain is the role of the last run of a check that its control was asked for after the first.
func lastAgain(c petri.TrialCheck) role { return roleAgain + role(len(c.ControlMore)) }

// revision is where the run of a slot is made.
func (s slot) revision(t *petri.Trial) petri.EnvironmentRef {
	if s.role == roleCandidate {
		return t.Checks[s.check].Candidate
	}
	return t.Checks[s.check].Control
}

// slots are the places of all runs that exist.
func slots(t *petri.Trial) []slot {
	var all []slot
	for i := range t.Checks {
		for r := range lastAgain(t.Checks[i]) + 1 {
			if s := (slot{i, r}); s.run(t).ID != 0 {
				all = append(all, s)
			}
		}
	}
	return all
}

// going counts the runs that have not ended.
func going(t *petri.Trial) int {
	n := 0
	for _, s := range slots(t) {
		if !s.run(t).Status.Ended() {
			n++
		}
	}
	return n
}

// missing are the runs that can be made now, in the order in which they should be: what completes
// a check comes before what begins one.
func missing(t *petri.Trial) []slot {
	var again, begin []slot
	for i := range t.Checks {
		c := &t.Checks[i]
		if c.Verdict != "" {
			continue
		}
		if s := (slot{i, lastAgain(*c)}); c.Comparison != nil && s.run(t).ID == 0 {
			again = append(again, s)
		}
		if c.Candidate.Revision == 0 || c.Comparison != nil {
			continue // its environment is still to be built, or both runs are there
		}
		for _, r := range []role{roleControl, roleCandidate} {
			if s := (slot{i, r}); s.run(t).ID == 0 {
				begin = append(begin, s)
			}
		}
	}
	return append(again, begin...)
}

// judgeable are the checks whose runs have ended and whose comparison, the first or that of the
// control with itself, has yet to be made.
func judgeable(t *petri.Trial) []int {
	ended := func(r petri.StudyRun) bool { return r.ID != 0 && r.Status.Ended() }
	var all []int
	for i := range t.Checks {
		c := t.Checks[i]
		switch {
		case c.Verdict != "":
		case c.Comparison == nil && ended(c.ControlRun) && ended(c.CandidateRun), c.Comparison != nil && ended(*slot{i, lastAgain(c)}.run(t)):
			all = append(all, i)
		}
	}
	return all
}

// judged tells whether every check has its verdict.
func judged(t *petri.Trial) bool {
	for _, c := range t.Checks {
		if c.Verdict == "" {
			return false
		}
	}
	return true
}
