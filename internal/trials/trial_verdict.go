package trials

import "github.com/petri-dev/petri"

// trialVerdict is what promoting the candidate would do, going by the verdicts of all checks. What
// could not be judged counts as unstable: nobody knows that it is safe.
func trialVerdict(checks []petri.TrialCheck) petri.TrialVerdict {
	verdict := petri.TrialSafe
	for _, c := range checks {
		switch c.Verdict {
		case petri.CheckRegressed:
			return petri.TrialBreaks
		case petri.CheckChanged:
			verdict = petri.TrialChanges
		case petri.CheckUnstable, petri.CheckTrouble, petri.CheckStopped:
			if verdict == petri.TrialSafe {
				verdict = petri.TrialUnstable
			}
		}
	}
	return verdict
}

// doubtful tells whether a verdict needs the control to be run again: what differs is the
// candidate's doing only where the control repeats itself.
func doubtful(v petri.CheckVerdict) bool {
	return v == petri.CheckChanged || v == petri.CheckRegressed || v == petri.CheckFixed
}

// settle is what a doubtful verdict becomes once the control was run again and compared with
// itself. Whether something fails now is judged by the control's ending alone: a script that gives
// other numbers every time, and fails in the candidate, is broken by it all the same.
func settle(v petri.CheckVerdict, control, again petri.RunStatus, c petri.Comparison) petri.CheckVerdict {
	switch {
	case control != again:
		return petri.CheckUnstable
	case v == petri.CheckChanged && c.Verdict == petri.Different:
		return petri.CheckUnstable
	}
	return v
}
