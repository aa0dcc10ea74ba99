package trials

import "math/bits"

// The verdicts of a bisection's steps.
const (
	stepGood = "good"
	stepBad  = "bad"
)

// halve finds what a bisection has to try next between its first revision, which is good, and its
// last, which is bad. verdict tells what is known of the one at i, "" where it was not tried yet.
// found tells that nothing is left to try: the one at `at` is the first bad one.
func halve(n int, verdict func(i int) string) (at int, found bool) {
	good, bad := 0, n-1
	for bad-good > 1 {
		middle := (good + bad) / 2
		switch verdict(middle) {
		case stepGood:
			good = middle
		case stepBad:
			bad = middle
		default:
			return middle, false
		}
	}
	return bad, true
}

// mostRuns is how many runs a bisection of n revisions takes at most: the good and the bad one,
// the good one again as often as it is repeated, and those between.
func mostRuns(n, repeats int) int { return 2 + repeats + bits.Len(uint(n-2)) }

// mostNewRuns is how many of them have to be made at most, where those at some revisions are
// there already. The good one is always run again.
func mostNewRuns(there []bool, repeats int) int {
	cost := func(i int) int {
		if there[i] {
			return 0
		}
		return 1
	}
	var between func(good, bad int) int
	between = func(good, bad int) int {
		if bad-good <= 1 {
			return 0
		}
		middle := (good + bad) / 2
		return cost(middle) + max(between(good, middle), between(middle, bad))
	}
	last := len(there) - 1
	return cost(0) + cost(last) + repeats + between(0, last)
}
