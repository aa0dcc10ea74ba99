package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// postgresDB is a PostgreSQL database that several processes may share. Transactions are
// serializable; those of one process that write take turns, since they would mostly clash
// with each other over the same few rows.
type postgresDB struct {
	pg   dialect
	pool *sql.DB
	turn chan struct{}
}

func openPostgres(ctx context.Context, dsn string, opts Options) (backend, error) {
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", translate(err))
	}
	pool.SetMaxOpenConns(16)
	pool.SetMaxIdleConns(8)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := migratePostgres(ctx, pool, opts); err != nil {
		pool.Close()
		return nil, fmt.Errorf("postgres: %w", translate(err))
	}
	return &postgresDB{
		pg:   dialect{name: "postgres", numbered: true, skipLocked: " FOR UPDATE SKIP LOCKED", elements: "json_array_elements(?::json) AS t(value)", asText: " #>> '{}'", plainly: "SET LOCAL jit = off"},
		pool: pool, turn: make(chan struct{}, 1),
	}, nil
}

func (p *postgresDB) dialect() *dialect { return &p.pg }

func (p *postgresDB) close() error { return p.pool.Close() }

func (p *postgresDB) begin(ctx context.Context, write bool) (running, error) {
	options := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	release := func() {}
	if write {
		options = &sql.TxOptions{Isolation: sql.LevelSerializable}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case p.turn <- struct{}{}:
			release = func() { <-p.turn }
		}
	}
	conn, err := p.pool.Conn(ctx)
	if err != nil {
		release()
		return nil, err
	}
	// The transaction outlives ctx so that commit, once decided, is not cut short; statements obey ctx.
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), options)
	if err != nil {
		conn.Close()
		release()
		return nil, err
	}
	return &postgresTx{Tx: tx, conn: conn, release: release}, nil
}

type postgresTx struct {
	*sql.Tx
	conn    *sql.Conn
	release func()
	over    bool
}

func (t *postgresTx) commit() error {
	err := t.Tx.Commit()
	t.end()
	return err
}

func (t *postgresTx) rollback() {
	if t.over {
		return
	}
	// A failure means the connection is gone, and with it the transaction.
	_ = t.Tx.Rollback()
	t.end()
}

func (t *postgresTx) end() {
	t.over = true
	t.conn.Close() // back to the pool
	t.release()
}
