package docker

import (
	"context"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
)

// Create makes a container without starting it.
func (e *Engine) Create(ctx context.Context, spec engine.Spec) (string, error) {
	mounts, err := mountsOf(spec.Mounts)
	if err != nil {
		return "", err
	}
	image, err := e.findImage(ctx, spec.Image, spec.ImageName)
	if err != nil {
		return "", err
	}
	made, err := e.client.ContainerCreate(ctx, client.ContainerCreateOptions{
		Name: spec.Name,
		Config: &container.Config{
			Image: image, Labels: spec.Labels, Entrypoint: spec.Command, Env: spec.Env,
			WorkingDir: spec.Dir, User: spec.User, Hostname: spec.Hostname,
			// The image's own health check would start processes of its own beside the command.
			Healthcheck: &container.HealthConfig{Test: []string{"NONE"}},
		},
		HostConfig: hostConfig(spec, mounts),
	})
	switch {
	case err == nil:
		return made.ID, nil
	case isGone(err):
		e.images.forget(spec.Image)
		return "", imageMissing(spec, err)
	case strings.Contains(err.Error(), "is already in use by container"):
		return "", petri.Wrap(petri.Conflict, err, "a container named %s is there already", spec.Name)
	default:
		return "", e.explain("create container "+spec.Name, err)
	}
}

// buildAnew is the way out where an image is lost.
const buildAnew = "build it anew, as a new revision, with: petri env edit ENVIRONMENT --no-cache --promote"

func imageMissing(spec engine.Spec, err error) error {
	return petri.Wrap(petri.NotFound, err, "Docker no longer has the image %s (%s), since somebody removed it; "+buildAnew, spec.Image.Short(), spec.ImageName)
}

// ownLogs is where the witness's own words go, a few lines at most: a run's output never
// passes through Docker.
func ownLogs() container.LogConfig {
	return container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "1m", "max-file": "1"}}
}
