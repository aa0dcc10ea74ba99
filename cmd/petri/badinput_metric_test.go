package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestBadMetrics: what petri metric refuses inside a real run is said there, the rest is kept, and the
// run goes on; and names that are no text are told apart in a comparison.
func TestBadMetrics(t *testing.T) {
	t.Parallel()
	l := newDockerLab(t, "")
	long := strings.Repeat("n", 201)
	cases := []struct{ name, args, says string }{
		{"no name", "'' 1", "cannot name a metric: a name has 1 to 200 bytes"},
		{"a blank name", "'  ' 1", "cannot name a metric"},
		{"a name that is too long", long + " 1", "cannot name a metric"},
		{"a name that is no text", `"$(printf 'a\377')" 1`, "not UTF-8"},
		{"a value that is no text", `a "$(printf 'a\377')"`, "not UTF-8"},
		{"a value that is too long", `a "$(head -c 5000 /dev/zero | tr '\0' x)"`, "is longer than 4096 bytes"},
		{"no value", "a", "a metric has a name and one value, as in: petri metric auc 0.914"},
		{"nothing at all", "", "a metric has a name and one value, as in: petri metric auc 0.914"},
		{"too much", "a 1 2", "a metric has a name and one value, as in: petri metric auc 0.914"},
	}
	script := "set +e; petri metric first 1; "
	for i, c := range cases {
		script += fmt.Sprintf("echo case %d; petri metric %s 2>&1; echo code $?; ", i, c.args)
	}
	script += `petri metric "$(printf 'a\033[2J')" "$(printf 'b\nc')"; petri metric nan NaN; petri metric last -0.5; printf x > "$(printf 'a\377.csv')"; echo '{"a":' > petri-metrics.json`
	out := l.call(call{in: "work", args: []string{"run", "--network", "none", "--", "sh", "-c", script}})
	if out.code != 0 {
		t.Fatalf("%+v", out)
	}
	for i, c := range cases {
		_, said, _ := strings.Cut(out.stdout, fmt.Sprintf("case %d\n", i))
		said, _, _ = strings.Cut(said, "case ")
		t.Logf("%s: %s", c.name, strings.TrimSpace(said))
		if !strings.Contains(said, c.says) || strings.Contains(said, "code 0\n") {
			t.Errorf("%s: it says %q, want %q", c.name, said, c.says)
		}
	}
	shown := l.petri("work", "show", "1")
	t.Logf("%s", shown)
	if !inOrder(shown, "first 1…last -0.5") && !inOrder(shown, "last -0.5") || hostile.MatchString(shown) {
		t.Errorf("the run: %q", shown)
	}
	l.petri("work", "record", "1", "--verify")
	l.petri("work", "run", "--network", "none", "--", "sh", "-c", `petri metric first 2; printf y > "$(printf 'a\377.csv')"`)
	for _, flags := range [][]string{nil, {"--json"}, {"--diff", "--all"}} {
		out := l.call(call{in: "work", args: append([]string{"compare", "1", "2"}, flags...)})
		t.Logf("%s", out.stdout)
		if out.code != 1 || hostile.MatchString(out.stdout) || !strings.Contains(out.stdout, "first") || !strings.Contains(out.stdout, ".csv") {
			t.Errorf("%q: %+v", flags, out)
		}
	}
	l.alive()
}
