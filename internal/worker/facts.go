package worker

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/witness"
)

// engineFacts remembers what the engine said of itself, since asking costs milliseconds.
type engineFacts struct {
	mu     sync.Mutex
	info   engine.Info
	asked  time.Time // the zero time until it has answered once
	asking bool
}

// engineFactsAge is how long what the engine said is believed; it may be upgraded under us.
const engineFactsAge = time.Minute

// facts are the engine's, as last heard. Only the first call waits for an answer; later ones
// have old facts renewed behind their back.
func (w *Worker) facts(ctx context.Context) engine.Info {
	w.engine.mu.Lock()
	defer w.engine.mu.Unlock()
	switch {
	case w.engine.asked.IsZero():
		w.learn(w.Engine.Info(ctx))
	case !w.engine.asking && w.Now().Sub(w.engine.asked) > engineFactsAge:
		w.engine.asking = true
		w.goDo(func() {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			info, err := w.Engine.Info(ctx)
			w.engine.mu.Lock()
			defer w.engine.mu.Unlock()
			w.engine.asking = false
			w.learn(info, err)
		})
	}
	return w.engine.info
}

// learn keeps an answer. Where there was none, the next call on the engine says what is wrong.
func (w *Worker) learn(info engine.Info, err error) {
	if err == nil {
		w.engine.info, w.engine.asked = info, w.Now()
	}
}

// host completes what the witness saw of the machine with what the engine says of itself.
func (a *attempt) host(ctx context.Context, started witness.Started) petri.HostFacts {
	host := started.Host
	info := a.facts(ctx)
	host.Engine = info.Name + " " + info.Version
	if host.GPUs == nil {
		host.GPUs = []string{}
	}
	return host
}

// readStarted is what the witness wrote before the command began; the zero value for a run
// whose witness was killed before that.
func (a *attempt) readStarted() (witness.Started, error) {
	started, err := witness.ReadStarted(a.io())
	if petri.KindOf(err) == petri.NotFound {
		return witness.Started{At: a.run.StartedAt}, nil
	}
	return started, err
}

// keepPackageLists stores the lists of start and end. A run that was killed before its end
// could be listed has only the first; with none, the image's list stands for both.
func (a *attempt) keepPackageLists(ctx context.Context) (before, after petri.Digest, err error) {
	revision, _, err := a.Runs.Inputs(ctx, a.run)
	if err != nil {
		return "", "", err
	}
	if before, err = a.keepPackageList(ctx, witness.PackagesBeforeFile, revision.Image.Packages); err != nil {
		return "", "", err
	}
	after, err = a.keepPackageList(ctx, witness.PackagesAfterFile, before)
	return before, after, err
}

func (a *attempt) keepPackageList(ctx context.Context, name string, otherwise petri.Digest) (petri.Digest, error) {
	list, err := witness.ReadPackages(a.io(), name) // bounded, and nothing but a list
	if petri.KindOf(err) == petri.NotFound {
		return otherwise, nil
	}
	if err != nil {
		return "", fmt.Errorf("read the package list: %w", err)
	}
	digest, _, err := a.Blobs.Put(ctx, bytes.NewReader(list.Encode()), "")
	if err != nil {
		return "", fmt.Errorf("keep the package list: %w", err)
	}
	return digest, nil
}

// freeBytes is what an unprivileged process may still write below dir.
func freeBytes(dir string) (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, fmt.Errorf("ask how full %s is: %w", dir, err)
	}
	return int64(fs.Bavail) * fs.Bsize, nil
}
