package fake

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/witness"
)

// play plays a running container, unless somebody does, here or in another process.
func (e *Engine) play(c *container) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.playLocked(c)
}

func (e *Engine) playLocked(c *container) {
	now, err := c.load()
	if e.playing[c.id] || err != nil || now.State != engine.Running {
		return
	}
	lock, err := os.OpenFile(filepath.Join(c.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return
	}
	if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		_ = lock.Close()
		return
	}
	e.playing[c.id] = true
	go func() {
		p := &player{container: c, lock: lock}
		p.live()
		e.mu.Lock()
		delete(e.playing, c.id)
		e.mu.Unlock()
		_ = lock.Close()
	}()
}

// player is the witness's part for one container.
type player struct {
	*container
	lock   *os.File
	engine engine.Spec
	spec   witness.Spec
	folder string // the run's folder on this machine
	now    condition
	log    *os.File

	outcome  petri.Outcome
	ending   string // stop, timeout or disk, once asked to end
	killAt   time.Time
	deadline time.Time
}

// live plays the container from where it stands to its end. What goes wrong with the folders
// ends it as a container that died.
func (p *player) live() {
	exit, err := p.perform()
	if errors.Is(err, errVanish) {
		_ = p.remove()
		return
	}
	if _, gone := p.load(); gone != nil {
		return // removed under us
	}
	if err != nil && !errors.Is(err, errDie) {
		exit = engine.Exit{Code: 125}
		_ = replace(p.folder, witness.FailureFile, []byte(err.Error()))
	}
	exit.Finished = p.container.engine.now().UTC()
	if now, err := p.load(); err == nil {
		now.State, now.Exit = engine.Ended, exit
		_ = p.save(now)
	}
}

func (p *player) perform() (engine.Exit, error) {
	var err error
	if p.engine, err = p.container.spec(); err != nil {
		return engine.Exit{}, err
	}
	if p.now, err = p.load(); err != nil {
		return engine.Exit{}, err
	}
	p.folder = sourceOf(p.engine, witness.FolderPath)
	if p.spec, err = witness.ReadSpec(p.folder); err != nil {
		return engine.Exit{}, err
	}
	if p.spec.Inspect {
		return engine.Exit{}, p.inspect()
	}
	if _, err := os.Stat(filepath.Join(p.folder, witness.OutcomeFile)); err == nil {
		o, err := witness.ReadOutcome(p.folder)
		return engine.Exit{Code: o.ExitCode, OOMKilled: o.OOMKilled}, err
	}
	return p.run()
}

func (p *player) run() (engine.Exit, error) {
	var err error
	if p.log, err = os.OpenFile(filepath.Join(p.folder, witness.LogFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644); err != nil {
		return engine.Exit{}, err
	}
	defer p.log.Close()
	if err := p.begin(); err != nil {
		return engine.Exit{}, err
	}
	if p.spec.Timeout > 0 {
		p.deadline = p.now.Started.Add(p.spec.Timeout)
	}
	exit, err := p.script()
	if err != nil {
		return exit, err
	}
	return exit, p.finish()
}

// begin leaves what the witness leaves before a command starts, unless that was done.
func (p *player) begin() error {
	if _, err := os.Stat(filepath.Join(p.folder, witness.StartedFile)); err == nil {
		return p.log.Truncate(p.now.Log)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	started, err := json.Marshal(witness.Started{At: p.now.Started.UTC(), Host: petri.HostFacts{
		Kernel: "fake", Architecture: "fake", CPUModel: "fake", CPUs: 4, MemoryBytes: 8 << 30,
		GPUs: []string{}, Locale: "C", TimeZone: "UTC",
	}})
	if err != nil {
		return err
	}
	list := p.container.engine.image(p.engine.Image).packages(p.engine)
	return errors.Join(
		replace(p.folder, witness.PackagesBeforeFile, list.Encode()),
		replace(p.folder, witness.FactsFile, facts().Encode()),
		replace(p.folder, witness.StartedFile, started),
	)
}

func (p *player) finish() error {
	list := p.container.engine.image(p.engine.Image).packages(p.engine)
	list = petri.NewPackageList(append(list, p.now.Packages...))
	end := p.container.engine.now()
	p.outcome.Wall = end.Sub(p.now.Started)
	p.outcome.CPU, p.outcome.PeakMemoryBytes = time.Millisecond, 1<<20
	text, err := json.Marshal(witness.Outcome{Outcome: p.outcome, StartedAt: p.now.Started.UTC(), FinishedAt: end.UTC()})
	if err != nil {
		return err
	}
	return errors.Join(
		replace(p.folder, witness.PackagesAfterFile, list.Encode()),
		p.leaveLoaded(),
		replace(p.folder, witness.OutcomeFile, text),
	)
}

// print appends one frame to the log.
func (p *player) print(stream byte, text string) error {
	frame := make([]byte, petri.LogHeaderSize, petri.LogHeaderSize+len(text))
	petri.PutLogHeader(frame, stream, p.container.engine.now(), len(text))
	_, err := p.log.Write(append(frame, text...))
	return err
}

func sourceOf(spec engine.Spec, target string) string {
	for _, m := range spec.Mounts {
		if m.Target == target {
			return m.Source
		}
	}
	return "/nonexistent/no-mount-at" + strings.ReplaceAll(target, "/", "-")
}
