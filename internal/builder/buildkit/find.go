package buildkit

import (
	"context"
	"fmt"

	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
)

// Find looks for the image under name, then by its digest, then under the name that a base
// gets. Kinds: not_found, unavailable.
func (b *Builder) Find(ctx context.Context, digest petri.Digest, name string) (builder.Image, error) {
	for _, ref := range []string{name, string(digest), baseName(digest)} {
		if ref == "" {
			continue
		}
		image, found, err := b.inspect(ctx, ref)
		if err != nil {
			return builder.Image{}, err
		}
		if found && image.Digest == digest {
			return image, nil
		}
	}
	return builder.Image{}, petri.Errorf(petri.NotFound, "Docker has no image %s (%s); someone may have removed it: build it again", orElse(name, "of that digest"), digest.Short())
}

// Tag names an image that Find finds. Kinds: not_found, unavailable.
func (b *Builder) Tag(ctx context.Context, digest petri.Digest, name string) error {
	image, err := b.Find(ctx, digest, name)
	if err != nil || image.Name == name {
		return err
	}
	_, err = b.docker.ImageTag(ctx, client.ImageTagOptions{Source: image.Name, Target: name})
	return b.explain(ctx, "name the image "+name, err)
}

// inspect looks one reference up; found is false where Docker has no such image.
func (b *Builder) inspect(ctx context.Context, ref string) (image builder.Image, found bool, err error) {
	got, err := b.docker.ImageInspect(ctx, ref)
	switch {
	case isNotFound(err):
		return builder.Image{}, false, nil
	case err != nil:
		return builder.Image{}, false, b.explain(ctx, "look up image "+ref, err)
	}
	image = builder.Image{Name: imageName(ref, got), Bytes: got.Size}
	if got.Config != nil {
		image.User, image.Env, image.Labels = got.Config.User, got.Config.Env, got.Config.Labels
	}
	if image.Digest, err = b.configDigest(ctx, got); err != nil {
		return builder.Image{}, false, fmt.Errorf("look up image %s: %w", ref, err)
	}
	return image, true, nil
}

// imageName is the reference it was found by, unless that was a bare digest: FROM takes none.
func imageName(ref string, got client.ImageInspectResult) string {
	if _, err := petri.ParseDigest(ref); err == nil && len(got.RepoTags) > 0 {
		return got.RepoTags[0]
	}
	return ref
}

// baseName is the name under which a base is kept, so that FROM finds it without a registry
// and pruning spares it.
func baseName(digest petri.Digest) string { return "petri.local/base:" + digest.Short() }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
