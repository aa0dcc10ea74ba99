package fake

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
)

// container is one container's folder: spec.json, state.json, signals/, and the lock that
// its player holds.
type container struct {
	engine *Engine
	id     string
	dir    string
}

// condition is what a container is doing, and how far its script has come.
type condition struct {
	State   engine.State
	Exit    engine.Exit
	Started time.Time
	Step    int
	// Until is when the present sleep ends.
	Until time.Time
	// Trapped: TERM is ignored.
	Trapped bool
	// Packages were added by the script.
	Packages []petri.Package
	// Loaded were loaded by the script, unless nobody could see.
	Loaded []petri.Package
	Unseen bool
	// Log is the length of the log after the last whole step.
	Log int64
}

func (e *Engine) container(id string) *container {
	return &container{engine: e, id: id, dir: filepath.Join(e.dir, "containers", filepath.Base("/"+id))}
}

func (c *container) create(spec engine.Spec) error {
	if err := os.MkdirAll(filepath.Join(c.dir, "signals"), 0o755); err != nil {
		return err
	}
	return errors.Join(c.write("spec.json", spec), c.save(condition{State: engine.Created}))
}

func (c *container) spec() (engine.Spec, error) {
	var spec engine.Spec
	return spec, c.read("spec.json", &spec)
}

func (c *container) load() (condition, error) {
	var now condition
	return now, c.read("state.json", &now)
}

func (c *container) save(now condition) error { return c.write("state.json", now) }

func (c *container) read(name string, into any) error {
	text, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		return petri.Wrap(petri.NotFound, err, "the fake engine has no container %s", c.id)
	}
	return json.Unmarshal(text, into)
}

func (c *container) write(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return replace(c.dir, name, text)
}

// replace writes a file under another name first: readers see it whole or not at all.
func replace(dir, name string, content []byte) error {
	temporary := filepath.Join(dir, "."+name+".new")
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, filepath.Join(dir, name))
}

func (c *container) signal(name string) error {
	file, err := os.CreateTemp(filepath.Join(c.dir, "signals"), fmt.Sprintf("%020d-*-%s", time.Now().UnixNano(), name))
	if err != nil {
		return petri.Wrap(petri.NotFound, err, "the fake engine has no container %s", c.id)
	}
	return file.Close()
}

// takeSignals gives the signals that came since the last call, in order.
func (c *container) takeSignals() []string {
	entries, _ := os.ReadDir(filepath.Join(c.dir, "signals"))
	names := []string{}
	for _, entry := range entries {
		_ = os.Remove(filepath.Join(c.dir, "signals", entry.Name()))
		parts := slices.Collect(splitDash(entry.Name()))
		names = append(names, parts[len(parts)-1])
	}
	return names
}

// remove takes the name away first: what has no name is not there any more.
func (c *container) remove() error {
	spec, err := c.spec()
	if err != nil {
		return nil
	}
	if err := ignoreMissing(os.Remove(filepath.Join(c.engine.dir, "names", spec.Name))); err != nil {
		return err
	}
	// Its player may be writing a file just now.
	for range 50 {
		if err = os.RemoveAll(c.dir); err == nil {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return err
}
