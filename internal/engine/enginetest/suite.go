// Package enginetest is the suite that every engine passes. Each engine's own test calls
// Run with a Harness that knows how to make its containers do things.
package enginetest

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/witness"
)

// Harness is an engine under test.
type Harness struct {
	Engine engine.Engine
	// Another gives a second engine on the same containers, as another process would have.
	Another func(t *testing.T) engine.Engine
	// Image is an image that the engine has, Missing one that it has not.
	Image     petri.Digest
	ImageName string
	Missing   petri.Digest
	// Witness is the host path of what to run as the container's first process; a fake engine
	// looks at no more than the spec that it would read.
	Witness string
	// Command turns steps of the fake's script language (print, write, sleep, exit, oom) into a
	// command for the image.
	Command func(steps ...string) []string
	// UID is who commands run as; -1 where the engine cannot change it.
	UID int
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"Info": testInfo, "Life": testLife, "Conflicts": testConflicts, "Missing": testMissing,
		"FoundAgain": testFoundAgain, "Stop": testStop, "TimeLimit": testTimeLimit, "OutOfMemory": testOutOfMemory,
		"WaitBeforeStart": testWaitBeforeStart, "Vanish": testVanish, "Overlay": testOverlay, "Refusals": testRefusals,
		"Canceled": testCanceled, "SameTime": testSameTime,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, h)
		})
	}
}

// job is one container under test.
type job struct {
	h      Harness
	id     string
	folder string
	work   string
	spec   engine.Spec
	labels map[string]string
}

func uniqueLabel(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"petri.test": strconv.FormatInt(time.Now().UnixNano(), 36) + "-" + t.Name()}
}

// prepare makes the folders and the specs of a run, as the worker would.
func prepare(t *testing.T, h Harness, change func(*witness.Spec, *engine.Spec), steps ...string) *job {
	t.Helper()
	base := t.TempDir()
	j := &job{h: h, folder: filepath.Join(base, "io"), work: filepath.Join(base, "work"), labels: uniqueLabel(t)}
	for _, dir := range []string{j.folder, j.work} {
		must(t, os.Mkdir(dir, 0o700))
	}
	if h.UID >= 0 {
		must(t, os.Chown(j.work, h.UID, h.UID))
	}
	// A container's user must be able to pass through, wherever the test's folder is.
	must(t, os.Chmod(base, 0o755))
	told := witness.Spec{Command: h.Command(steps...), Dir: witness.WorkPath, UID: h.UID, GID: h.UID, Grace: 200 * time.Millisecond}
	j.spec = engine.Spec{
		Name: "petri-test-" + strconv.FormatInt(time.Now().UnixNano(), 36), Image: h.Image, ImageName: h.ImageName,
		Labels: j.labels, Command: []string{witness.BinaryPath}, Dir: witness.WorkPath, User: "0:0", Hostname: "petri",
		Capabilities: []string{"CAP_SETUID", "CAP_SETGID", "CAP_KILL"}, Network: petri.NetworkNone, Pids: 64,
		CPUs: 1, MemoryBytes: 64 << 20,
		Mounts: []engine.Mount{
			{Target: witness.BinaryPath, Source: h.Witness, ReadOnly: true},
			{Target: witness.FolderPath, Source: j.folder},
			{Target: witness.WorkPath, Source: j.work},
		},
	}
	if change != nil {
		change(&told, &j.spec)
	}
	must(t, witness.WriteSpec(j.folder, told))
	return j
}

func (j *job) create(t *testing.T) {
	t.Helper()
	id, err := j.h.Engine.Create(t.Context(), j.spec)
	must(t, err)
	j.id = id
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := j.h.Engine.Remove(ctx, id); err != nil {
			t.Errorf("remove: %v", err)
		}
	})
}

func (j *job) start(t *testing.T) {
	t.Helper()
	must(t, j.h.Engine.Start(t.Context(), j.id))
}

func (j *job) wait(t *testing.T) engine.Exit {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	exit, err := j.h.Engine.Wait(ctx, j.id)
	must(t, err)
	return exit
}

func (j *job) outcome(t *testing.T) witness.Outcome {
	t.Helper()
	outcome, err := witness.ReadOutcome(j.folder)
	if err != nil {
		t.Fatalf("no outcome: %v; the witness says: %q", err, witness.ReadFailure(j.folder))
	}
	return outcome
}

// output is all that the log holds of one stream.
func (j *job) output(t *testing.T, stream byte) string {
	t.Helper()
	file, err := os.Open(filepath.Join(j.folder, witness.LogFile))
	must(t, err)
	defer file.Close()
	text := ""
	for frames := petri.NewLogReader(file); ; {
		frame, err := frames.Next()
		if err != nil {
			return text
		}
		if frame.Stream == stream {
			text += string(frame.Data)
		}
	}
}

// waitStarted waits until the command has begun.
func (j *job) waitStarted(t *testing.T) {
	t.Helper()
	for range 2000 {
		if _, err := witness.ReadStarted(j.folder); err == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the command was never started")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, want petri.Kind) {
	t.Helper()
	if got := petri.KindOf(err); got != want {
		t.Errorf("kind %q, want %q: %v", got, want, err)
	}
}
