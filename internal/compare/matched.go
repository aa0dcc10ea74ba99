package compare

import "github.com/petri-dev/petri"

// Matched tells whether the rules' patterns of result files match any file that either run
// added, changed or removed. Rules without patterns match always. Where it is false, there was
// nothing to compare, which is not the same as being the same.
func Matched(rules petri.Rules, a, b petri.Run) bool {
	if len(rules.Results) == 0 {
		return true
	}
	for _, changes := range [][]petri.ResultChange{a.ResultChanges, b.ResultChanges} {
		for _, c := range changes {
			if rules.Counts(c.Path) {
				return true
			}
		}
	}
	return false
}
