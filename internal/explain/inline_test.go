package explain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/explain"
)

// Code in a command is code, in its interpreter's language.
func TestInline(t *testing.T) {
	for command, want := range map[string]string{
		"python3 -c import_random;random.random()": "random seed: the command, line 2 uses random.random(), and nothing in the Python code gives a seed or a random_state",
		"/usr/bin/Rscript -e x<-1 -e rnorm(3)":     "random seed: the command, line 2 uses rnorm(), and nothing in the R code gives set.seed()",
		"Rscript -e set.seed(1);rnorm(3)":          "",
		"Rscript main.R -c rnorm(3)":               "none",
		"sh -c rnorm(3)":                           "none",
		"python3 -c":                               "none",
	} {
		source, held := explain.Inline(strings.Fields(command))
		if !held {
			if want != "none" {
				t.Errorf("%s: holds no code", command)
			}
			continue
		}
		var got []string
		for _, c := range explain.Causes(explain.Input{Comparison: table(0.5), Code: []explain.Source{source}}) {
			got = append(got, string(c.Cause)+": "+c.Why)
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
}

// Seconds since 1970 are times, whatever their last digits look like; other large numbers are not.
func TestEpoch(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	run := func(after time.Duration) petri.Run {
		r := petri.Run{Spec: petri.RunSpec{CPUs: 4}}
		r.StartedAt, r.FinishedAt = at.Add(after), at.Add(after+2*time.Second)
		return r
	}
	for name, c := range map[string]struct {
		apart    time.Duration
		abs, now float64
		want     petri.CauseName
	}{
		"seconds":      {time.Minute, 60.4, 1.79e9, petri.CauseTime},
		"milliseconds": {time.Minute, 60_900, 1.79e12, petri.CauseTime},
		"nanoseconds":  {time.Minute, 61e9, 1.79e18, petri.CauseTime},
		"another gap":  {time.Minute, 10, 1.79e9, petri.CauseThreads},
		"not a moment": {time.Minute, 60, 6e10, petri.CauseThreads},
	} {
		comparison := table(0.5)
		comparison.Results[0].MaxAbs, comparison.Results[0].MaxRel = number(c.abs), number(c.abs/c.now)
		causes := explain.Causes(explain.Input{A: run(0), B: run(c.apart), Comparison: comparison})
		if len(causes) != 1 || causes[0].Cause != c.want {
			t.Errorf("%s: %+v, want %s", name, causes, c.want)
		}
	}
}
