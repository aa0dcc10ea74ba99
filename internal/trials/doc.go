// Package trials answers questions that take several runs: the checks of a project, the
// reproduction of a run, the trial of an environment's candidate, and the bisection of its
// revisions. Each is a study: a row that says what was asked and what is known, and runs of its
// own, which the worker carries out like any other.
//
// httpd calls it for people. Its driver takes every running study one step further whenever a
// study or a run has changed; all that it knows is in rows, so that a server which was killed goes
// on where it was. It starts no container and changes no environment.
package trials

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/petri-dev/petri/internal/blob"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

// Config is what the service needs; all of it but Log.
type Config struct {
	DB    *store.DB
	Blobs blob.Store
	Runs  *runs.Service
	Envs  *envs.Service
	Files *files.Files
	Now   func() time.Time
	Log   *slog.Logger
}

// Service is the studies. All methods may be called concurrently. Those for people take an
// access.Caller and answer what that person may not see as not_found, exactly as if it did not
// exist.
type Service struct {
	db    *store.DB
	blobs blob.Store
	runs  *runs.Service
	envs  *envs.Service
	files *files.Files
	now   func() time.Time
	log   *slog.Logger

	// patience is how long the driver waits after each time that a study failed in the same
	// place; after the last it gives the study up.
	patience []time.Duration

	again   chan struct{} // a step ended, and there may be another
	cancel  context.CancelFunc
	stopped sync.WaitGroup

	mu   sync.Mutex
	care map[int64]*care // by study; what is under way or went wrong
	turn int64           // counts steps
}

// New makes the service over its parts, at rest.
func New(c Config) *Service {
	log := c.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		db: c.DB, blobs: c.Blobs, runs: c.Runs, envs: c.Envs, files: c.Files, now: c.Now, log: log,
		patience: []time.Duration{250 * time.Millisecond, time.Second, 4 * time.Second, 10 * time.Second},
		again:    make(chan struct{}, 1), care: map[int64]*care{},
	}
}
