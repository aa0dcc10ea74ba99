package versions_test

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/petri-dev/petri/internal/versions"
)

// TestAsPythonOrders compares with the library that pip itself uses: any version of each epoch,
// release, pre-release, post-release, development release and local part with any other.
func TestAsPythonOrders(t *testing.T) {
	if exec.Command("python3", "-c", "import packaging.version").Run() != nil {
		t.Skip("no python3 with packaging here")
	}
	list := []string{""}
	for _, parts := range [][]string{{"", "1!"}, {"1", "1.0", "1.0.1", "1.10"}, {"", "a1", "-beta.2", "rc1"}, {"", ".post1", "-2"}, {"", ".dev3", "dev"}, {"", "+1", "+ubuntu-1"}} {
		var longer []string
		for _, begun := range list {
			for _, part := range parts {
				longer = append(longer, begun+part)
			}
		}
		list = longer
	}
	const script = `import sys
from packaging.version import Version
v = [Version(line.strip()) for line in sys.stdin]
for a in v:
    print("".join("<" if a < b else ">" if a > b else "=" for b in v))`
	python := exec.Command("python3", "-c", script)
	python.Stdin = strings.NewReader(strings.Join(list, "\n"))
	out, err := python.Output()
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, row := range bytes.Fields(out) {
		for j, want := range row {
			order, ok := versions.Compare("python", list[i], list[j])
			if got := "<=>"[order+1]; (got != want || !ok) && wrong < 20 {
				wrong++
				t.Errorf("%s %c %s, %v; packaging says %c", list[i], got, list[j], ok, want)
			}
		}
	}
	if !slices.Contains(list, "1!1.0.1rc1.post1.dev3+1") {
		t.Error("the list is not what it should be")
	}
}
