package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/petri-dev/petri"
)

// sqliteDB is one file with one writing connection and several that read. Readers see the
// last commit and never wait for the writer (WAL).
type sqliteDB struct {
	lite    dialect
	pool    *sql.DB
	writer  chan *session
	readers chan *session
	scratch string // folder to remove at the end; "" for a file that stays
}

func openSQLite(ctx context.Context, path string, opts Options) (backend, error) {
	s := &sqliteDB{lite: dialect{name: "sqlite", elements: "json_each(?) AS t"}}
	if path == ":memory:" {
		// A file in memory where the system has such a place: the same code paths as a real one.
		dir, err := scratchFolder()
		if err != nil {
			return nil, err
		}
		s.scratch, path = dir, filepath.Join(dir, "petri.db")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := createPrivate(path); err != nil {
		return nil, s.abandon(err)
	}
	if s.pool, err = sql.Open("sqlite", sqliteAddress(path, s.scratch != "")); err != nil {
		return nil, s.abandon(err)
	}
	if err := migrateSQLite(ctx, s.pool, path, opts); err != nil {
		return nil, s.abandon(named(translate(err), path))
	}
	s.connect(max(4, 2*runtime.GOMAXPROCS(0)))
	return s, nil
}

// named says which file is no database.
func named(err error, path string) error {
	if petri.KindOf(err) != petri.Invalid {
		return err
	}
	return petri.Wrap(petri.Invalid, err, "%s is no Petri database, or is damaged: put it back from a backup, or move it away to begin with an empty one", path)
}

// scratchFolder is a new folder, in memory if there is such a file system.
func scratchFolder() (string, error) {
	if dir, err := os.MkdirTemp("/dev/shm", "petri-store-"); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", "petri-store-")
}

// createPrivate makes the file for its owner alone; SQLite gives its companions the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return petri.Wrap(petri.NotFound, err, "cannot keep the database in %s: there is no such folder", filepath.Dir(path))
	}
	if err != nil {
		return petri.Wrap(petri.Unavailable, err, "cannot open the database %s", path)
	}
	return f.Close()
}

func sqliteAddress(path string, scratch bool) string {
	pragmas := []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)", "temp_store(2)"}
	if scratch {
		pragmas[2] = "synchronous(OFF)"
	}
	query := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	address := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	return address.String()
}

func (s *sqliteDB) connect(readers int) {
	s.pool.SetMaxOpenConns(readers + 1)
	s.pool.SetMaxIdleConns(0)
	s.writer = make(chan *session, 1)
	s.writer <- &session{pool: s.pool}
	s.readers = make(chan *session, readers)
	for range readers {
		s.readers <- &session{pool: s.pool, setup: "PRAGMA query_only = 1"}
	}
}

func (s *sqliteDB) dialect() *dialect { return &s.lite }

func (s *sqliteDB) begin(ctx context.Context, write bool) (running, error) {
	from, statement := s.readers, "BEGIN"
	if write {
		from, statement = s.writer, "BEGIN IMMEDIATE"
	}
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case session, open := <-from:
		if !open {
			return nil, petri.Errorf(petri.Unavailable, "the database is closed: the server is stopping")
		}
		err := session.ready(ctx)
		if err == nil {
			_, err = session.ExecContext(ctx, statement)
		}
		if err != nil {
			if session.conn != nil {
				_ = session.drop() // whatever state it is in, the next one starts afresh
			}
			from <- session
			return nil, err
		}
		return &sqliteTx{session: session, home: from}, nil
	}
}

// sqliteTx is a transaction on a session, which goes home when it ends.
type sqliteTx struct {
	*session
	home chan *session
	over bool
}

// commit is not cut short by the caller's going away: it has decided.
func (t *sqliteTx) commit() error {
	if _, err := t.ExecContext(context.Background(), "COMMIT"); err != nil {
		return err
	}
	t.end()
	return nil
}

func (t *sqliteTx) rollback() {
	if t.over {
		return
	}
	if _, err := t.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		_ = t.drop() // SQLite has rolled back by itself, or closing does
	}
	t.end()
}

func (t *sqliteTx) end() {
	t.over = true
	t.home <- t.session
}

// close waits for every session to come home.
func (s *sqliteDB) close() error {
	var errs []error
	for range cap(s.readers) {
		errs = append(errs, (<-s.readers).drop())
	}
	errs = append(errs, (<-s.writer).drop())
	close(s.readers)
	close(s.writer)
	errs = append(errs, s.pool.Close())
	if s.scratch != "" {
		errs = append(errs, os.RemoveAll(s.scratch))
	}
	return errors.Join(errs...)
}

func (s *sqliteDB) abandon(err error) error {
	if s.pool != nil {
		err = errors.Join(err, s.pool.Close())
	}
	if s.scratch != "" {
		err = errors.Join(err, os.RemoveAll(s.scratch))
	}
	return fmt.Errorf("sqlite: %w", err)
}
