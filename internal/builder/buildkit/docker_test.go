package buildkit_test

import (
	"archive/tar"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/builder/buildkit"
)

func TestDockerAway(t *testing.T) {
	docker, err := client.New(client.WithHost("unix:///nonexistent/docker.sock"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := buildkit.New(docker, buildkit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	digest := petri.DigestBytes(nil)
	_, resolveErr := b.Resolve(ctx, builder.Base{Kind: petri.BaseImage, Ref: "debian:12"}, nil)
	_, fileErr := b.Resolve(ctx, builder.Base{Kind: petri.BaseFile, Ref: "x.tar", Path: "/nonexistent"}, nil)
	_, buildErr := b.Build(ctx, builder.Request{Base: builder.Image{Name: "debian:12"}, Name: "x:1", Instructions: "RUN true"}, nil)
	_, findErr := b.Find(ctx, digest, "x:1")
	for name, err := range map[string]error{"Resolve": resolveErr, "Resolve file": fileErr, "Build": buildErr, "Find": findErr, "Tag": b.Tag(ctx, digest, "y:1")} {
		if petri.KindOf(err) != petri.Unavailable || !strings.Contains(petri.MessageOf(err), "petri doctor") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBundleThatCannotServe(t *testing.T) {
	for _, path := range []string{"/nonexistent/ca.pem", write(t, t.TempDir(), "large.pem", strings.Repeat("x", 600_000))} {
		if _, err := buildkit.New(nil, buildkit.Config{CABundle: path}); petri.KindOf(err) != petri.Invalid {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestBaseThatVanished(t *testing.T) {
	b := newBuilder(t, buildkit.Config{})
	_, err := b.Build(t.Context(), builder.Request{Base: builder.Image{Name: "petri.local/base:0123456789ab"}, Name: "petri.local/test/gone:1", Instructions: "RUN true"}, nil)
	if petri.KindOf(err) != petri.NotFound {
		t.Errorf("got %v", err)
	}
}

// A registry of our own: Docker trusts those on the machine itself.
func TestPull(t *testing.T) {
	b := newBuilder(t, buildkit.Config{})
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	ref := strings.TrimPrefix(server.URL, "http://") + "/team/small:1"
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", ref).Run() })
	first := publish(t, b, ref, "RUN echo first > /f")

	var events []petri.BuildEvent
	image, err := b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: ref}, func(e petri.BuildEvent) { events = append(events, e) })
	if err != nil {
		t.Fatal(err)
	}
	if image.Digest != first {
		t.Errorf("got %s, want %s", image.Digest, first)
	}
	if len(events) < 2 || events[0].Name != "fetch "+ref || events[len(events)-1].State != "done" {
		t.Errorf("told %+v", events)
	}
	// The name moves on; what was frozen stays findable by digest, what never was here does not.
	second := publish(t, b, ref, "RUN echo second > /f")
	if again, err := b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: ref, Digest: first}, nil); err != nil || again.Digest != first {
		t.Errorf("pinned: %+v, %v", again, err)
	}
	_, err = b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: ref, Digest: petri.DigestBytes([]byte("never"))}, nil)
	if petri.KindOf(err) != petri.Conflict || !strings.Contains(err.Error(), second.Short()) {
		t.Errorf("pinned to nothing: %v", err)
	}
	_, err = b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: strings.Replace(ref, "small", "none", 1)}, nil)
	if petri.KindOf(err) != petri.NotFound || !strings.Contains(err.Error(), "has none by that name") {
		t.Errorf("a name that is not there: %v", err)
	}
	for _, ref := range []string{"", "UPPER/case", "a b", "x:y:z", "debian@sha256:12"} {
		if _, err := b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: ref}, nil); petri.KindOf(err) != petri.Invalid {
			t.Errorf("%q: %v", ref, err)
		}
	}
}

// publish pushes a small image and forgets it here.
func publish(t *testing.T, b *buildkit.Builder, ref, instructions string) petri.Digest {
	t.Helper()
	from, err := b.Resolve(t.Context(), builder.Base{Kind: petri.BaseFile, Ref: "root.tar", Path: smallRoot(t, t.TempDir())}, nil)
	if err != nil {
		t.Fatal(err)
	}
	tag := imageName(t)
	image, err := b.Build(t.Context(), builder.Request{Base: from, Name: tag, Instructions: instructions}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sh(t, "docker tag "+tag+" "+ref+" && docker push -q "+ref+" && docker rmi "+ref+" "+tag)
	return image.Digest
}

// Where Docker keeps images in containerd's store, their id is a manifest's, and the config
// digest is read from the image once.
func TestConfigDigestInContainerdsStore(t *testing.T) {
	config := `{"os":"linux"}`
	manifest := `{"config":{"digest":"` + string(petri.DigestBytes([]byte(config))) + `"},"layers":[]}`
	index := `{"manifests":[{"digest":"` + string(petri.DigestBytes([]byte(manifest))) + `","platform":{"os":"linux","architecture":"amd64"}}]}`
	id := petri.DigestBytes([]byte(index))
	saves := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/json"):
			_ = json.NewEncoder(w).Encode(map[string]any{"Id": id, "Architecture": "amd64", "Size": 5, "Descriptor": map[string]any{"digest": id},
				"Config": map[string]any{"User": "nobody", "Env": []string{"A=b"}}})
		case strings.HasSuffix(r.URL.Path, "/get"):
			saves++
			out := tar.NewWriter(w)
			for _, content := range []string{manifest, config, index} {
				_ = out.WriteHeader(&tar.Header{Name: "blobs/sha256/" + petri.DigestBytes([]byte(content)).Hex(), Size: int64(len(content)), Mode: 0o644})
				_, _ = io.WriteString(out, content)
			}
			_ = out.Close()
		default:
			w.Header().Set("Api-Version", "1.52")
		}
	}))
	defer server.Close()
	docker, err := client.New(client.WithHost("tcp://" + strings.TrimPrefix(server.URL, "http://")))
	if err != nil {
		t.Fatal(err)
	}
	b, err := buildkit.New(docker, buildkit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for range 2 {
		image, err := b.Find(ctx, petri.DigestBytes([]byte(config)), "petri.local/x:1")
		if err != nil || image.User != "nobody" || image.Bytes != 5 {
			t.Errorf("got %+v, %v", image, err)
		}
	}
	if saves != 1 {
		t.Errorf("the image was read %d times", saves)
	}
}
