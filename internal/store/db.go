package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/petri-dev/petri"
)

// Options are what Open needs besides the address. The zero value serves.
type Options struct {
	Now func() time.Time // time.Now where nil
	Log *slog.Logger     // silent where nil
}

// DB is an open database. All methods may be called concurrently.
type DB struct {
	backend backend
	hub     *hub
	now     func() time.Time
	log     *slog.Logger
	closing func() error
}

// Open opens the database at dsn, a file's path (SQLite), postgres://… (PostgreSQL) or
// :memory: (for tests), and brings its schema up to date. An older SQLite file is copied
// beside itself first. A schema newer than this program's is kind conflict and left alone;
// a database that cannot be reached is unavailable.
func Open(ctx context.Context, dsn string, opts Options) (*DB, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	open := openSQLite
	switch scheme, _, found := strings.Cut(dsn, "://"); {
	case scheme == "postgres" || scheme == "postgresql":
		open = openPostgres
	case found:
		return nil, petri.Errorf(petri.Invalid, "%s:// is no database that Petri can use: give postgres://user:password@host/database, or nothing to keep rows in a file of the data folder", scheme)
	}
	b, err := open(ctx, dsn, opts)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return &DB{backend: b, hub: newHub(), now: opts.Now, log: opts.Log, closing: sync.OnceValue(b.close)}, nil
}

// Close waits for transactions under way and closes the database. Watchers stay silent from
// then on. Closing again does nothing and returns the same.
func (db *DB) Close() error {
	db.hub.close()
	return db.closing()
}

// Ping tells whether the database answers. Kind: unavailable.
func (db *DB) Ping(ctx context.Context) error {
	return db.View(ctx, func(tx *Tx) error {
		_, err := tx.Settings().Get("ping")
		return err
	})
}

// Kind is "sqlite" or "postgres".
func (db *DB) Kind() string { return db.backend.dialect().name }
