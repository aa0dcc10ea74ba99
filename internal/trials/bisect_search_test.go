package trials_test

import (
	"math/rand/v2"
	"testing"

	"github.com/petri-dev/petri/internal/trials"
)

const (
	good = "good"
	bad  = "bad"
)

// A bisection finds the planted revision, whichever it is, with no more runs than it said, and no
// more new ones than it said.
func TestBisectionFindsWhatIsPlanted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := 2; n <= 70; n++ {
		for planted := 1; planted < n; planted++ {
			there := make([]bool, n)
			for i := range there {
				there[i] = random.IntN(3) == 0
			}
			known := map[int]string{0: good, n - 1: bad}
			runs, fresh := 3, 1
			for _, end := range []int{0, n - 1} {
				if !there[end] {
					fresh++
				}
			}
			for {
				at, found := trials.Halve(n, func(i int) string { return known[i] })
				if found {
					if at != planted {
						t.Fatalf("%d of %d revisions was found, %d is the one", at, n, planted)
					}
					break
				}
				if _, again := known[at]; again {
					t.Fatalf("%d of %d revisions is tried twice", at, n)
				}
				runs++
				if !there[at] {
					fresh++
				}
				known[at] = good
				if at >= planted {
					known[at] = bad
				}
			}
			if runs > trials.MostRuns(n, 1) || fresh > trials.MostNewRuns(there, 1) || trials.MostNewRuns(there, 1) > trials.MostRuns(n, 1) {
				t.Fatalf("%d revisions took %d runs, %d of them new, where %d and %d were said", n, runs, fresh, trials.MostRuns(n, 1), trials.MostNewRuns(there, 1))
			}
		}
	}
}

func TestMostRuns(t *testing.T) {
	for n, want := range map[int]int{2: 3, 3: 4, 4: 5, 5: 5, 9: 6, 17: 7, 18: 8} {
		if got := trials.MostRuns(n, 1); got != want {
			t.Errorf("%d revisions: %d, want %d", n, got, want)
		}
		if got := trials.MostNewRuns(make([]bool, n), 1); got != want {
			t.Errorf("%d revisions, none there: %d, want %d", n, got, want)
		}
		if got, there := trials.MostRuns(n, 3), trials.MostNewRuns(make([]bool, n), 3); got != want+2 || there != want+2 {
			t.Errorf("%d revisions, the good one repeated: %d, %d new, want %d", n, got, there, want+2)
		}
	}
}
