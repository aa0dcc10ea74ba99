package inspect_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/inspect"
)

// TestAgainstTools compares what is read of this machine with what its own package managers
// say, for those that it has.
func TestAgainstTools(t *testing.T) {
	list, err := inspect.List("/", inspect.Options{})
	must(t, err)
	t.Run("dpkg-query", func(t *testing.T) {
		out := output(t, "dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}\n")
		want := []string{}
		for line := range strings.Lines(out) {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "installed "); ok {
				want = append(want, rest)
			}
		}
		same(t, want, named(list, "deb"))
	})
	t.Run("R", func(t *testing.T) {
		same(t, strings.Split(strings.TrimSpace(output(t, "Rscript", "--vanilla", "-e",
			`p <- installed.packages(); cat(paste(p[,"Package"], p[,"Version"]), sep="\n")`)), "\n"), named(list, "r"))
	})
	t.Run("pip", func(t *testing.T) {
		var found []struct{ Name, Version string }
		must(t, json.Unmarshal([]byte(output(t, "/usr/bin/python3", "-m", "pip", "list", "--format", "json", "--disable-pip-version-check")), &found))
		want := []string{}
		for _, p := range found {
			want = append(want, p.Name+" "+p.Version)
		}
		// Other interpreters' libraries are ours to list and not this pip's.
		for _, p := range want {
			if !slices.Contains(named(list, "python"), p) {
				t.Errorf("missing: %s", p)
			}
		}
	})
}

func output(t *testing.T, command ...string) string {
	t.Helper()
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Skipf("this machine has no %s", command[0])
	}
	out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).Output()
	if err != nil {
		t.Skipf("%s: %v", command[0], err)
	}
	return string(out)
}

// named are the packages of an ecosystem as "name version"; a foreign architecture's mark is
// left out.
func named(list petri.PackageList, ecosystem string) []string {
	found := []string{}
	for _, p := range list {
		if p.Ecosystem == ecosystem {
			name, _, _ := strings.Cut(p.Name, ":")
			found = append(found, name+" "+p.Version)
		}
	}
	return found
}

func same(t *testing.T, want, got []string) {
	t.Helper()
	slices.Sort(want)
	slices.Sort(got)
	want, got = slices.Compact(want), slices.Compact(got)
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("missing: %s", w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("too much: %s", g)
		}
	}
}
