package fake

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/builder/archive"
)

// Resolve is builder.Builder's. Files are checked as for a real engine.
func (b *Builder) Resolve(ctx context.Context, base builder.Base, progress builder.Progress) (builder.Image, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.away:
		return builder.Image{}, errAway()
	case base.Kind == petri.BaseFile:
		return b.resolveFile(ctx, base)
	}
	digest, ok := b.names[base.Ref]
	if _, there := b.images[base.Digest]; base.Digest != "" && there {
		digest, ok = base.Digest, true
	}
	switch {
	case !ok:
		return builder.Image{}, petri.Errorf(petri.NotFound, "there is no image %s: Docker on the server does not have it, and no registry could be asked. Check the name, or start from a file: --from FILE", base.Ref)
	case base.Digest != "" && digest != base.Digest:
		return builder.Image{}, petri.Errorf(petri.Conflict, "%s is now image %s; this revision was made for %s", base.Ref, digest.Short(), base.Digest.Short())
	}
	return b.keep(b.images[digest]), nil
}

func (b *Builder) resolveFile(ctx context.Context, base builder.Base) (builder.Image, error) {
	checked, err := archive.Read(ctx, base.Path, base.Ref, "")
	if err != nil {
		return builder.Image{}, err
	}
	if base.Digest != "" && base.Digest != checked.Digest {
		return builder.Image{}, petri.Errorf(petri.Conflict, "%s holds image %s; this revision was made for %s", base.Ref, checked.Digest.Short(), base.Digest.Short())
	}
	return b.keep(builder.Image{Digest: checked.Digest, Bytes: checked.Bytes, Env: []string{"PATH=" + defaultPath}}), nil
}

// keep gives a base the name that FROM finds it by.
func (b *Builder) keep(image builder.Image) builder.Image {
	image.Name = "petri.local/base:" + image.Digest.Short()
	b.add(image)
	return clone(image)
}
