package explain

import (
	"fmt"
	"math"
	"time"

	"github.com/petri-dev/petri"
)

// apartAsRuns tells where the numbers of all files that differ are as far apart as the runs are in
// time, and large: then they count the seconds since 1970, or parts of them.
func apartAsRuns(in Input) string {
	if in.A.StartedAt.IsZero() || in.B.StartedAt.IsZero() {
		return ""
	}
	apart := in.B.StartedAt.Sub(in.A.StartedAt).Abs()
	slack := max(time.Second, in.A.FinishedAt.Sub(in.A.StartedAt), in.B.FinishedAt.Sub(in.B.StartedAt))
	some := false
	for _, f := range in.Comparison.Results {
		switch {
		case f.Verdict == petri.Same:
		case !countsTime(f, apart, slack):
			return ""
		default:
			some = true
		}
	}
	if !some {
		return ""
	}
	return fmt.Sprintf("numbers that look like times differ by about as much as lies between the runs (%s)", apart.Round(time.Millisecond))
}

// countsTime tells whether the worst number of a file can be a moment, in seconds or a finer unit.
func countsTime(f petri.FileComparison, apart, slack time.Duration) bool {
	if f.MaxAbs == nil || f.MaxRel == nil || *f.MaxRel <= 0 {
		return false
	}
	now := *f.MaxAbs / *f.MaxRel // about the number itself
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond, time.Nanosecond} {
		perSecond := float64(time.Second / unit)
		if now < 1e9*perSecond || now > 4e9*perSecond {
			continue
		}
		return math.Abs(*f.MaxAbs/perSecond-apart.Seconds()) <= slack.Seconds()
	}
	return false
}
