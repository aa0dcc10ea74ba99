package buildkit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
)

// pull fetches an image through Docker, with Docker's own access to registries.
func (b *Builder) pull(ctx context.Context, ref string, progress builder.Progress) (builder.Image, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return builder.Image{}, petri.Wrap(petri.NotFound, err, "Docker has no image %s", clip(ref))
	}
	own := newOwnStep("fetch "+ref, progress, b.now)
	if err := b.fetch(ctx, ref, own); err != nil {
		if ctx.Err() != nil {
			own.finish("canceled", "")
			return builder.Image{}, b.explain(ctx, "fetching the base", err)
		}
		err := b.pullError(ctx, ref, named, err)
		own.finish("failed", petri.MessageOf(err))
		return builder.Image{}, err
	}
	image, found, err := b.inspect(ctx, ref)
	if err == nil && !found {
		err = fmt.Errorf("look up image %s: Docker fetched it and has it no more", ref)
	}
	if err != nil {
		own.finish("failed", "")
		return builder.Image{}, err
	}
	own.finish("done", "")
	return image, nil
}

func (b *Builder) fetch(ctx context.Context, ref string, own *ownStep) error {
	response, err := b.docker.ImagePull(ctx, ref, client.ImagePullOptions{})
	if err != nil {
		return err
	}
	defer response.Close()
	parts := map[string]jsonstream.Progress{}
	var said time.Time
	for message, err := range response.JSONMessages(ctx) {
		if err != nil {
			return err
		}
		if message.Error != nil {
			return message.Error
		}
		if message.Status != "Downloading" || message.Progress == nil {
			continue
		}
		parts[message.ID] = *message.Progress
		if now := own.now(); now.Sub(said) >= time.Second {
			said = now
			own.say(downloaded(parts))
		}
	}
	return nil
}

func downloaded(parts map[string]jsonstream.Progress) string {
	var current, total int64
	for _, p := range parts {
		current, total = current+p.Current, total+p.Total
	}
	return fmt.Sprintf("%d of %d MB\n", current/1e6, total/1e6)
}

// pullError says where was looked and what to do. Docker tells its reasons in text only.
func (b *Builder) pullError(ctx context.Context, ref string, named reference.Named, err error) error {
	registry := reference.Domain(named)
	if b.isAway(ctx, err) || isDiskFull(err) {
		return b.explain(ctx, "fetch "+ref, err)
	}
	why := fmt.Sprintf("%s could not be asked (%s)", registry, firstLine(err.Error()))
	if text := err.Error(); isNotFound(err) || strings.Contains(text, "not found") || strings.Contains(text, "manifest unknown") || strings.Contains(text, "access denied") {
		why = fmt.Sprintf("%s has none by that name, or wants a login (docker login, on the server)", registry)
	}
	return petri.Wrap(petri.NotFound, err, "there is no image %s: Docker on the server does not have it, and %s. Check the name, load the image into Docker, or start from a file: --from FILE (a root file system tar, a docker save archive, an OCI layout tar)", ref, why)
}
