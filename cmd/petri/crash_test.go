package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/engine/docker"
)

// TestKilledAtEveryState kills the server, as kill -9 does, at every instant of a run's and a
// build's life that the worker marks, and at random ones, and looks whether the next server
// brings everything to its right end: nothing lost, nothing done twice, nothing left behind.
func TestKilledAtEveryState(t *testing.T) {
	needDocker(t)
	h := newCrashHarness(t)
	t.Run("build", func(t *testing.T) {
		for i, point := range []string{"build-made", "after 300ms", "after 900ms"} {
			h.killDuringBuild(t, fmt.Sprintf("env%d", i), point)
		}
	})
	h.pushProject(t)
	t.Run("run", func(t *testing.T) {
		points := []string{
			"run-claimed", "run-staged", "run-created", "run-started", "run-running",
			"run-ended", "run-collecting", "run-collected", "run-sealed",
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 8 {
			points = append(points, fmt.Sprintf("after %dms", 20+random.IntN(1000)))
		}
		for _, point := range points {
			h.killDuringRun(t, point)
		}
	})
	h.nothingLeft(t)
}

type crashHarness struct {
	binary, data, home string
	client             *api.Client
	server             *exec.Cmd
	log                *os.File
	runs               int
}

func newCrashHarness(t *testing.T) *crashHarness {
	t.Helper()
	h := &crashHarness{binary: filepath.Join(t.TempDir(), "petri"), data: filepath.Join(t.TempDir(), "data"), home: t.TempDir()}
	build := exec.Command("go", "build", "-tags", "crashpoints", "-o", h.binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build petri with crash points: %v\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	h.log = log
	t.Cleanup(func() {
		h.kill()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("the servers' log:\n%s", text)
		}
	})
	return h
}

// start starts a server that dies at point, or by itself after a while ("after 300ms"), or
// not at all ("").
func (h *crashHarness) start(t *testing.T, point string) {
	t.Helper()
	_ = os.Remove(filepath.Join(h.data, "server.json"))
	h.server = exec.Command(h.binary, "server", "--data", h.data, "--listen", "127.0.0.1:0", "--grace", "2s")
	h.server.Env = append(os.Environ(), "PETRI_CRASH_AT="+point)
	h.server.Stderr = h.log
	if err := h.server.Start(); err != nil {
		t.Fatal(err)
	}
	var where struct{ URL string }
	err := eventually(func() error {
		text, err := os.ReadFile(filepath.Join(h.data, "server.json"))
		if err == nil {
			err = json.Unmarshal(text, &where)
		}
		return err
	})
	token, tokenErr := os.ReadFile(filepath.Join(h.data, "admin.token"))
	if err := errors.Join(err, tokenErr); err != nil {
		t.Fatalf("the server did not come up: %v", err)
	}
	h.client = api.New(where.URL, strings.TrimSpace(string(token)), api.Options{})
}

func (h *crashHarness) kill() {
	if h.server != nil && h.server.ProcessState == nil {
		_ = h.server.Process.Signal(syscall.SIGKILL)
		_ = h.server.Wait()
	}
}

// dies waits for the server to be killed at point and starts the next one.
func (h *crashHarness) dies(t *testing.T, point string) {
	t.Helper()
	if after, ok := strings.CutPrefix(point, "after "); ok {
		d, err := time.ParseDuration(after)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(d)
		h.kill()
	} else {
		stuck := time.AfterFunc(30*time.Second, func() { t.Errorf("the server never came to %s", point); h.kill() })
		_ = h.server.Wait()
		stuck.Stop()
	}
	h.start(t, "")
}

func (h *crashHarness) killDuringBuild(t *testing.T, name, point string) {
	t.Helper()
	h.start(t, point)
	text := "RUN echo " + name + " > /etc/motd && sleep 0.5"
	_, err := h.client.CreateEnvironment(context.Background(), api.CreateEnvironment{Name: name, NewRevision: api.NewRevision{
		Base: &api.Base{Kind: "image", Ref: crashBase}, Instructions: &text,
	}})
	if err != nil {
		t.Fatalf("%s: create an environment: %v", point, err)
	}
	h.dies(t, point)
	var revision api.Revision
	err = eventually(func() error {
		var err error
		revision, err = h.client.Revision(context.Background(), petri.EnvironmentRef{Owner: accountName(), Name: name, Revision: 1})
		if err == nil && revision.Status != "ready" {
			err = fmt.Errorf("revision is %s: %s", revision.Status, revision.Error)
		}
		return err
	})
	if err != nil || revision.PackageCount == 0 || !revision.Active {
		t.Errorf("killed at %s: %v, %+v", point, err, revision)
	}
	h.kill()
}

// crashBase is made by scripts/bases.
const crashBase = "petri-base/bookworm"

func (h *crashHarness) pushProject(t *testing.T) {
	t.Helper()
	h.start(t, "")
	defer h.kill()
	work := filepath.Join(h.home, "work")
	if err := errors.Join(os.MkdirAll(work, 0o755), os.WriteFile(filepath.Join(work, "in.txt"), []byte("in\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "--project", "crash", "--env", "env0"}, {"push"}} {
		push := exec.Command(h.binary, args...)
		push.Dir, push.Env = work, append(os.Environ(), "PETRI_DATA="+h.data)
		if out, err := push.CombinedOutput(); err != nil {
			t.Fatalf("petri %v: %v\n%s", args, err, out)
		}
	}
}

func (h *crashHarness) killDuringRun(t *testing.T, point string) {
	t.Helper()
	h.start(t, point)
	h.runs++
	ref := petri.RunRef{Project: crashProject(), Number: h.runs}
	ctx := context.Background()
	// Of a run that appends, a second execution would leave a second line.
	script := "echo once >> in.txt; echo first; sleep 0.4; echo last; printf end"
	_, err := h.client.CreateRun(ctx, crashProject(), api.NewRun{Command: []string{"sh", "-c", script}, Network: "none"})
	if err != nil && petri.KindOf(err) != petri.Unavailable { // it may die before it has answered
		t.Fatalf("%s: submit: %v", point, err)
	}
	h.dies(t, point)
	var run api.Run
	err = eventually(func() error {
		var err error
		run, err = h.client.Run(ctx, ref)
		if err == nil && !petri.RunStatus(run.Status).Ended() {
			err = fmt.Errorf("the run is %s", run.Status)
		}
		return err
	})
	if err != nil || run.Status != "succeeded" {
		t.Fatalf("killed at %s: %v, run is %s %s", point, err, run.Status, run.Error)
	}
	if len(run.Results) != 1 || run.Results[0].Path != "in.txt" || run.Results[0].Digest != string(petri.DigestBytes([]byte("in\nonce\n"))) {
		t.Errorf("killed at %s: results are %+v", point, run.Results)
	}
	if got := h.output(t, ref); got != "first\nlast\nend" {
		t.Errorf("killed at %s: the log is %q", point, got)
	}
	verification, err := h.client.VerifyRun(ctx, ref)
	if err != nil || !verification.OK {
		t.Errorf("killed at %s: the record does not verify: %v, %+v", point, err, verification)
	}
	h.kill()
}

func (h *crashHarness) output(t *testing.T, ref petri.RunRef) string {
	t.Helper()
	log, err := h.client.RunLog(context.Background(), ref, api.LogOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var out strings.Builder
	for frames := petri.NewLogReader(log); ; {
		frame, err := frames.Next()
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		out.Write(frame.Data)
	}
}

// nothingLeft looks for containers, run folders and temporary files of runs that ended.
func (h *crashHarness) nothingLeft(t *testing.T) {
	t.Helper()
	h.start(t, "")
	info, err := h.client.Server(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	e, err := docker.New("")
	if err != nil {
		t.Fatal(err)
	}
	err = eventually(func() error {
		found, err := e.List(context.Background(), map[string]string{"petri.server": info.Server})
		left, _ := filepath.Glob(filepath.Join(h.data, "runs", "*"))
		temporary, _ := filepath.Glob(filepath.Join(h.data, "tmp", "*"))
		if len(found)+len(left)+len(temporary) > 0 {
			return fmt.Errorf("left behind: containers %v, folders %v, files %v, %w", found, left, temporary, err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// crashProject belongs to the administrator that the server makes of this account.
func crashProject() petri.ProjectRef { return petri.ProjectRef{Owner: accountName(), Name: "crash"} }
