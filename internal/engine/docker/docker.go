// Package docker is the engine that drives Docker through its API, version 1.41 (Docker
// 20.10) and later.
//
// The worker calls it through engine.Engine; builder/buildkit borrows its connection. It
// never keeps state of its own: everything it knows, Docker knows, so that any process may
// go on where another stopped. It never pulls an image, and never removes a container
// automatically.
package docker

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/moby/moby/client"

	"github.com/petri-dev/petri/internal/engine"
)

// Engine drives one Docker daemon.
type Engine struct {
	client *client.Client
	host   string
	images imageIndex

	trialFolder string
	overlayOnce sync.Once
	overlayWhy  string
}

// Option changes how New makes an engine.
type Option func(*Engine)

// OverlayIn says where workspaces will be, so that overlays are tried on that file system.
func OverlayIn(folder string) Option { return func(e *Engine) { e.trialFolder = folder } }

var _ engine.Engine = (*Engine)(nil)

// New makes an engine on the daemon at host, such as unix:///var/run/docker.sock; "" stands
// for DOCKER_HOST, else Docker's usual socket. It connects when first used, so that a server
// may start before Docker does. Kind invalid for a host that is no address.
func New(host string, options ...Option) (*Engine, error) {
	connect := []client.Opt{client.FromEnv}
	if host != "" {
		connect = append(connect, client.WithHost(host))
	}
	c, err := client.New(connect...)
	if err != nil {
		return nil, badHost(host, err)
	}
	e := &Engine{client: c, host: c.DaemonHost(), images: newImageIndex(), trialFolder: os.TempDir()}
	for _, option := range options {
		option(e)
	}
	return e, nil
}

// Client is the connection, for the builder, which speaks to BuildKit through it. It stays
// the engine's; don't close it.
func (e *Engine) Client() *client.Client { return e.client }

// Host is the daemon's address.
func (e *Engine) Host() string { return e.host }

// Close ends all connections.
func (e *Engine) Close() error {
	if err := e.client.Close(); err != nil {
		return fmt.Errorf("close the connection to Docker: %w", err)
	}
	return nil
}

// Start starts a created container. Docker would start an ended one again, and a run's
// command must never run twice: hence the look before.
func (e *Engine) Start(ctx context.Context, id string) error {
	found, err := e.client.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return e.explain("start container "+short(id), err)
	}
	if state := stateOf(found.Container.State); state != engine.Created {
		return alreadyStarted(id, state)
	}
	if _, err := e.client.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return e.explainStart(id, err)
	}
	return nil
}

// Signal sends a signal to the container's first process.
func (e *Engine) Signal(ctx context.Context, id, signal string) error {
	_, err := e.client.ContainerKill(ctx, id, client.ContainerKillOptions{Signal: signal})
	if err == nil || isNotRunning(err) {
		return nil
	}
	return e.explain("signal container "+short(id), err)
}

// Remove removes a container, whatever it is doing, with its anonymous volumes (the
// workspace's overlay is one).
func (e *Engine) Remove(ctx context.Context, id string) error {
	_, err := e.client.ContainerRemove(ctx, id, client.ContainerRemoveOptions{RemoveVolumes: true, Force: true})
	if err == nil || isGone(err) {
		return nil
	}
	if isBeingRemoved(err) {
		return e.waitRemoved(ctx, id)
	}
	return e.explain("remove container "+short(id), err)
}
