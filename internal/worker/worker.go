// Package worker carries out builds and runs: it claims what the services queued, drives
// the engine and the builder through it, and hands what came of it back to the services.
//
// cmd/petri starts one. A worker meets the HTTP side nowhere: rows in the store are the only
// handover, so either may be killed at any moment, and what a dead worker left is taken up
// again by the next (resume.go). It decides no rule: what may be run, and what a record says,
// is the services' business.
package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

// Config is what a worker needs. All fields but CABundle and Proxies are required.
type Config struct {
	DB      *store.DB
	Envs    *envs.Service
	Runs    *runs.Service
	Files   *files.Files
	Blobs   *disk.Store
	Engine  engine.Engine
	Builder builder.Builder
	// Data is the data folder; Server, the server's identity, is written on containers, so that
	// two servers on one engine leave each other's alone.
	Data   string
	Server string
	// Witness is the host path of the witness's binary.
	Witness string
	// CABundle is a file of certificates that runs are given; "" for none. Proxies are
	// variables such as HTTPS_PROXY that runs are given.
	CABundle string
	Proxies  map[string]string
	// Builds is how many go on at once. CPUs and MemoryBytes are what all runs share.
	Builds      int
	CPUs        float64
	MemoryBytes int64
	// Grace is the time from TERM to KILL. DiskReserve is what must stay free on Data's disk.
	Grace       time.Duration
	DiskReserve int64
	// Root tells that the server is root, and so may give files to the uid that runs.
	Root bool
	Log  *slog.Logger
	Now  func() time.Time
}

// Worker carries out builds and runs. Start and Stop may each be called once.
type Worker struct {
	Config
	cancel context.CancelCauseFunc
	done   sync.WaitGroup
	engine engineFacts
	space  space
}

// New makes a worker that does nothing until it is started.
func New(c Config) *Worker { return &Worker{Config: c} }

// errShutdown is the cause of every cancellation that Stop brings about: work is put down,
// not given up.
var errShutdown = errors.New("the server is shutting down")

// Start takes up what an earlier worker of this server left and begins to claim work. It
// returns at once.
func (w *Worker) Start() {
	ctx, cancel := context.WithCancelCause(context.Background())
	w.cancel = cancel
	w.goDo(func() { w.carryOutRuns(ctx) })
	w.goDo(func() { w.carryOutBuilds(ctx) })
}

// Stop takes no more work, leaves running containers running, puts builds back into the
// queue, and returns when all is at rest or ctx ends.
func (w *Worker) Stop(ctx context.Context) error {
	w.cancel(errShutdown)
	rest := make(chan struct{})
	go func() { w.done.Wait(); close(rest) }()
	select {
	case <-rest:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *Worker) goDo(work func()) {
	w.done.Add(1)
	go func() {
		defer w.done.Done()
		work()
	}()
}

// pause waits for d or for ctx; it tells whether there is any point in going on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
