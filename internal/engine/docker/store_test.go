package docker_test

import (
	"archive/tar"
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/docker"
)

// daemon answers as a Docker whose images are in containerd's store: an image's identity is
// its manifest's digest, and its config's digest is told only by the saved image.
type daemon struct {
	names  map[string]petri.Digest // to manifests
	config map[petri.Digest]petri.Digest
	saves  atomic.Int32
	ran    atomic.Value
}

func (d *daemon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	answer := func(status int, value any) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Api-Version", "1.51")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(value)
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/_ping"):
		w.Header().Set("Api-Version", "1.51")
	case strings.HasPrefix(path, "images/") && strings.HasSuffix(path, "/json"):
		name := strings.TrimSuffix(strings.TrimPrefix(path, "images/"), "/json")
		if manifest, ok := d.names[name]; ok {
			answer(http.StatusOK, map[string]any{"Id": manifest})
			return
		}
		answer(http.StatusNotFound, map[string]string{"message": "No such image: " + name})
	case strings.HasSuffix(path, "images/get"):
		d.saves.Add(1)
		config := d.config[petri.Digest(r.URL.Query().Get("names"))]
		text, _ := json.Marshal([]map[string]any{{"Config": "blobs/sha256/" + config.Hex()}})
		archive := tar.NewWriter(w)
		_ = archive.WriteHeader(&tar.Header{Name: "manifest.json", Size: int64(len(text)), Mode: 0o644})
		_, _ = archive.Write(text)
		_ = archive.Close()
	case path == "containers/create":
		var asked struct{ Image string }
		_ = json.NewDecoder(r.Body).Decode(&asked)
		d.ran.Store(asked.Image)
		answer(http.StatusCreated, map[string]any{"Id": "c0ffee", "Warnings": []string{}})
	default:
		answer(http.StatusNotImplemented, map[string]string{"message": "what is " + path + "?"})
	}
}

func TestContainerdStore(t *testing.T) {
	digest := func(s string) petri.Digest { return petri.DigestBytes([]byte(s)) }
	d := &daemon{
		names:  map[string]petri.Digest{"petri.local/a/r:1": digest("manifest 1"), "petri.local/a/r:2": digest("manifest other")},
		config: map[petri.Digest]petri.Digest{digest("manifest 1"): digest("config 1"), digest("manifest other"): digest("config other")},
	}
	path := filepath.Join(t.TempDir(), "docker.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: d}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	e, err := docker.New("unix://" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for range 3 {
		if _, err := e.Create(t.Context(), engine.Spec{Name: "x", Image: digest("config 1"), ImageName: "petri.local/a/r:1"}); err != nil {
			t.Fatal(err)
		}
		if ran := d.ran.Load(); ran != string(digest("manifest 1")) {
			t.Errorf("ran %v", ran)
		}
	}
	if n := d.saves.Load(); n != 1 {
		t.Errorf("read the image %d times", n)
	}
	for name, image := range map[string]string{"petri.local/a/r:2": "config 2", "petri.local/a/r:3": "config 3", "": "config 4"} {
		if _, err := e.Create(t.Context(), engine.Spec{Name: "x", Image: digest(image), ImageName: name}); petri.KindOf(err) != petri.NotFound {
			t.Errorf("%s as %q: %v", image, name, err)
		}
	}
}
