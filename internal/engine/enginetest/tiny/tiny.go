// Package tiny makes what tests with real Docker need, without a registry: an image that
// holds one small program of ours, and the witness itself. Tests of engine/docker and of the
// witness call it.
package tiny

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine/docker"
)

// Docker connects to the machine's Docker. Where there is none it skips the test, but fails
// it where CI=true says that everything has to be there.
func Docker(t testing.TB) *docker.Engine {
	t.Helper()
	e, err := docker.New("")
	if err == nil {
		_, err = e.Info(t.Context())
	}
	if err == nil && os.Geteuid() != 0 {
		err = petri.Errorf(petri.Denied, "these tests run containers as root")
	}
	if err == nil {
		t.Cleanup(func() { _ = e.Close() })
		return e
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("needs Docker: %v", err)
	}
	t.Skipf("needs Docker: %v", err)
	return nil
}

// Witness builds the witness into the test's folder and returns its path.
func Witness(t testing.TB) string {
	t.Helper()
	return build(t, "petri-witness", "github.com/petri-dev/petri/cmd/petri-witness")
}

// Puppet is the command in the image that plays steps.
func Puppet(steps ...string) []string { return append([]string{"/bin/puppet"}, steps...) }

// Status is what the image's /var/lib/dpkg/status says.
const Status = "Package: tiny\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.2-3\n\n"

// Image imports the image under a name of its own, until the test's end.
func Image(t testing.TB, e *docker.Engine) (digest petri.Digest, name string) {
	t.Helper()
	program, err := os.ReadFile(build(t, "puppet", "github.com/petri-dev/petri/internal/engine/enginetest/puppet"))
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, dir := range []string{"bin", "dev", "proc", "sys", "tmp", "work", "etc", "var/lib/dpkg"} {
		add(t, w, &tar.Header{Name: dir + "/", Typeflag: tar.TypeDir, Mode: 0o755}, nil)
	}
	add(t, w, &tar.Header{Name: "bin/puppet", Mode: 0o755}, program)
	add(t, w, &tar.Header{Name: "bin/script", Mode: 0o755}, []byte("#!/bin/none\n"))
	add(t, w, &tar.Header{Name: "bin/text", Mode: 0o755}, []byte("just text\n"))
	add(t, w, &tar.Header{Name: "bin/data", Mode: 0o644}, []byte("not executable\n"))
	add(t, w, &tar.Header{Name: "etc/passwd", Mode: 0o644}, []byte("root:x:0:0:root:/root:/bin/sh\nana:x:1234:5678::/home/ana:/bin/sh\n"))
	add(t, w, &tar.Header{Name: "etc/group", Mode: 0o644}, []byte("root:x:0:\nlab:x:4321:ana\n"))
	add(t, w, &tar.Header{Name: "var/lib/dpkg/status", Mode: 0o644}, []byte(Status))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const repository = "petri.test/tiny"
	tag := strings.ToLower(rand.Text())
	name = repository + ":" + tag
	done, err := e.Client().ImageImport(t.Context(), client.ImageImportSource{Source: &archive, SourceName: "-"}, repository, client.ImageImportOptions{Tag: tag})
	if err != nil {
		t.Fatal(err)
	}
	var answer bytes.Buffer
	_, _ = answer.ReadFrom(done)
	_ = done.Close()
	found, err := e.Client().ImageInspect(t.Context(), name)
	if err != nil {
		t.Fatalf("%v after import: %s", err, &answer)
	}
	t.Cleanup(func() {
		_, _ = e.Client().ImageRemove(context.Background(), name, client.ImageRemoveOptions{})
	})
	return petri.Digest(found.ID), name
}

func add(t testing.TB, w *tar.Writer, h *tar.Header, content []byte) {
	t.Helper()
	h.Size = int64(len(content))
	if err := w.WriteHeader(h); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
}

func build(t testing.TB, name, path string) string {
	t.Helper()
	// Not in the test's own folder, which other users may not enter.
	dir, err := os.MkdirTemp("", "petri-tiny-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	out := filepath.Join(dir, name)
	c := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, path)
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if text, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, text)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return out
}
