package fake_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/fake"
	"github.com/petri-dev/petri/internal/witness"
)

// TestMain lets the test binary stand for the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PETRI_TEST_FAKE"); dir != "" {
		playAndHang(dir)
	}
	os.Exit(m.Run())
}

func playAndHang(dir string) {
	e, err := fake.New(dir)
	if err != nil {
		panic(err)
	}
	found, err := e.List(context.Background(), nil)
	if err != nil || len(found) != 1 {
		panic(errors.Join(err, errors.New("not one container")))
	}
	if err := e.Start(context.Background(), found[0].ID); err != nil {
		panic(err)
	}
	time.Sleep(time.Minute)
}

// TestPlayedOn kills the process that plays a container, at several moments, and has another
// play on.
func TestPlayedOn(t *testing.T) {
	for _, after := range []time.Duration{0, 5 * time.Millisecond, 30 * time.Millisecond, 150 * time.Millisecond} {
		dir, folder := t.TempDir(), t.TempDir()
		e := open(t, dir)
		spec := witness.Spec{Command: []string{"fake", "print a", "sleep 100ms", "print b", "exit 6"}, Dir: "/work", UID: -1, GID: -1}
		if err := witness.WriteSpec(folder, spec); err != nil {
			t.Fatal(err)
		}
		id, err := e.Create(t.Context(), engine.Spec{Name: "killed", Mounts: []engine.Mount{{Target: witness.FolderPath, Source: folder}}})
		if err != nil {
			t.Fatal(err)
		}
		player := exec.CommandContext(t.Context(), os.Args[0])
		player.Env = append(os.Environ(), "PETRI_TEST_FAKE="+dir)
		if err := player.Start(); err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(folder, witness.StartedFile)); err == nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(after)
		_ = player.Process.Kill()
		_ = player.Wait()
		exit, err := e.Wait(t.Context(), id)
		if err != nil || exit.Code != 6 {
			t.Fatalf("after %v: %+v %v", after, exit, err)
		}
		if out := logOf(t, folder); out != "a\nb\n" {
			t.Errorf("after %v: output %q", after, out)
		}
		if o, err := witness.ReadOutcome(folder); err != nil || o.ExitCode != 6 {
			t.Errorf("after %v: %+v %v", after, o, err)
		}
	}
}

func logOf(t *testing.T, folder string) string {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, witness.LogFile))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text := ""
	for frames := petri.NewLogReader(file); ; {
		frame, err := frames.Next()
		if errors.Is(err, io.EOF) {
			return text
		}
		if err != nil {
			t.Fatal(err)
		}
		text += string(frame.Data)
	}
}
