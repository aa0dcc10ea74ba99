package enginetest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/witness"
)

func testStop(t *testing.T, h Harness) {
	t.Run("gives way", func(t *testing.T) {
		j := prepare(t, h, nil, "print kept", "sleep 1m")
		j.create(t)
		j.start(t)
		j.waitStarted(t)
		time.Sleep(100 * time.Millisecond)
		must(t, h.Engine.Signal(t.Context(), j.id, witness.StopSignal))
		j.wait(t)
		if o := j.outcome(t); !o.Stopped || o.ExitCode != 143 || o.Signal != "SIGTERM" || o.TimedOut {
			t.Errorf("outcome: %+v", o)
		}
		if out := j.output(t, petri.Stdout); out != "kept\n" {
			t.Errorf("output %q", out)
		}
	})
	t.Run("does not", func(t *testing.T) {
		j := prepare(t, h, nil, "trap", "print trapped", "sleep 1m")
		j.create(t)
		j.start(t)
		j.waitStarted(t)
		time.Sleep(200 * time.Millisecond)
		must(t, h.Engine.Signal(t.Context(), j.id, witness.StopSignal))
		j.wait(t)
		if o := j.outcome(t); !o.Stopped || o.ExitCode != 137 || o.Signal != "SIGKILL" {
			t.Errorf("outcome: %+v", o)
		}
	})
	t.Run("disk full", func(t *testing.T) {
		j := prepare(t, h, nil, "sleep 1m")
		j.create(t)
		j.start(t)
		j.waitStarted(t)
		time.Sleep(50 * time.Millisecond)
		must(t, h.Engine.Signal(t.Context(), j.id, witness.DiskFullSignal))
		j.wait(t)
		if o := j.outcome(t); !o.DiskFull || o.Stopped {
			t.Errorf("outcome: %+v", o)
		}
	})
}

func testTimeLimit(t *testing.T, h Harness) {
	j := prepare(t, h, func(w *witness.Spec, _ *engine.Spec) { w.Timeout = 200 * time.Millisecond }, "print begun", "sleep 1m")
	j.create(t)
	j.start(t)
	j.wait(t)
	if o := j.outcome(t); !o.TimedOut || o.Stopped || o.ExitCode != 143 || o.Wall < 200*time.Millisecond {
		t.Errorf("outcome: %+v", o)
	}
}

func testOutOfMemory(t *testing.T, h Harness) {
	j := prepare(t, h, nil, "oom")
	j.create(t)
	j.start(t)
	exit := j.wait(t)
	if o := j.outcome(t); !o.OOMKilled || o.ExitCode != 137 || o.Signal != "SIGKILL" || exit.Code != 137 {
		t.Errorf("outcome: %+v, exit %+v", o, exit)
	}
}

func testOverlay(t *testing.T, h Harness) {
	info, err := h.Engine.Info(t.Context())
	must(t, err)
	if !info.Overlay {
		t.Skip(info.OverlayWhy)
	}
	base := t.TempDir()
	folders := map[string]string{}
	for _, name := range []string{"low1", "low2", "upper", "work"} {
		folders[name] = filepath.Join(base, name)
		must(t, os.Mkdir(folders[name], 0o755))
		must(t, os.Chown(folders[name], h.UID, h.UID))
	}
	for path, text := range map[string]string{"low1/both": "top\n", "low2/both": "bottom\n", "low2/below": "below\n", "low2/gone": "gone\n"} {
		must(t, os.WriteFile(filepath.Join(base, path), []byte(text), 0o644))
		must(t, os.Chown(filepath.Join(base, path), h.UID, h.UID))
	}
	j := prepare(t, h, func(_ *witness.Spec, s *engine.Spec) {
		s.Mounts[2] = engine.Mount{Target: witness.WorkPath, Overlay: &engine.Overlay{
			Lower: []string{folders["low1"], folders["low2"]}, Upper: folders["upper"], Work: folders["work"],
		}}
	}, "cat both", "cat below", "append below more", "write new fresh", "remove gone")
	j.create(t)
	j.start(t)
	j.wait(t)
	if o := j.outcome(t); o.ExitCode != 0 {
		t.Fatalf("outcome %+v, errors %q", o, j.output(t, petri.Stderr))
	}
	if out := j.output(t, petri.Stdout); out != "top\nbelow\n" {
		t.Errorf("output %q", out)
	}
	for path, want := range map[string]string{"upper/below": "below\nmore\n", "upper/new": "fresh\n", "low2/below": "below\n", "low2/gone": "gone\n"} {
		if text, err := os.ReadFile(filepath.Join(base, path)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	if info, err := os.Lstat(filepath.Join(base, "upper/gone")); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		t.Errorf("no whiteout of what was removed: %v, %v", info, err)
	}
}

func testRefusals(t *testing.T, h Harness) {
	j := prepare(t, h, func(_ *witness.Spec, s *engine.Spec) { s.GPUs = 1 }, "exit 0")
	j.create(t)
	if err := h.Engine.Start(t.Context(), j.id); err != nil {
		wantKind(t, err, petri.Invalid)
	} else {
		t.Log("this machine has a GPU")
	}
}

func testCanceled(t *testing.T, h Harness) {
	j := prepare(t, h, nil, "sleep 1m")
	j.create(t)
	j.start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := h.Engine.Wait(ctx, j.id)
	wantKind(t, err, petri.Canceled)
}
