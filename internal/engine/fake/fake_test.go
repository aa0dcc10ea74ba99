package fake_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/enginetest"
	"github.com/petri-dev/petri/internal/engine/fake"
	"github.com/petri-dev/petri/internal/witness"
)

func open(t *testing.T, dir string) *fake.Engine {
	t.Helper()
	e, err := fake.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestSuite(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir)
	missing := petri.DigestBytes([]byte("missing"))
	if err := e.SetImage(missing, fake.Image{Missing: true}); err != nil {
		t.Fatal(err)
	}
	uid := -1
	if os.Geteuid() == 0 {
		uid = 1000
	}
	enginetest.Run(t, enginetest.Harness{
		Engine:  e,
		Another: func(t *testing.T) engine.Engine { return open(t, dir) },
		Image:   petri.DigestBytes([]byte("image")), Missing: missing,
		Witness: filepath.Join(dir, "witness"),
		Command: func(steps ...string) []string { return append([]string{"fake"}, steps...) },
		UID:     uid,
	})
}

func TestAway(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir)
	if err := open(t, dir).SetAway(true); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"Info":   func() error { _, err := e.Info(t.Context()); return err },
		"Create": func() error { _, err := e.Create(t.Context(), engine.Spec{Name: "x"}); return err },
		"Start":  func() error { return e.Start(t.Context(), "x") },
		"Signal": func() error { return e.Signal(t.Context(), "x", "SIGTERM") },
		"Wait":   func() error { _, err := e.Wait(t.Context(), "x"); return err },
		"Remove": func() error { return e.Remove(t.Context(), "x") },
		"List":   func() error { _, err := e.List(t.Context(), nil); return err },
	} {
		if kind := petri.KindOf(call()); kind != petri.Unavailable {
			t.Errorf("%s: %q", name, kind)
		}
	}
	if err := e.SetAway(false); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Info(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestDeaths ends containers that leave no outcome: one stays to be looked at, the other is gone.
func TestDeaths(t *testing.T) {
	for step, kind := range map[string]petri.Kind{"die": "", "vanish": petri.NotFound} {
		e, folder := open(t, t.TempDir()), t.TempDir()
		spec := witness.Spec{Command: []string{"fake", "print a", step, "print b"}, Dir: "/work", UID: -1, GID: -1}
		if err := witness.WriteSpec(folder, spec); err != nil {
			t.Fatal(err)
		}
		id, err := e.Create(t.Context(), engine.Spec{Name: step, Mounts: []engine.Mount{{Target: witness.FolderPath, Source: folder}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Start(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		exit, err := e.Wait(t.Context(), id)
		if petri.KindOf(err) != kind || err == nil && exit.Code != 137 {
			t.Errorf("%s: %+v, %v", step, exit, err)
		}
		if _, err := witness.ReadOutcome(folder); petri.KindOf(err) != petri.NotFound || witness.ReadFailure(folder) != "" {
			t.Errorf("%s left an outcome or a reason: %v", step, err)
		}
		if out := logOf(t, folder); out != "a\n" {
			t.Errorf("%s: output %q", step, out)
		}
	}
}
