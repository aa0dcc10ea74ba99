package enginetest

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/witness"
)

func testInfo(t *testing.T, h Harness) {
	info, err := h.Engine.Info(t.Context())
	must(t, err)
	if info.Name == "" || info.Version == "" || info.CPUs < 1 || info.MemoryBytes < 1<<20 || info.CgroupVersion == "" {
		t.Errorf("incomplete: %+v", info)
	}
	if info.Overlay == (info.OverlayWhy != "") {
		t.Errorf("overlay %v, but why %q", info.Overlay, info.OverlayWhy)
	}
}

func testLife(t *testing.T, h Harness) {
	j := prepare(t, h, func(w *witness.Spec, _ *engine.Spec) { w.Env = []string{"ANSWER=42"} },
		"print hello", "warn careful", "env ANSWER", "write out.txt content", "exit 3")
	j.create(t)
	if got := state(t, h.Engine, j); got != engine.Created {
		t.Errorf("before start: %s", got)
	}
	j.start(t)
	exit := j.wait(t)
	if exit.Code != 3 || exit.OOMKilled || exit.Finished.IsZero() {
		t.Errorf("exit: %+v", exit)
	}
	if got := state(t, h.Engine, j); got != engine.Ended {
		t.Errorf("after its end: %s", got)
	}
	o := j.outcome(t)
	if o.ExitCode != 3 || o.Signal != "" || o.Stopped || o.TimedOut || o.StartError != "" || o.Wall <= 0 || o.FinishedAt.Before(o.StartedAt) {
		t.Errorf("outcome: %+v", o)
	}
	if out, errs := j.output(t, petri.Stdout), j.output(t, petri.Stderr); out != "hello\n42\n" || errs != "careful\n" {
		t.Errorf("output %q, errors %q", out, errs)
	}
	if text, err := os.ReadFile(filepath.Join(j.work, "out.txt")); err != nil || string(text) != "content\n" {
		t.Errorf("result %q, %v", text, err)
	}
	for _, name := range []string{witness.PackagesBeforeFile, witness.PackagesAfterFile} {
		if _, err := witness.ReadPackages(j.folder, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if again, err := h.Engine.Wait(t.Context(), j.id); err != nil || again.Code != 3 {
		t.Errorf("wait once more: %+v, %v", again, err)
	}
	must(t, h.Engine.Signal(t.Context(), j.id, "SIGTERM"))
	must(t, h.Engine.Remove(t.Context(), j.id))
	must(t, h.Engine.Remove(t.Context(), j.id))
	_, err := h.Engine.Wait(t.Context(), j.id)
	wantKind(t, err, petri.NotFound)
	wantKind(t, h.Engine.Signal(t.Context(), j.id, "SIGTERM"), petri.NotFound)
	wantKind(t, h.Engine.Start(t.Context(), j.id), petri.NotFound)
}

func state(t *testing.T, e engine.Engine, j *job) engine.State {
	t.Helper()
	found, err := e.List(t.Context(), j.labels)
	must(t, err)
	if len(found) != 1 || found[0].ID != j.id || found[0].Name != j.spec.Name {
		t.Fatalf("listed: %+v", found)
	}
	return found[0].State
}

func testConflicts(t *testing.T, h Harness) {
	j := prepare(t, h, nil, "print once")
	j.create(t)
	_, err := h.Engine.Create(t.Context(), j.spec)
	wantKind(t, err, petri.Conflict)
	j.start(t)
	wantKind(t, h.Engine.Start(t.Context(), j.id), petri.Conflict)
	j.wait(t)
	wantKind(t, h.Engine.Start(t.Context(), j.id), petri.Conflict)
	if out := j.output(t, petri.Stdout); out != "once\n" {
		t.Errorf("ran more than once: %q", out)
	}
}

func testMissing(t *testing.T, h Harness) {
	j := prepare(t, h, func(_ *witness.Spec, s *engine.Spec) { s.Image, s.ImageName = h.Missing, "petri.local/no/such:1" }, "exit 0")
	_, err := h.Engine.Create(t.Context(), j.spec)
	wantKind(t, err, petri.NotFound)
	found, err := h.Engine.List(t.Context(), j.labels)
	if err != nil || len(found) != 0 {
		t.Errorf("left behind: %+v, %v", found, err)
	}
	must(t, h.Engine.Remove(t.Context(), "no-such-container"))
}

func testFoundAgain(t *testing.T, h Harness) {
	j := prepare(t, h, nil, "print first", "sleep 300ms", "print last", "exit 4")
	j.create(t)
	j.start(t)
	j.waitStarted(t)
	other := h.Another(t)
	if got := state(t, other, j); got != engine.Running {
		t.Errorf("seen by another: %s", got)
	}
	exit, err := other.Wait(t.Context(), j.id)
	if err != nil || exit.Code != 4 {
		t.Errorf("followed by another: %+v, %v", exit, err)
	}
	if out := j.output(t, petri.Stdout); out != "first\nlast\n" {
		t.Errorf("output %q", out)
	}
}

func testWaitBeforeStart(t *testing.T, h Harness) {
	j := prepare(t, h, nil, "exit 5")
	j.create(t)
	done := make(chan engine.Exit, 1)
	go func() {
		exit, err := h.Engine.Wait(t.Context(), j.id)
		if err != nil {
			t.Errorf("wait: %v", err)
		}
		done <- exit
	}()
	time.Sleep(50 * time.Millisecond)
	select {
	case exit := <-done:
		t.Fatalf("ended before it was started: %+v", exit)
	default:
	}
	j.start(t)
	if exit := <-done; exit.Code != 5 {
		t.Errorf("exit: %+v", exit)
	}
}

func testVanish(t *testing.T, h Harness) {
	j := prepare(t, h, nil, "sleep 1m")
	j.create(t)
	j.start(t)
	j.waitStarted(t)
	gone := make(chan error, 1)
	go func() {
		_, err := h.Engine.Wait(t.Context(), j.id)
		gone <- err
	}()
	time.Sleep(20 * time.Millisecond)
	must(t, h.Engine.Remove(t.Context(), j.id))
	if err := <-gone; err != nil {
		wantKind(t, err, petri.NotFound)
	}
	if _, err := witness.ReadOutcome(j.folder); petri.KindOf(err) != petri.NotFound {
		t.Errorf("an outcome of a container that vanished: %v", err)
	}
}

func testSameTime(t *testing.T, h Harness) {
	var all sync.WaitGroup
	for range 4 {
		j := prepare(t, h, nil, "print "+strings.Repeat("x", 1000), "exit 0")
		j.create(t)
		all.Go(func() {
			if err := h.Engine.Start(t.Context(), j.id); err != nil {
				t.Errorf("start: %v", err)
				return
			}
			if exit, err := h.Engine.Wait(t.Context(), j.id); err != nil || exit.Code != 0 {
				t.Errorf("wait: %+v, %v", exit, err)
			}
		})
	}
	all.Wait()
}
