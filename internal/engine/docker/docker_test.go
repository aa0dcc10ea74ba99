package docker_test

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/docker"
	"github.com/petri-dev/petri/internal/engine/enginetest"
	"github.com/petri-dev/petri/internal/engine/enginetest/tiny"
)

func TestSuite(t *testing.T) {
	e := tiny.Docker(t)
	image, name := tiny.Image(t, e)
	enginetest.Run(t, enginetest.Harness{
		Engine: e,
		Another: func(t *testing.T) engine.Engine {
			other, err := docker.New(e.Host())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = other.Close() })
			return other
		},
		Image: image, ImageName: name, Missing: petri.DigestBytes([]byte("no image")),
		Witness: tiny.Witness(t), Command: tiny.Puppet, UID: 1000,
	})
}

func TestDaemonAway(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct{ host, says string }{
		"no socket":      {"unix://" + filepath.Join(dir, "none.sock"), "does not answer"},
		"nobody listens": {"tcp://127.0.0.1:1", "does not answer"},
		"cuts answers":   {"unix://" + cutting(t, filepath.Join(dir, "cut.sock")), "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := docker.New(test.host)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			for call, err := range map[string]error{"Info": second(e.Info(t.Context())), "Wait": second(e.Wait(t.Context(), "x")),
				"List": second(e.List(t.Context(), nil)), "Start": e.Start(t.Context(), "x"), "Remove": e.Remove(t.Context(), "x"),
				"Create": second(e.Create(t.Context(), engine.Spec{Name: "x", Image: petri.DigestBytes(nil)}))} {
				if petri.KindOf(err) != petri.Unavailable || !strings.Contains(petri.MessageOf(err), test.says) {
					t.Errorf("%s: %q %v", call, petri.KindOf(err), err)
				}
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

// cutting listens, and hangs up on whoever asks, as a daemon that dies does.
func cutting(t *testing.T, path string) string {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Shutdown(context.Background()) })
	return path
}

func TestBadHost(t *testing.T) {
	if _, err := docker.New("not an address"); petri.KindOf(err) != petri.Invalid {
		t.Errorf("%v", err)
	}
}

func TestOverlayPaths(t *testing.T) {
	e := tiny.Docker(t)
	image, _ := tiny.Image(t, e)
	for name, o := range map[string]engine.Overlay{
		"comma":    {Lower: []string{"/a,b"}, Upper: "/u", Work: "/w"},
		"colon":    {Lower: []string{"/a"}, Upper: "/u:x", Work: "/w"},
		"relative": {Lower: []string{"a"}, Upper: "/u", Work: "/w"},
		"none":     {Upper: "/u", Work: "/w"},
		"long":     {Lower: []string{"/" + strings.Repeat("a", 5000)}, Upper: "/u", Work: "/w"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := e.Create(t.Context(), engine.Spec{Name: "petri-test-overlay", Image: image, Mounts: []engine.Mount{{Target: "/work", Overlay: &o}}})
			if petri.KindOf(err) != petri.Invalid {
				t.Errorf("%v", err)
			}
		})
	}
}
