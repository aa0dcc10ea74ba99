package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/engine/docker"
)

// TestKilledAtEveryState kills the server, as kill -9 does, at every instant of a run's and a
// build's life that the worker marks, and at random ones, with several runs and while files are
// sent, and looks whether the next server brings everything to its right end: nothing lost,
// nothing done twice, nothing left behind.
func TestKilledAtEveryState(t *testing.T) {
	needDocker(t)
	h := newCrashHarness(t)
	h.countStarts(t)
	t.Run("build", func(t *testing.T) {
		for i, point := range []string{"build-made", "after 300ms", "after 900ms"} {
			h.killDuringBuild(t, fmt.Sprintf("env%d", i), point)
		}
	})
	h.makeProject(t, "crash", map[string]string{"in.txt": "in\n"})
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
	t.Run("runs at once", func(t *testing.T) {
		random := rand.New(rand.NewPCG(3, 4))
		for range 3 {
			h.killDuringRuns(t, 4, random)
		}
	})
	t.Run("push", func(t *testing.T) { h.killDuringPushes(t, 14) })
	h.startedOnce(t)
	h.nothingLeft(t)
}

type crashHarness struct {
	binary, data, home string
	address            string // the same for every server, as a folder's state is about one
	client             *api.Client
	server             *exec.Cmd
	log                *os.File
	runs, otherRuns    int // of the project crash, and of the other one
	starts             starts
}

func newCrashHarness(t *testing.T) *crashHarness {
	t.Helper()
	h := &crashHarness{binary: filepath.Join(t.TempDir(), "petri"), data: filepath.Join(t.TempDir(), "data"), home: t.TempDir()}
	build := exec.Command("go", "build", "-tags", "crashpoints", "-o", h.binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build petri with crash points: %v\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.address = listener.Addr().String()
	listener.Close()
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
	h.server = exec.Command(h.binary, "server", "--data", h.data, "--listen", h.address, "--grace", "2s")
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
	h.diesAt(t, point)
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

// makeProject makes a project of a folder below home, and returns the folder.
func (h *crashHarness) makeProject(t *testing.T, name string, files map[string]string) string {
	t.Helper()
	h.start(t, "")
	defer h.kill()
	work := filepath.Join(h.home, name)
	if err := os.MkdirAll(work, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		if err := os.WriteFile(filepath.Join(work, path), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "--project", name, "--env", "env0"}, {"push"}} {
		if out, err := h.petri(work, args...).CombinedOutput(); err != nil {
			t.Fatalf("petri %v: %v\n%s", args, err, out)
		}
	}
	return work
}

// petri is the command line in a folder.
func (h *crashHarness) petri(folder string, args ...string) *exec.Cmd {
	command := exec.Command(h.binary, args...)
	command.Dir, command.Env = folder, append(os.Environ(), "PETRI_DATA="+h.data)
	return command
}

// submit queues a run of which a second execution in the same folder would leave a second line.
// The server may die before it has answered.
func (h *crashHarness) submit(t *testing.T, what, seconds string) petri.RunRef {
	t.Helper()
	h.runs++
	script := "echo once >> in.txt; echo first; sleep " + seconds + "; echo last; printf end"
	_, err := h.client.CreateRun(context.Background(), crashProject("crash"), api.NewRun{
		Command: []string{"sh", "-c", script}, Network: "none", CPUs: 0.5, MemoryBytes: 64 << 20,
	})
	if err != nil && petri.KindOf(err) != petri.Unavailable {
		t.Fatalf("%s: submit: %v", what, err)
	}
	return petri.RunRef{Project: crashProject("crash"), Number: h.runs}
}

func (h *crashHarness) killDuringRun(t *testing.T, point string) {
	t.Helper()
	h.start(t, point)
	ref := h.submit(t, point, "0.4")
	h.dies(t, point)
	h.endsWell(t, "killed at "+point, ref)
	h.kill()
}

// killDuringRuns kills three servers in a row while several runs are under way.
func (h *crashHarness) killDuringRuns(t *testing.T, n int, random *rand.Rand) {
	t.Helper()
	h.start(t, "")
	var refs []petri.RunRef
	for range n {
		refs = append(refs, h.submit(t, "several", fmt.Sprintf("0.%d", 1+random.IntN(9))))
	}
	for range 3 {
		h.dies(t, fmt.Sprintf("after %dms", 20+random.IntN(600)))
	}
	for _, ref := range refs {
		h.endsWell(t, "one of several", ref)
	}
	h.kill()
}

// endsWell waits for a run's end, and looks at all that it is to leave.
func (h *crashHarness) endsWell(t *testing.T, what string, ref petri.RunRef) {
	t.Helper()
	ctx := context.Background()
	var run api.Run
	err := eventually(func() error {
		var err error
		run, err = h.client.Run(ctx, ref)
		if err == nil && !petri.RunStatus(run.Status).Ended() {
			err = fmt.Errorf("the run is %s", run.Status)
		}
		return err
	})
	if err != nil || run.Status != "succeeded" {
		t.Fatalf("%s: %v, run is %s %s", what, err, run.Status, run.Error)
	}
	if len(run.Results) != 1 || run.Results[0].Path != "in.txt" || run.Results[0].Digest != string(petri.DigestBytes([]byte("in\nonce\n"))) {
		t.Errorf("%s: results are %+v", what, run.Results)
	}
	if got := h.output(t, ref); got != "first\nlast\nend" {
		t.Errorf("%s: the log is %q", what, got)
	}
	h.verifies(t, what, ref)
}

func (h *crashHarness) verifies(t *testing.T, what string, ref petri.RunRef) {
	t.Helper()
	verification, err := h.client.VerifyRun(context.Background(), ref)
	if err != nil || !verification.OK {
		t.Errorf("%s: the record does not verify: %v, %+v", what, err, verification)
	}
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

// crashProject is a project that belongs to the administrator that the server makes of this account.
func crashProject(name string) petri.ProjectRef {
	return petri.ProjectRef{Owner: accountName(), Name: name}
}
