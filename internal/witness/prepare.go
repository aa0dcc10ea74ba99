package witness

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/inspect"
)

// Space set aside on disk, so that a run that fills it still ends in order.
const (
	reserveOutcome  = 16 << 10
	reservePackages = 64 << 10 // beyond the length of the first list
)

// run is one run of a command, from its preparation to its outcome.
type run struct {
	*witness
	env     []string
	log     *os.File
	oom     *os.File
	started *durable
	after   *durable
	result  *durable
	// before is the package list at the start, as text, and facts what else there was; saved is
	// closed when both are on disk.
	before []byte
	facts  []byte
	saved  chan struct{}
	// loads sees what the command loads, hearing takes what it says of itself.
	loads   *loads
	hearing *hearing

	meter   *meter
	outcome Outcome
}

// prepare does all that can be done before the command: what is slow goes on side by side.
func (w *witness) prepare() (*run, error) {
	r := &run{witness: w, saved: make(chan struct{})}
	r.env = commandEnv(os.Environ(), w.spec, readAccounts("/"))
	r.oom = openOOM()
	shield()
	reserveThreads()
	var err error
	if r.log, err = os.OpenFile(filepath.Join(w.folder, LogFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644); err != nil {
		return nil, err
	}
	if r.result, err = newDurable(w.folder, OutcomeFile, reserveOutcome); err != nil {
		return nil, err
	}
	if r.started, err = newDurable(w.folder, StartedFile, 0); err != nil {
		return nil, err
	}
	written := make(chan error, 1)
	go func() { written <- r.writeStarted() }()
	facts := make(chan petri.Facts, 1)
	go func() { facts <- runFacts("/", r.env) }()
	list, listed := r.packages()
	r.before, r.facts = list.Encode(), (<-facts).Encode()
	r.loads, r.hearing = watchLoads(list), hear(w.folder, metricAddress) // we ourselves open nothing any more
	r.after, err = newDurable(w.folder, PackagesAfterFile, int64(len(r.before))+reservePackages)
	if err = errors.Join(listed, err, <-written); err != nil {
		return nil, err
	}
	go r.saveBefore()
	return r, nil
}

func (r *run) writeStarted() error {
	text, err := encode(Started{At: r.now().UTC().Truncate(time.Microsecond), Host: hostFacts("/", r.env)})
	if err != nil {
		return err
	}
	return r.started.write(text)
}

// saveBefore writes the first package list and the facts while the command begins.
func (r *run) saveBefore() {
	defer close(r.saved)
	if err := WriteFile(r.folder, PackagesBeforeFile, r.before); err != nil {
		r.say("the package list at the start could not be written: %v", err)
	}
	if err := WriteFile(r.folder, FactsFile, r.facts); err != nil {
		r.say("the facts could not be written: %v", err)
	}
}

func (r *run) packages() (petri.PackageList, error) {
	list, err := inspect.List("/", packageOptions(r.env))
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	return list, nil
}

// packageOptions looks where the command would: at its home, its project, its search paths.
func packageOptions(env []string) inspect.Options {
	return inspect.Options{Homes: []string{lookupEnv(env, "HOME"), "/root"}, Projects: []string{WorkPath}, Env: env}
}
