package compare

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// summary is what a verdict rests on, in a sentence, and in a second one what may explain it: ""
// where nothing that counts differs.
func summary(a, b petri.Run, c petri.Comparison) string {
	if c.Verdict == petri.Same {
		return ""
	}
	var reasons []string
	if endedOtherwise(a, b) {
		reasons = append(reasons, ended(a, b))
	}
	reasons = append(reasons, ofMetrics(c.Metrics)...)
	reasons = append(reasons, ofResults(c.Results)...)
	if c.Stdout.Verdict == petri.Different {
		reasons = append(reasons, ofOutput(c.Stdout))
	}
	text := strings.Join(reasons, "; ")
	if c.Verdict == petri.WithinTolerance && !strings.Contains(text, "within tolerance") {
		text += ", all within tolerance"
	}
	return text + ". " + explanation(c)
}

// ended says how the second run ended otherwise than the first.
func ended(a, b petri.Run) string {
	switch {
	case a.Status == petri.RunSucceeded && b.Status == petri.RunFailed:
		return "the run now fails " + how(b)
	case a.Status == petri.RunFailed && b.Status == petri.RunSucceeded:
		return "the run now succeeds; it failed " + how(a)
	case b.Status == petri.RunStopped && a.Status != petri.RunStopped:
		return "the run was stopped"
	case a.Status == petri.RunStopped && b.Status != petri.RunStopped:
		return "the first run was stopped"
	case a.Status == b.Status && how(a) != how(b):
		return "the run fails " + how(b) + ", not " + how(a)
	}
	return fmt.Sprintf("the run's exit code is %d, not %d", b.Outcome.ExitCode, a.Outcome.ExitCode)
}

// how says how a run failed.
func how(r petri.Run) string {
	o := r.Outcome
	switch {
	case o.TimedOut:
		return "by its time limit"
	case o.OOMKilled:
		return "for want of memory"
	case o.DiskFull:
		return "for want of disk"
	case o.StartError != "":
		return "to start its command"
	case o.Signal != "":
		return "by " + o.Signal
	}
	return "with exit code " + strconv.Itoa(o.ExitCode)
}

func ofMetrics(list []petri.MetricComparison) []string {
	list = worstFirst(list, func(m petri.MetricComparison) petri.Verdict { return m.Verdict })
	if len(list) == 0 {
		return nil
	}
	m := list[0]
	text := "metric " + clip(m.Name) + ": " + change(kind.Shorter(m.A, m.B))
	if m.Verdict == petri.WithinTolerance {
		text += " (within tolerance)"
	}
	return []string{text + differToo(len(list)-1, "metric")}
}

// telling are the kinds of result whose difference says most, the most telling first.
var telling = map[string]int{"table": -8, "parquet": -8, "array": -7, "json": -6, "jsonl": -6, "notebook": -5, "text": -4, "image": -3, "pdf": -2, "archive": -1}

func ofResults(list []petri.FileComparison) []string {
	list = worstFirst(list, func(f petri.FileComparison) petri.Verdict { return f.Verdict })
	if len(list) == 0 {
		return nil
	}
	most := list[0]
	for _, f := range list {
		if f.Verdict == most.Verdict && telling[f.Kind] < telling[most.Kind] {
			most = f
		}
	}
	return []string{clip(most.Path) + ": " + most.Summary + differToo(len(list)-1, "file")}
}

func differToo(n int, what string) string {
	switch {
	case n <= 0:
		return ""
	case n == 1:
		return "; 1 more " + what + " differs"
	}
	return "; " + kind.Count(int64(n), "more "+what) + " differ"
}

// worstFirst are those that are not the same, the different ones before those within tolerance.
func worstFirst[T any](list []T, verdict func(T) petri.Verdict) []T {
	var worst []T
	for _, v := range []petri.Verdict{petri.Different, petri.WithinTolerance} {
		for _, one := range list {
			if verdict(one) == v {
				worst = append(worst, one)
			}
		}
	}
	return worst
}

func ofOutput(o petri.OutputComparison) string {
	if o.Added == 0 && o.Removed == 0 {
		return "standard output differs"
	}
	return fmt.Sprintf("standard output differs (%s added, %s removed)", kind.Count(int64(o.Added), "line"), kind.Grouped(int64(o.Removed)))
}
