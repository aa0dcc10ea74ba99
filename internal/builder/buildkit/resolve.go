package buildkit

import (
	"context"
	"errors"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
)

// Resolve is builder.Builder's. The image it returns is named so that FROM finds it without
// a registry. Kinds: not_found, invalid, conflict where the reference has come to mean
// another image than the one asked for, unavailable, exhausted.
func (b *Builder) Resolve(ctx context.Context, base builder.Base, progress builder.Progress) (builder.Image, error) {
	if progress == nil {
		progress = func(petri.BuildEvent) {}
	}
	image, err := b.resolve(ctx, base, progress)
	if err != nil {
		return builder.Image{}, err
	}
	name := baseName(image.Digest)
	if image.Name == name {
		return image, nil
	}
	if _, err := b.docker.ImageTag(ctx, client.ImageTagOptions{Source: image.Name, Target: name}); err != nil {
		return builder.Image{}, b.explain(ctx, "keep the base image", err)
	}
	image.Name = name
	return image, nil
}

func (b *Builder) resolve(ctx context.Context, base builder.Base, progress builder.Progress) (builder.Image, error) {
	if base.Digest != "" {
		image, err := b.Find(ctx, base.Digest, hint(base))
		if err == nil || petri.KindOf(err) != petri.NotFound {
			return image, err
		}
	}
	switch base.Kind {
	case petri.BaseFile:
		return b.resolveFile(ctx, base, progress)
	case petri.BaseRevision:
		return b.resolveRevision(ctx, base)
	default:
		return b.resolveReference(ctx, base, progress)
	}
}

// hint is the name under which a base of known digest may be found; a file has none.
func hint(base builder.Base) string {
	if base.Kind == petri.BaseFile {
		return ""
	}
	return base.Ref
}

// resolveRevision is for a revision's image, which only Docker itself can have.
func (b *Builder) resolveRevision(ctx context.Context, base builder.Base) (builder.Image, error) {
	image, found, err := b.inspect(ctx, base.Ref)
	if err != nil {
		return builder.Image{}, err
	}
	if !found || base.Digest != "" && image.Digest != base.Digest {
		return builder.Image{}, petri.Errorf(petri.NotFound, "Docker no longer has the image of the revision to start from (%s); build that revision again, then this one", base.Ref)
	}
	return image, nil
}

func (b *Builder) resolveReference(ctx context.Context, base builder.Base, progress builder.Progress) (builder.Image, error) {
	image, found, err := b.lookUp(ctx, base.Ref)
	if err != nil {
		return builder.Image{}, err
	}
	if !found || base.Digest != "" && image.Digest != base.Digest {
		if image, err = b.pull(ctx, base.Ref, progress); err != nil {
			return builder.Image{}, err
		}
	}
	if base.Digest != "" && image.Digest != base.Digest {
		return builder.Image{}, petri.Errorf(petri.Conflict, "%s is now image %s; this revision was made for %s, which is nowhere to be found: edit the environment to start from the present one", base.Ref, image.Digest.Short(), base.Digest.Short())
	}
	return image, nil
}

// lookUp finds a reference, or an image's id of at least minID digits, in Docker. Kind: invalid.
func (b *Builder) lookUp(ctx context.Context, ref string) (builder.Image, bool, error) {
	image, found, err := builder.Image{}, false, error(nil)
	_, refErr := reference.ParseAnyReference(ref)
	if refErr == nil {
		image, found, err = b.inspect(ctx, asName(ref))
	}
	if refErr != nil || cerrdefs.IsInvalidArgument(err) { // daemons differ in what they take
		return builder.Image{}, false, petri.Wrap(petri.Invalid, errors.Join(refErr, err), "%q is not an image reference; one looks like debian:12 or registry.example.org/team/image:tag", clip(ref))
	}
	if !found || err != nil {
		return builder.Image{}, false, err
	}
	if isID(ref, image.Digest) {
		image.Name = string(image.Digest)
	}
	return image, true, nil
}

// minID is how many digits of an image's id name it: few enough to write, and too many to
// guess the images of environments that somebody may not see.
const minID = 12

// asName writes what could be the short beginning of an id so that Docker takes it for nothing
// but a name.
func asName(ref string) string {
	digits := strings.TrimPrefix(ref, "sha256:")
	if len(digits) >= minID || strings.Trim(digits, "0123456789abcdef") != "" {
		return ref
	}
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ref
	}
	return reference.TagNameOnly(named).String()
}

// isID tells whether ref found the image by its id and not by a name of its own.
func isID(ref string, digest petri.Digest) bool {
	digits := strings.TrimPrefix(ref, "sha256:")
	return len(digits) >= minID && strings.HasPrefix(digest.Hex(), digits)
}

func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
