package witness_test

import (
	"os"
	"path/filepath"
	"syscall"
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
	outside := filepath.Join(t.TempDir(), "outside")
	must(t, os.Symlink(outside, filepath.Join(folder, witness.PackagesAfterFile+".new")))
	must(t, witness.WriteFile(folder, witness.PackagesAfterFile, nil))
	if _, err := os.Lstat(outside); err == nil {
		t.Error("wrote through a link")
	}
	must(t, syscall.Mkfifo(filepath.Join(folder, witness.PackagesBeforeFile), 0o644))
	if _, err := witness.ReadPackages(folder, witness.PackagesBeforeFile); petri.KindOf(err) != petri.Invalid {
		t.Errorf("a pipe: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(folder, witness.StartedFile), []byte("nonsense"), 0o644))
	if _, err := witness.ReadStarted(folder); petri.KindOf(err) != petri.Invalid {
		t.Errorf("nonsense: %v", err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 5 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

// No USER may wrap around to another account, nor a strange /etc/passwd hold the witness up.
func TestResolveUser(t *testing.T) {
	root := t.TempDir()
	must(t, os.Mkdir(filepath.Join(root, "etc"), 0o755))
	must(t, os.WriteFile(filepath.Join(root, "etc/passwd"), []byte("root:x:0:0::/root:/bin/sh\nada:x:7:8::/home/ada:/bin/sh\nminus:x:-1:-1::/:/bin/sh\nbig:x:4294967296:0::/:/bin/sh\n"), 0o644))
	must(t, syscall.Mkfifo(filepath.Join(root, "etc/group"), 0o644))
	for written, uid := range map[string]int{"ada": 7, "7": 7, "1234:5": 1234, "root": 0} {
		if user, err := witness.ResolveUser(root, written); err != nil || !user.Declared || user.UID != uid {
			t.Errorf("%s: %+v, %v", written, user, err)
		}
	}
	for _, written := range []string{"minus", "big", "-1", "4294967296", "2147483648", "7:4294967296", "7:-1", "nobody"} {
		if user, err := witness.ResolveUser(root, written); petri.KindOf(err) != petri.Invalid {
			t.Errorf("%s: %+v, %v", written, user, err)
		}
	}
}
