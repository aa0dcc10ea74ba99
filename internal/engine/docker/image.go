package docker

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/petri-dev/petri"
)

// imageIndex remembers under which identity the daemon keeps an image, per config digest.
// It is a cache only: what it says is checked again by Create, which forgets on a miss.
type imageIndex struct {
	mu sync.Mutex
	id map[petri.Digest]string
}

func newImageIndex() imageIndex { return imageIndex{id: map[petri.Digest]string{}} }

func (x *imageIndex) get(d petri.Digest) (string, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	id, ok := x.id[d]
	return id, ok
}

func (x *imageIndex) put(d petri.Digest, id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.id[d] = id
}

func (x *imageIndex) forget(d petri.Digest) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.id, d)
}

// findImage gives the name under which the daemon has the image with that config digest.
// Docker's own store names images by it. containerd's store names them by manifest: there
// name leads to the image, whose configuration is then compared.
func (e *Engine) findImage(ctx context.Context, digest petri.Digest, name string) (string, error) {
	if id, ok := e.images.get(digest); ok {
		return id, nil
	}
	_, err := e.client.ImageInspect(ctx, string(digest))
	switch {
	case err == nil:
		e.images.put(digest, string(digest))
		return string(digest), nil
	case !isGone(err):
		return "", e.explain("look up image "+digest.Short(), err)
	case name == "":
		return "", petri.Wrap(petri.NotFound, err, "Docker no longer has the image %s; "+buildAnew, digest.Short())
	}
	return e.findByName(ctx, digest, name)
}

func (e *Engine) findByName(ctx context.Context, digest petri.Digest, name string) (string, error) {
	found, err := e.client.ImageInspect(ctx, name)
	if isGone(err) {
		return "", petri.Wrap(petri.NotFound, err, "Docker no longer has the image %s (%s); "+buildAnew, digest.Short(), name)
	}
	if err != nil {
		return "", e.explain("look up image "+name, err)
	}
	config, err := e.configDigest(ctx, found.ID)
	if err != nil {
		return "", err
	}
	if config != digest {
		return "", petri.Errorf(petri.NotFound, "Docker no longer has the image %s: its name %s now stands for %s; "+buildAnew, digest.Short(), name, config.Short())
	}
	e.images.put(digest, found.ID)
	return found.ID, nil
}

// configDigest reads an image's config digest from its saved form, the one place where
// every Docker tells it. That reads the whole image, once for an image and a process.
func (e *Engine) configDigest(ctx context.Context, id string) (petri.Digest, error) {
	saved, err := e.client.ImageSave(ctx, []string{id})
	if err != nil {
		return "", e.explain("read image "+id, err)
	}
	defer saved.Close()
	digest, err := savedConfig(saved)
	if err != nil {
		return "", fmt.Errorf("read image %s: %w", id, err)
	}
	return digest, nil
}

// savedConfig finds the config digest in a docker archive or an OCI layout with Docker's
// manifest.json beside.
func savedConfig(archive io.Reader) (petri.Digest, error) {
	files := tar.NewReader(archive)
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return "", petri.Errorf(petri.Internal, "Docker saved an image without manifest.json")
		}
		if err != nil {
			return "", err
		}
		if header.Name != "manifest.json" {
			continue
		}
		var manifests []struct{ Config string }
		if err := json.NewDecoder(io.LimitReader(files, 1<<20)).Decode(&manifests); err != nil {
			return "", err
		}
		if len(manifests) != 1 {
			return "", petri.Errorf(petri.Internal, "Docker saved %d images where one was asked for", len(manifests))
		}
		return petri.ParseDigest("sha256:" + strings.TrimSuffix(path.Base(manifests[0].Config), ".json"))
	}
}
