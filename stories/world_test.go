//go:build slow

package stories_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// world is a real server on real Docker, with a folder for projects.
type world struct {
	t    *testing.T
	home string // the repository
	dir  string
	env  []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	home, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, home: home, dir: t.TempDir()}
	if err := exec.Command("docker", "image", "inspect", "petri-base/trixie").Run(); err != nil {
		w.lacks("the base images: run scripts/setup-docker and scripts/bases")
	}
	if _, err := os.Stat(w.binary()); err != nil {
		w.lacks("bin/petri: run make build")
	}
	w.start()
	return w
}

// lacks skips on a laptop and fails where everything must run.
func (w *world) lacks(what string) {
	w.t.Helper()
	if os.Getenv("CI") != "" {
		w.t.Fatalf("missing: %s", what)
	}
	w.t.Skipf("missing: %s", what)
}

func (w *world) binary() string { return filepath.Join(w.home, "bin", "petri") }

func (w *world) start() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	data := filepath.Join(w.dir, "data")
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "PETRI_") {
			w.env = append(w.env, pair)
		}
	}
	w.env = append(w.env, "PETRI_URL=http://"+address, "PETRI_DATA="+data,
		"XDG_CONFIG_HOME="+filepath.Join(w.dir, "config"), "XDG_CACHE_HOME="+filepath.Join(w.dir, "cache"))
	args := []string{"server", "--data", data, "--listen", address}
	// Behind a company's proxy the host trusts a certificate that images do not know.
	for _, bundle := range []string{os.Getenv("SSL_CERT_FILE"), "/etc/ssl/certs/ca-certificates.crt"} {
		if _, err := os.Stat(bundle); err == nil {
			args = append(args, "--ca-bundle", bundle)
			break
		}
	}
	server := exec.Command(w.binary(), args...)
	server.Env = w.env
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
		if w.t.Failed() {
			w.t.Logf("the server's log:\n%s", log.String())
		}
	})
	for range 100 {
		if _, err := w.run("", 0, "whoami"); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("the server did not come up:\n%s", log.String())
}

// commandLimit is more than any one command here takes on a slow machine.
const commandLimit = 15 * time.Minute

// run gives what a command printed on standard output.
func (w *world) run(project string, exit int, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.binary(), args...)
	cmd.Env, cmd.Dir = w.env, filepath.Join(w.dir, project)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	code := 0
	if err := cmd.Run(); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			return "", err
		}
		code = ended.ExitCode()
	}
	if code != exit {
		return "", fmt.Errorf("petri %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), code, exit, out.String(), problems.String())
	}
	return out.String(), nil
}

// petri runs a command in a project's folder, or above all of them where project is "".
func (w *world) petri(project string, exit int, args ...string) string {
	w.t.Helper()
	out, err := w.run(project, exit, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// buildAll builds the environments side by side.
func (w *world) buildAll(all []line) {
	var group sync.WaitGroup
	failures := make(chan error, len(all))
	for _, l := range all {
		group.Go(func() {
			for i, d := range l.revisions {
				what := "edit"
				if i == 0 {
					what = "create"
				}
				if _, err := w.run("", 0, "env", what, l.name, "--from", d.base, "-f", filepath.Join(w.home, "stories", d.instructions)); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	group.Wait()
	close(failures)
	for err := range failures {
		w.t.Fatal(err)
	}
}

// project makes a story's project, which follows env.
func (w *world) project(name, env string) {
	w.t.Helper()
	if err := os.CopyFS(filepath.Join(w.dir, name), os.DirFS(filepath.Join(w.home, "stories", name))); err != nil {
		w.t.Fatal(err)
	}
	w.petri(name, 0, "init", "--project", name, "--env", env)
	w.petri(name, 0, "push")
}

// source is a story's script.
func (w *world) source(name string) (text, language string) {
	for file, language := range map[string]string{"main.R": "r", "main.py": "python"} {
		if b, err := os.ReadFile(filepath.Join(w.home, "stories", name, file)); err == nil {
			return string(b), language
		}
	}
	w.t.Fatalf("the story %s has no script", name)
	return "", ""
}
