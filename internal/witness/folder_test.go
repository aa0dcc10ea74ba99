package witness_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/witness"
)

func TestFolder(t *testing.T) {
	folder := t.TempDir()
	if _, err := witness.ReadOutcome(folder); petri.KindOf(err) != petri.NotFound {
		t.Errorf("an empty folder: %v", err)
	}
	if says := witness.ReadFailure(folder); says != "" {
		t.Errorf("a failure of nobody: %q", says)
	}
	want := witness.Spec{Command: []string{"a", "b"}, Env: []string{"A=\n"}, UID: 1, GID: 2, Timeout: time.Hour, Grace: time.Second}
	must(t, witness.WriteSpec(folder, want))
	got, err := witness.ReadSpec(folder)
	if err != nil || got.Timeout != want.Timeout || got.UID != 1 || len(got.Command) != 2 {
		t.Errorf("%+v %v", got, err)
	}
	// What a command that ran as root could leave in the witness's place.
	must(t, os.Symlink("/etc/passwd", filepath.Join(folder, witness.OutcomeFile)))
	if _, err := witness.ReadOutcome(folder); petri.KindOf(err) != petri.Invalid {
		t.Errorf("a link: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(folder, witness.StartedFile), []byte("nonsense"), 0o644))
	if _, err := witness.ReadStarted(folder); petri.KindOf(err) != petri.Invalid {
		t.Errorf("nonsense: %v", err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 3 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}
