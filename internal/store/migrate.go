package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"github.com/pressly/goose/v3"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store/migrations"
)

func migrateSQLite(ctx context.Context, pool *sql.DB, path string, opts Options) error {
	files := migrations.Files(migrations.SQLite)
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	return migrate(ctx, provider, opts, func(version int64) error { return copySQLite(ctx, pool, path, version, opts) })
}

func migratePostgres(ctx context.Context, pool *sql.DB, opts Options) error {
	files := migrations.Files(migrations.Postgres)
	provider, err := goose.NewProvider(goose.DialectPostgres, pool, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	return alone(ctx, pool, func() error {
		return migrate(ctx, provider, opts, func(int64) error { return nil })
	})
}

// alone lets one process at a time look at a PostgreSQL schema's version and change it. The
// lock goes with its connection, also when the process dies.
func alone(ctx context.Context, pool *sql.DB, fn func() error) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	const which = "(hashtext('petri schema'), hashtext(COALESCE(current_schema(), '')))"
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock"+which); err != nil {
		return fmt.Errorf("wait for other processes that change the schema: %w", err)
	}
	err = fn()
	if _, unlock := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock"+which); err == nil {
		err = unlock
	}
	return err
}

// migrate brings the schema up to date, calling before on a database that has one already.
func migrate(ctx context.Context, provider *goose.Provider, opts Options, before func(version int64) error) error {
	have, want, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if have > want {
		return petri.Errorf(petri.Conflict, "the database has schema version %d and this petri knows up to %d: a newer petri has used it; start that one, or restore the copy made before its upgrade", have, want)
	}
	if have == want {
		return nil
	}
	if have > 0 {
		if err := before(have); err != nil {
			return fmt.Errorf("copy the database before changing its schema: %w", err)
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the schema from version %d to %d: %w", have, want, err)
	}
	opts.Log.Info("database schema changed", "from", have, "to", want)
	return nil
}

// copySQLite leaves a whole copy of the database beside it, named for its schema version.
func copySQLite(ctx context.Context, pool *sql.DB, path string, version int64, opts Options) error {
	stamp := opts.Now().UTC().Format("20060102-150405.000000")
	target := fmt.Sprintf("%s.schema-%d.%s", path, version, stamp)
	if _, err := pool.ExecContext(ctx, "VACUUM INTO ?", target); err != nil {
		return err
	}
	if err := syncFile(target); err != nil {
		return err
	}
	opts.Log.Info("database copied before a schema change", "copy", target)
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Chmod(0o600); err != nil {
		return err
	}
	return f.Sync()
}
