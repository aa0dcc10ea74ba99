package docker_test

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/docker"
	"github.com/petri-dev/petri/internal/engine/enginetest/tiny"
)

// relay stands between the engine and Docker, and can be cut, as a daemon that restarts is.
type relay struct {
	path     string
	mu       sync.Mutex
	listener net.Listener
	open     []net.Conn
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	r := &relay{path: filepath.Join(t.TempDir(), "docker.sock")}
	r.listen(t, to)
	t.Cleanup(r.cut)
	return r
}

func (r *relay) listen(t *testing.T, to string) {
	t.Helper()
	listener, err := net.Listen("unix", r.path)
	if err != nil {
		t.Fatal(err)
	}
	r.listener = listener
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			r.mu.Lock()
			r.open = append(r.open, near, far)
			r.mu.Unlock()
			go func() { _, _ = io.Copy(near, far); _ = near.Close() }()
			go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
		}
	}()
}

func (r *relay) cut() {
	_ = r.listener.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.open {
		_ = c.Close()
	}
	r.open = nil
}

func TestDaemonGoesAndComesBack(t *testing.T) {
	direct := tiny.Docker(t)
	socket, ok := strings.CutPrefix(direct.Host(), "unix://")
	if !ok {
		t.Skip("Docker has no socket here")
	}
	image, _ := tiny.Image(t, direct)
	between := newRelay(t, socket)
	e, err := docker.New("unix://" + between.path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	id, err := e.Create(t.Context(), engine.Spec{Name: "petri-test-cut-" + filepath.Base(t.TempDir()) + image.Short(), Image: image,
		Command: tiny.Puppet("sleep 1500ms", "exit 9"), Network: petri.NetworkNone})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = direct.Remove(t.Context(), id) }()
	if err := e.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := e.Wait(t.Context(), id)
		ended <- err
	}()
	time.Sleep(200 * time.Millisecond)
	between.cut()
	if err := <-ended; petri.KindOf(err) != petri.Unavailable {
		t.Fatalf("wait while Docker goes: %v", err)
	}
	if _, err := e.List(t.Context(), nil); petri.KindOf(err) != petri.Unavailable {
		t.Errorf("list while Docker is away: %v", err)
	}
	between.listen(t, socket)
	exit, err := e.Wait(t.Context(), id)
	if err != nil || exit.Code != 9 {
		t.Errorf("wait when Docker is back: %+v %v", exit, err)
	}
}
