package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/petri-dev/petri/api"
)

// newStudyLab is a lab with the environment and the projects that studies are tried on.
func newStudyLab(t *testing.T, scripts map[string]string) (*lab, *underWay) {
	l := newLab(t, "")
	u := &underWay{T: t, client: func() *api.Client { return l.client }, scripts: scripts}
	u.prepare("debian:12", l.write, func(folder string, args ...string) { l.Helper(); l.petri(folder, args...) })
	return l, u
}

// stubborn are scripts that take a while to be stopped: TERM does nothing to them.
func stubborn(scripts map[string]string) map[string]string {
	slow := map[string]string{}
	for name, script := range scripts {
		slow[name] = strings.Replace(script, `"fake", `, `"fake", "trap", "sleep 900ms", `, 1)
	}
	return slow
}

// The engine is away for a while, and the server is stopped as SIGTERM does, in the middle of studies:
// they come to their answers as if nothing had been.
func TestStudiesSurviveAwayAndTerm(t *testing.T) {
	l, u := newStudyLab(t, fakeScripts)
	away := filepath.Join(l.dir, "engine", "away")
	before := u.runs("before")
	for _, after := range []time.Duration{50 * time.Millisecond, 300 * time.Millisecond, 700 * time.Millisecond} {
		what := fmt.Sprint("interrupted after ", after)
		u.refs = nil
		u.begin()
		time.Sleep(after)
		l.must(os.WriteFile(away, nil, 0o644))
		time.Sleep(1500 * time.Millisecond)
		l.stop()
		l.start()
		l.must(os.Remove(away))
		time.Sleep(after)
		l.stop()
		l.start()
		u.end(what)
		total := u.runs(what)
		if total-before > 11+1+3+4 {
			t.Errorf("%s: %d runs were made", what, total-before)
		}
		before = total
	}
}

// Every kind of study is stopped and goes on by hand, followed with Ctrl-C once, and left with Ctrl-C
// twice; stopped, it leaves no run of its own going, and in the end it has its answer.
func TestStudiesStoppedByHand(t *testing.T) {
	l, u := newStudyLab(t, stubborn(fakeScripts))
	for _, c := range []struct {
		folder, command string
		start           []string
	}{
		{"same", "petri env trial", []string{"env", "trial", "r@2"}},
		{"same", "petri checks", []string{"check"}},
		{"same", "petri reproduce", []string{"reproduce", "1", "--times", "3"}},
		{"changes", "petri env bisect", []string{"env", "bisect", "sum", "--good", "r@1", "--bad", "r@3"}},
	} {
		t.Run(c.command, func(t *testing.T) {
			resume := slices.Clip(strings.Fields(c.command + " resume")[1:])
			once := l.follow(t, c.folder, c.start, 1)
			if once.code == 0 || !strings.Contains(once.stderr, "to stop; Ctrl-C again leaves it to itself") || !strings.Contains(once.stderr, "was stopped by "+l.owner+"; go on with: "+c.command+" resume ") {
				t.Errorf("Ctrl-C once: %+v", once)
			}
			ref := "?"
			if _, after, ok := strings.Cut(once.stderr, "go on with: "+c.command+" resume "); ok {
				ref = strings.TrimSpace(after)
			}
			u.rests(ref, "stopped")
			twice := l.follow(t, c.folder, append(resume, ref), 2)
			if !strings.Contains(twice.stderr, "is left to itself; come back to it with: "+c.command+" show "+ref) {
				t.Errorf("Ctrl-C twice: %+v", twice)
			}
			u.rests(ref, "stopped")
			u.refs = []string{ref}
			_ = l.call(call{in: c.folder, args: append(resume, ref)})
			u.end("stopped by hand")
		})
	}
	u.runs("stopped by hand")
}

// rests waits until a study is at rest like that, and none of its runs goes on.
func (u *underWay) rests(ref, status string) {
	u.Helper()
	err := eventually(func() error {
		study, err := u.client().Study(context.Background(), ref)
		if err == nil && study.Status != status {
			err = fmt.Errorf("%s is %s", ref, study.Status)
		}
		return err
	})
	if err != nil {
		u.Fatal(err)
	}
	list, err := u.client().Runs(context.Background(), api.RunFilter{Status: []string{"queued", "starting", "running", "collecting"}})
	if err != nil || len(list) > 0 {
		u.Errorf("%s is %s, and still there go on %+v (%v)", ref, status, list, err)
	}
}

// follow starts a command that follows what it started, and interrupts it as Ctrl-C does so many times
// once a run goes on.
func (l *lab) follow(t *testing.T, folder string, args []string, times int) outcome {
	t.Helper()
	command := exec.Command("petri", args...)
	var stdout, stderr strings.Builder
	command.Dir, command.Env, command.Stdout, command.Stderr = filepath.Join(l.dir, folder), l.env, &stdout, &stderr
	l.must(command.Start())
	err := eventually(func() error {
		list, err := l.client.Runs(t.Context(), api.RunFilter{Status: []string{"running"}})
		if err == nil && len(list) == 0 {
			err = fmt.Errorf("no run of petri %q goes on", args)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for range times {
		l.must(command.Process.Signal(syscall.SIGINT))
		time.Sleep(300 * time.Millisecond) // closer together they are one
	}
	late := time.AfterFunc(20*time.Second, func() { _ = command.Process.Kill() })
	defer late.Stop()
	_ = command.Wait()
	return outcome{command.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}
