package witness_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/docker"
	"github.com/petri-dev/petri/internal/engine/enginetest/tiny"
	"github.com/petri-dev/petri/internal/witness"
)

// stage is what the tests share: a real Docker, the tiny image, the witness.
type stage struct {
	engine  *docker.Engine
	image   petri.Digest
	name    string
	witness string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{engine: tiny.Docker(t)}
	s.image, s.name = tiny.Image(t, s.engine)
	s.witness = tiny.Witness(t)
	return s
}

// show is one run of the witness.
type show struct {
	witness.Outcome
	folder string
	work   string
	exit   engine.Exit
	out    string
	err    string
	frames []petri.LogFrame
}

type request struct {
	spec   witness.Spec
	engine engine.Spec
	// during is called once the command has begun.
	during func(send func(signal string))
	// atOnce does not wait for that.
	atOnce bool
	// before is called before the container is removed.
	before func()
}

func (s *stage) play(t *testing.T, change func(*request), command ...string) show {
	t.Helper()
	got := s.perform(t, change, command...)
	outcome, err := witness.ReadOutcome(got.folder)
	if err != nil {
		t.Fatalf("no outcome (%v); the witness: %q, exit %+v", err, witness.ReadFailure(got.folder), got.exit)
	}
	got.Outcome = outcome
	if got.exit.Code != outcome.ExitCode {
		t.Errorf("the container exits %d, the command %d", got.exit.Code, outcome.ExitCode)
	}
	got.readLog(t)
	return got
}

func (s *stage) perform(t *testing.T, change func(*request), command ...string) show {
	t.Helper()
	base := t.TempDir()
	must(t, os.Chmod(base, 0o755))
	got := show{folder: filepath.Join(base, "io"), work: filepath.Join(base, "work")}
	must(t, os.Mkdir(got.folder, 0o700))
	must(t, os.Mkdir(got.work, 0o755))
	must(t, os.Chown(got.work, 1000, 1000))
	r := request{
		spec: witness.Spec{Command: command, Dir: witness.WorkPath, UID: 1000, GID: 1000, Grace: 300 * time.Millisecond},
		engine: engine.Spec{
			Name: "petri-test-" + strings.ToLower(rand.Text()), Image: s.image, ImageName: s.name, Command: []string{witness.BinaryPath},
			User: "0:0", Dir: "/", Hostname: "petri", Network: petri.NetworkNone, Pids: 500, MemoryBytes: 256 << 20,
			Capabilities: []string{"CAP_SETUID", "CAP_SETGID", "CAP_KILL"},
			Mounts: []engine.Mount{
				{Target: witness.BinaryPath, Source: s.witness, ReadOnly: true},
				{Target: witness.FolderPath, Source: got.folder},
				{Target: witness.WorkPath, Source: got.work},
			},
		},
	}
	if change != nil {
		change(&r)
	}
	must(t, witness.WriteSpec(got.folder, r.spec))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	id, err := s.engine.Create(ctx, r.engine)
	must(t, err)
	defer func() { must(t, s.engine.Remove(context.WithoutCancel(ctx), id)) }()
	must(t, s.engine.Start(ctx, id))
	if r.during != nil {
		if !r.atOnce {
			got.waitFor(t, witness.StartedFile)
		}
		r.during(func(signal string) {
			if err := s.engine.Signal(ctx, id, signal); err != nil {
				t.Errorf("signal: %v", err)
			}
		})
	}
	got.exit, err = s.engine.Wait(ctx, id)
	must(t, err)
	if r.before != nil {
		r.before()
	}
	return got
}

func (s *show) waitFor(t *testing.T, name string) {
	t.Helper()
	for range 4000 {
		if _, err := os.Stat(filepath.Join(s.folder, name)); err == nil {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatalf("%s never came", name)
}

func (s *show) readLog(t *testing.T) {
	t.Helper()
	file, err := os.Open(filepath.Join(s.folder, witness.LogFile))
	must(t, err)
	defer file.Close()
	var out, errs strings.Builder
	frames := petri.NewLogReader(file)
	for {
		frame, err := frames.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		if frame.Stream == petri.Stdout {
			out.Write(frame.Data)
		} else {
			errs.Write(frame.Data)
		}
		frame.Data = append([]byte(nil), frame.Data...)
		s.frames = append(s.frames, frame)
	}
	s.out, s.err = out.String(), errs.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
