package workdir_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/workdir"
)

func TestAttachedNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"data/empty", "data/sub", "beside"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"data/sub/a.csv", "setup.R", "beside/b"} {
		if err := os.WriteFile(name, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	elsewhere, err := filepath.Abs("beside")
	if err != nil {
		t.Fatal(err)
	}
	got, err := workdir.AttachedNames([]string{"data", "./setup.R", elsewhere})
	want := []string{"beside", "beside/b", "data", "data/empty", "data/sub", "data/sub/a.csv", "setup.R"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	for _, wrong := range []string{"nothing", "/dev/null"} {
		if _, err := workdir.AttachedNames([]string{wrong}); petri.KindOf(err) != petri.Invalid {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
