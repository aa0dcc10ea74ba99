package store

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
)

// Exclusive keeps other servers from working on the same database until release is called or
// this process ends. Kind conflict where one does already. For SQLite it does nothing: its
// file is in the data folder, which has a lock of its own.
func (db *DB) Exclusive(ctx context.Context) (release func() error, err error) {
	p, ok := db.backend.(*postgresDB)
	if !ok {
		return func() error { return nil }, nil
	}
	conn, err := p.pool.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", translate(err))
	}
	got := false
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(hashtext('petri server'), hashtext(COALESCE(current_schema(), '')))").Scan(&got)
	if err == nil && !got {
		err = petri.Errorf(petri.Conflict, "another Petri server works on this database; stop it first, or give this one a database of its own with --db")
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	// A connection goes back to the pool when it is closed, with its lock: it is let go by name.
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock_all()")
		_ = conn.Close()
		return err
	}, nil
}
