package buildkit

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
)

// A manifest or an index is a few kilobytes; anything larger in a saved image is a layer.
const maxManifest = 4 << 20

// configDigest is the digest of the image's configuration. Docker's own store names images
// by it. The containerd store names them by manifest, and does not tell the other: there
// the manifest is read once from the saved image, and remembered.
func (b *Builder) configDigest(ctx context.Context, got client.ImageInspectResult) (petri.Digest, error) {
	if got.Descriptor == nil {
		return petri.ParseDigest(got.ID)
	}
	b.mu.Lock()
	known, ok := b.configs[got.ID]
	b.mu.Unlock()
	if ok {
		return known, nil
	}
	saved, err := b.docker.ImageSave(ctx, []string{got.ID})
	if err != nil {
		return "", b.explain(ctx, "read the image's manifest", err)
	}
	defer saved.Close()
	digest, err := configInArchive(saved, got.ID, got.Architecture)
	if err != nil {
		return "", err
	}
	b.remember(got.ID, digest)
	return digest, nil
}

func (b *Builder) remember(id string, digest petri.Digest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.configs[id] = digest
}

type manifest struct {
	Config    struct{ Digest string }
	Manifests []struct {
		Digest   string
		Platform struct{ OS, Architecture string }
	}
}

// configInArchive reads a saved image only as far as it must: until the manifests that lead
// from id to the configuration have passed.
func configInArchive(r io.Reader, id, architecture string) (petri.Digest, error) {
	manifests := map[string]manifest{}
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return "", petri.Errorf(petri.Internal, "Docker saved image %s without its manifest", id)
		}
		if err != nil {
			return "", err
		}
		if header.Size > maxManifest || header.Typeflag != tar.TypeReg {
			continue
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return "", err
		}
		var m manifest
		if json.Unmarshal(content, &m) != nil || m.Config.Digest == "" && len(m.Manifests) == 0 {
			continue
		}
		manifests[string(petri.DigestBytes(content))] = m
		if digest := follow(manifests, id, architecture); digest != "" {
			return petri.ParseDigest(digest)
		}
	}
}

// follow walks from an index or manifest to the config digest; "" while something is missing.
func follow(manifests map[string]manifest, id, architecture string) string {
	m := manifests[id]
	if m.Config.Digest != "" {
		return m.Config.Digest
	}
	for _, child := range m.Manifests {
		if child.Platform.OS == "linux" && child.Platform.Architecture == architecture {
			return manifests[child.Digest].Config.Digest
		}
	}
	return ""
}
