package buildkit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/frontend/dockerfile/builder"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	dockerclient "github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	seam "github.com/petri-dev/petri/internal/builder"
)

// patience is how long a cancelled build may take to wind down before it is left to do so
// alone; the daemon kills a running command within a few tenths of a second.
const patience = 700 * time.Millisecond

// Build is builder.Builder's. Kinds: invalid, unavailable, exhausted, canceled.
func (b *Builder) Build(ctx context.Context, req seam.Request, progress seam.Progress) (seam.Image, error) {
	file, err := newDockerfile(req)
	if err != nil {
		return seam.Image{}, err
	}
	options, trust, err := b.options(ctx, req, file)
	if err != nil {
		return seam.Image{}, err
	}
	steps := newTracker(file, progress, b.now)
	id, err := b.solve(ctx, req, options, trust, steps)
	steps.end(ctx.Err() != nil, err)
	if err != nil {
		return seam.Image{}, b.buildError(ctx, req.Base.Name, steps, err)
	}
	if ctx.Err() != nil { // cancelled as it was finishing: leave no image behind
		b.unname(ctx, req.Name)
		return seam.Image{}, b.explain(ctx, "the build", ctx.Err())
	}
	return b.built(ctx, req.Name, id)
}

// solve runs the build and waits for its end, or for no longer than patience after ctx's.
func (b *Builder) solve(ctx context.Context, req seam.Request, options client.SolveOpt, trust *trust, steps *tracker) (petri.Digest, error) {
	type outcome struct {
		config petri.Digest
		err    error
	}
	ended := make(chan outcome, 1)
	go func() {
		config, err := b.run(ctx, req, options, trust, steps)
		ended <- outcome{config, err}
	}()
	select {
	case o := <-ended:
		return o.config, o.err
	case <-ctx.Done():
	}
	select {
	case o := <-ended:
		return o.config, o.err
	case <-time.After(patience):
		go func() { // it may yet finish an image that nobody wants
			if o := <-ended; o.err == nil {
				b.unname(ctx, req.Name)
			}
		}()
		return "", ctx.Err()
	}
}

// run is one build from connecting to the daemon's last word.
func (b *Builder) run(ctx context.Context, req seam.Request, options client.SolveOpt, trust *trust, steps *tracker) (petri.Digest, error) {
	conn, err := b.connect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	statuses := make(chan *client.SolveStatus)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for status := range statuses {
			steps.update(status)
		}
	}()
	var frontendErr error
	frontend := func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		result, err := builder.Build(ctx, &editor{Client: c, trust: trust, base: req.Base.Name, onDefinition: steps.learn})
		if err == nil {
			err = dressImage(result, req.Labels)
		}
		frontendErr = err
		return result, err
	}
	response, err := conn.Build(ctx, options, "petri", frontend, statuses)
	<-watched
	if err != nil {
		// The daemon's echo of a fault found here has lost where it was.
		return "", errors.Join(err, frontendErr)
	}
	return petri.Digest(response.ExporterResponse["containerimage.config.digest"]), nil
}

// built describes the image that a build left under name. The exporter says which it was;
// where it does not, the name does.
func (b *Builder) built(ctx context.Context, name string, config petri.Digest) (seam.Image, error) {
	if config != "" {
		if got, err := b.docker.ImageInspect(ctx, name); err == nil && got.Descriptor != nil {
			b.remember(got.ID, config)
		}
	}
	image, found, err := b.inspect(ctx, name)
	switch {
	case err != nil:
		return seam.Image{}, err
	case !found:
		return seam.Image{}, fmt.Errorf("look up image %s: Docker built it and has it no more", name)
	}
	return image, nil
}

func (b *Builder) unname(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	// What cannot be removed is a tag without a reader; pruning takes it.
	_, _ = b.docker.ImageRemove(ctx, name, dockerclient.ImageRemoveOptions{})
}
