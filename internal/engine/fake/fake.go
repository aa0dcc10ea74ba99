// Package fake is an engine that plays Docker and the witness together, in a folder instead
// of a kernel: containers are folders, commands a tiny script language (see script.go), and
// what a script writes lands where a container would have put it.
//
// Tests and the end-to-end scenarios call it. It runs nothing and isolates nothing. Since
// all it knows is in its folder, another Engine on the same folder, also in another process,
// finds its containers, and plays on what a killed process was playing.
package fake

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
)

// Engine is a fake engine on a folder. It may be used concurrently.
type Engine struct {
	dir string
	now func() time.Time

	mu      sync.Mutex
	playing map[string]bool // containers that this process plays
}

var _ engine.Engine = (*Engine)(nil)

// New makes an engine that keeps everything in dir, an absolute path.
func New(dir string) (*Engine, error) {
	for _, name := range []string{"containers", "names", "images"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			return nil, fmt.Errorf("make the fake engine's folder: %w", err)
		}
	}
	return &Engine{dir: dir, now: time.Now, playing: map[string]bool{}}, nil
}

// SetAway makes every call fail as if the daemon were not there, for every Engine on this
// folder, or brings it back. Containers play on meanwhile.
func (e *Engine) SetAway(away bool) error {
	path := filepath.Join(e.dir, "away")
	if !away {
		return ignoreMissing(os.Remove(path))
	}
	return os.WriteFile(path, nil, 0o644)
}

func (e *Engine) here() error {
	if _, err := os.Stat(filepath.Join(e.dir, "away")); err == nil {
		return petri.Errorf(petri.Unavailable, "the fake engine does not answer")
	}
	return nil
}

// Info describes the fake; overlays are played, whiteouts included, where we are root.
func (e *Engine) Info(context.Context) (engine.Info, error) {
	if err := e.here(); err != nil {
		return engine.Info{}, err
	}
	info := engine.Info{
		Name: "fake", Version: "1.0", APIVersion: "1", Kernel: "fake", CPUs: 4, MemoryBytes: 8 << 30,
		StorageDriver: "folder", CgroupVersion: "2", Architecture: runtime.GOARCH, Overlay: os.Geteuid() == 0,
	}
	if !info.Overlay {
		info.OverlayWhy = "Petri does not run as root"
	}
	return info, nil
}

// Create makes a container without starting it.
func (e *Engine) Create(_ context.Context, spec engine.Spec) (string, error) {
	if err := e.here(); err != nil {
		return "", err
	}
	if e.image(spec.Image).Missing {
		return "", petri.Errorf(petri.NotFound, "the fake engine has no image %s", spec.Image.Short())
	}
	c := e.container(rand.Text())
	if err := c.create(spec); err != nil {
		return "", fmt.Errorf("create container %s: %w", spec.Name, err)
	}
	name, err := os.OpenFile(filepath.Join(e.dir, "names", spec.Name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		_ = os.RemoveAll(c.dir)
		if errors.Is(err, fs.ErrExist) {
			return "", petri.Errorf(petri.Conflict, "a container named %s is there already", spec.Name)
		}
		return "", fmt.Errorf("create container %s: %w", spec.Name, err)
	}
	_, err = name.WriteString(c.id)
	return c.id, errors.Join(err, name.Close())
}

// Start begins to play a container.
func (e *Engine) Start(_ context.Context, id string) error {
	if err := e.here(); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.container(id)
	now, err := c.load()
	if err != nil {
		return err
	}
	if now.State != engine.Created {
		return petri.Errorf(petri.Conflict, "container %s was started already", id)
	}
	if why := refusal(c); why != "" {
		return petri.Errorf(petri.Invalid, "cannot start container %s: %s", id, why)
	}
	now.State, now.Started = engine.Running, e.now()
	if err := c.save(now); err != nil {
		return err
	}
	e.playLocked(c)
	return nil
}

// Signal leaves a signal for the player.
func (e *Engine) Signal(_ context.Context, id, signal string) error {
	if err := e.here(); err != nil {
		return err
	}
	c := e.container(id)
	now, err := c.load()
	if err != nil || now.State == engine.Ended {
		return err
	}
	e.play(c)
	return c.signal(signal)
}

// pollPeriod is how often folders are looked at, by players for signals and by Wait for ends.
const pollPeriod = 3 * time.Millisecond

// Wait returns once the container has ended.
func (e *Engine) Wait(ctx context.Context, id string) (engine.Exit, error) {
	c := e.container(id)
	for {
		if err := e.here(); err != nil {
			return engine.Exit{}, err
		}
		now, err := c.load()
		if err != nil {
			return engine.Exit{}, err
		}
		if now.State == engine.Ended {
			return now.Exit, nil
		}
		e.play(c)
		select {
		case <-ctx.Done():
			return engine.Exit{}, petri.Wrap(petri.Canceled, ctx.Err(), "the request was cancelled")
		case <-time.After(pollPeriod):
		}
	}
}

// Remove forgets a container.
func (e *Engine) Remove(_ context.Context, id string) error {
	if err := e.here(); err != nil {
		return err
	}
	return e.container(id).remove()
}

// List gives every container that carries all of these labels.
func (e *Engine) List(_ context.Context, labels map[string]string) ([]engine.Container, error) {
	if err := e.here(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(e.dir, "names"))
	if err != nil {
		return nil, err
	}
	var found []engine.Container
	for _, entry := range entries {
		id, err := os.ReadFile(filepath.Join(e.dir, "names", entry.Name()))
		if err != nil {
			continue
		}
		c := e.container(string(id))
		spec, err := c.spec()
		if err != nil || !carries(spec.Labels, labels) {
			continue
		}
		now, err := c.load()
		if err != nil {
			continue
		}
		e.play(c)
		found = append(found, engine.Container{ID: c.id, Name: spec.Name, Labels: spec.Labels, State: now.State})
	}
	return found, nil
}

func carries(has, wanted map[string]string) bool {
	for name, value := range wanted {
		if got, ok := has[name]; !ok || got != value {
			return false
		}
	}
	return true
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
