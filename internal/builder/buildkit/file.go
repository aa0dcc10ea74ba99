package buildkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/builder/archive"
)

// resolveFile loads an uploaded file, unless Docker has its image already.
func (b *Builder) resolveFile(ctx context.Context, base builder.Base, progress builder.Progress) (builder.Image, error) {
	name := orElse(base.Ref, "the file")
	version, err := b.docker.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return builder.Image{}, b.explain(ctx, "ask Docker for its architecture", err)
	}
	own := newOwnStep("read "+name, progress, b.now)
	image, err := b.loadFile(ctx, base, name, version.Arch, own)
	switch {
	case err == nil:
		own.finish("done", "")
	case ctx.Err() != nil:
		own.finish("canceled", "")
	default:
		own.finish("failed", petri.MessageOf(err))
	}
	return image, err
}

func (b *Builder) loadFile(ctx context.Context, base builder.Base, name, architecture string, own *ownStep) (builder.Image, error) {
	checked, err := archive.Read(ctx, base.Path, name, architecture)
	if err != nil {
		return builder.Image{}, b.explain(ctx, "read "+name, err)
	}
	if base.Digest != "" && base.Digest != checked.Digest {
		return builder.Image{}, petri.Errorf(petri.Conflict, "%s holds image %s; this revision was made for %s", name, checked.Digest.Short(), base.Digest.Short())
	}
	own.say(fmt.Sprintf("%s, %d MB\n", checked.Form, checked.Bytes/1e6))
	tag := baseName(checked.Digest)
	if image, err := b.Find(ctx, checked.Digest, tag); err == nil || petri.KindOf(err) != petri.NotFound {
		return image, err
	}
	if err := b.load(ctx, checked, tag); err != nil {
		return builder.Image{}, b.explain(ctx, "load "+name+" into Docker", err)
	}
	image, err := b.Find(ctx, checked.Digest, tag)
	if petri.KindOf(err) == petri.NotFound {
		b.unname(ctx, tag)
		return builder.Image{}, petri.Wrap(petri.Internal, err, "Docker made another image of %s than it holds", name)
	}
	return image, err
}

// load streams a checked image into Docker.
func (b *Builder) load(ctx context.Context, image *archive.Image, tag string) error {
	r, w := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := image.Write(ctx, w, tag)
		w.CloseWithError(err)
		written <- err
	}()
	response, err := b.docker.ImageLoad(ctx, r, client.ImageLoadWithQuiet(true))
	if err == nil {
		err = loadOutcome(response)
		response.Close()
	}
	r.CloseWithError(io.ErrClosedPipe)
	if writeErr := <-written; writeErr != nil && !errors.Is(writeErr, io.ErrClosedPipe) {
		return writeErr
	}
	return err
}

// loadOutcome reads what Docker says of a load; only there does it tell of failure.
func loadOutcome(r io.Reader) error {
	for decoder := json.NewDecoder(r); ; {
		var message jsonstream.Message
		switch err := decoder.Decode(&message); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case message.Error != nil:
			return message.Error
		}
	}
}
