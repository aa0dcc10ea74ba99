package petri

import "fmt"

// LeftOutNotAsked is why a trial left out a dependent that it was not asked to try. A trial that
// has it tried only some of them.
const LeftOutNotAsked = "it was not among the projects that the trial was asked for"

// Whole tells whether the trial was of all dependents.
func (t Trial) Whole() bool {
	for _, l := range t.LeftOut {
		if l.Why == LeftOutNotAsked {
			return false
		}
	}
	return true
}

// Count counts the checks with one of these verdicts; "" counts those without one yet.
func (t Trial) Count(verdicts ...CheckVerdict) int {
	n := 0
	for _, c := range t.Checks {
		for _, v := range verdicts {
			if c.Verdict == v {
				n++
			}
		}
	}
	return n
}

// Sentence says what a trial that is done found; "" for one that is not.
func (t Trial) Sentence() string {
	all := len(t.Checks)
	breaks, changes, unsure := t.Count(CheckRegressed), t.Count(CheckChanged), t.Count(CheckUnstable, CheckTrouble, CheckStopped)
	switch {
	case t.Verdict == "":
		return ""
	case all == 0 && len(t.LeftOut) == 0:
		return fmt.Sprintf("%s is safe: nothing depends on %s", t.Candidate, t.Candidate.At(0))
	case all == 0:
		return fmt.Sprintf("%s breaks no check, since there is none: all dependents were left out", t.Candidate)
	case t.Verdict == TrialSafe:
		return fmt.Sprintf("%s is safe: %s as good as in %s", t.Candidate, comesOut(all), t.Control)
	case breaks+changes == 0:
		return fmt.Sprintf("%s is not known to be safe: %s cannot be judged", t.Candidate, of(unsure, all))
	}
	sentence := t.Candidate.String()
	switch {
	case breaks == 0:
		sentence += " changes the results of " + of(changes, all)
	case changes == 0:
		sentence += " breaks " + of(breaks, all)
	default:
		sentence += fmt.Sprintf(" breaks %d and changes the results of %s", breaks, of(changes, all))
	}
	if unsure > 0 {
		sentence += fmt.Sprintf("; %d cannot be judged", unsure)
	}
	return sentence
}

func of(n, all int) string {
	if all == 1 {
		return "its one check"
	}
	return fmt.Sprintf("%d of %d checks", n, all)
}

func comesOut(n int) string {
	if n == 1 {
		return "its one check comes out"
	}
	return fmt.Sprintf("all %d checks come out", n)
}
