package cli_test

import (
	"strings"
	"testing"
)

func TestMetricOutsideOfRuns(t *testing.T) {
	b := newBench(t)
	for _, args := range [][]string{{"metric", "auc", "-0.5"}, {"metric"}, {"metric", "--json", "x"}} {
		if r := b.petri(args...); r.code != 2 || !strings.Contains(r.stderr, "petri metric works inside a run only") {
			t.Errorf("petri %v: exit code %d, %s", args, r.code, r.stderr)
		}
	}
	if r := b.petri("metric", "--help"); r.code != 0 || !strings.Contains(r.stdout, "petri metric NAME VALUE") {
		t.Errorf("exit code %d, %s", r.code, r.stdout)
	}
}
