package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/docker"
)

// saying is an engine of which only what it says of itself matters.
type saying struct {
	engine.Engine
	info engine.Info
	err  error
}

func (s saying) Info(context.Context) (engine.Info, error) { return s.info, s.err }

func diagnose(t *testing.T, d doctor) map[string]api.Check {
	t.Helper()
	if d.data == "" {
		d.data = t.TempDir()
	}
	found := map[string]api.Check{}
	for _, check := range d.checks(context.Background()) {
		if worse, there := found[check.Name]; !there || worse.Status == "ok" {
			found[check.Name] = check
		}
	}
	return found
}

func expect(t *testing.T, check api.Check, status, says, mend string) {
	t.Helper()
	if check.Status != status || !strings.Contains(check.Detail, says) || !strings.Contains(check.Mend, mend) {
		t.Errorf("the doctor says %+v; want %s, %q, mended by %q", check, status, says, mend)
	}
}

func TestDoctorFindsAHealthyMachine(t *testing.T) {
	found := diagnose(t, doctor{engine: saying{info: engine.Info{Name: "docker", Version: "29.1.0", Overlay: true}}})
	expect(t, found["engine"], "ok", "docker 29.1.0", "")
	expect(t, found["workspaces"], "ok", "overlays", "")
	expect(t, found["disk"], "ok", "free of", "")
}

func TestDoctorExplains(t *testing.T) {
	old := saying{info: engine.Info{Name: "docker", Version: "19.03.15", Overlay: true}}
	expect(t, diagnose(t, doctor{engine: old})["engine"], "failed", "19.03.15", "20.10")

	flat := saying{info: engine.Info{Name: "docker", Version: "20.10.24", OverlayWhy: "Petri does not run as root", Warnings: []string{"no memory limits"}}}
	found := diagnose(t, doctor{engine: flat})
	expect(t, found["workspaces"], "warning", "does not run as root", "as root")
	expect(t, found["engine"], "warning", "no memory limits", "")

	full := doctor{engine: old, reserve: 1 << 62}
	expect(t, diagnose(t, full)["disk"], "failed", "free of", "free some space")

	expect(t, diagnose(t, doctor{engine: old, data: "/nowhere"})["disk"], "failed", "/nowhere", "")
}

func TestDoctorMissesDocker(t *testing.T) {
	e, err := docker.New("unix://" + filepath.Join(t.TempDir(), "docker.sock"))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, diagnose(t, doctor{engine: e})["engine"], "failed", "does not answer", "install Docker")
}

func TestDoctorLacksPermission(t *testing.T) {
	path := filepath.Join(t.TempDir(), "docker.sock")
	socket, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	e, err := docker.New("unix://" + path)
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	asNobody(t)
	expect(t, diagnose(t, doctor{engine: e, data: data})["engine"], "failed", "no permission", "group docker")
}

// asNobody gives root's rights up for the rest of the test, since root may use any socket.
func asNobody(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	if err := syscall.Seteuid(nobody); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Seteuid(0); err != nil {
			t.Fatal(err)
		}
	})
}
