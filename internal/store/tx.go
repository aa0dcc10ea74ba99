package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/petri-dev/petri"
)

// backend is what differs between the two databases: how a transaction begins and ends.
type backend interface {
	begin(ctx context.Context, write bool) (running, error)
	dialect() *dialect
	close() error
}

// running is a transaction under way. After commit or rollback it is not used again;
// rollback after commit does nothing.
type running interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	commit() error
	rollback()
}

// Tx is one transaction, valid inside the function it was given to and on its goroutine.
type Tx struct {
	ctx     context.Context
	run     running
	dialect *dialect
	clock   func() time.Time
	touched []Topic
	// clash is the first sign that the database wants the whole transaction done again.
	clash error
}

// maxTries bounds how often Update does a transaction that clashed with another again.
const maxTries = 16

// View runs fn on a snapshot; writing in it fails.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	_, err := db.attempt(ctx, false, fn)
	return err
}

// Update runs fn in a transaction that is committed when fn returns nil and leaves nothing
// otherwise. Transactions have the effect of one after another. fn may be called again
// when another process' transaction clashed, so it must do nothing but read and write through
// its Tx and set variables anew. Clashes without end are kind unavailable.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	for try := 1; ; try++ {
		clash, err := db.attempt(ctx, true, fn)
		if clash == nil {
			return err
		}
		if try == maxTries {
			return petri.Wrap(petri.Unavailable, clash, "the database is too busy with other changes to the same things; try again")
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// pause waits longer after each try, and not equally long in every process.
func pause(ctx context.Context, try int) error {
	most := min(time.Millisecond<<try, 200*time.Millisecond)
	timer := time.NewTimer(rand.N(most))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// attempt runs fn once. clash is set when nothing was changed and the same may succeed now.
func (db *DB) attempt(ctx context.Context, write bool, fn func(*Tx) error) (clash, err error) {
	run, err := db.backend.begin(ctx, write)
	if err != nil {
		return nil, translate(err)
	}
	defer run.rollback()
	tx := &Tx{ctx: ctx, run: run, dialect: db.backend.dialect(), clock: db.now}
	if err := fn(tx); err != nil || tx.clash != nil {
		return tx.clash, err
	}
	if err := run.commit(); err != nil {
		if isClash(err) {
			return err, err
		}
		return nil, translate(err)
	}
	db.hub.wake(tx.touched)
	return nil, nil
}

// Touch wakes the topic's watchers once the transaction is committed.
func (tx *Tx) Touch(topic Topic) { tx.touched = append(tx.touched, topic) }

// now is the time for rows, as precise as they keep it.
func (tx *Tx) now() time.Time { return tx.clock().UTC().Truncate(time.Microsecond) }

// stamp keeps a given time, as precise as rows are, or takes the present one.
func (tx *Tx) stamp(t time.Time) time.Time {
	if t.IsZero() {
		return tx.now()
	}
	return t.UTC().Truncate(time.Microsecond)
}

// scanner is a row being read.
type scanner interface{ Scan(dest ...any) error }

// exec runs a statement and tells how many rows it changed.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	bound, err := bind(args)
	if err != nil {
		return 0, err
	}
	result, err := tx.run.ExecContext(tx.ctx, tx.dialect.rebind(query), bound...)
	if err != nil {
		return 0, tx.failed(err)
	}
	n, err := result.RowsAffected()
	return n, tx.failed(err)
}

// each calls scan for every row.
func (tx *Tx) each(scan func(scanner) error, query string, args ...any) error {
	bound, err := bind(args)
	if err != nil {
		return err
	}
	rows, err := tx.run.QueryContext(tx.ctx, tx.dialect.rebind(query), bound...)
	if err != nil {
		return tx.failed(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return tx.failed(err)
		}
	}
	if err := rows.Err(); err != nil {
		return tx.failed(err)
	}
	return tx.failed(rows.Close())
}

// failed notes a clash and gives err its kind.
func (tx *Tx) failed(err error) error {
	if err != nil && tx.clash == nil && isClash(err) {
		tx.clash = err
	}
	return translate(err)
}

// all gives every row, read by scan.
func all[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	list := []T{}
	err := tx.each(func(row scanner) error {
		v, err := scan(row)
		list = append(list, v)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// errNoRow is how one says that there is none; nouns turn it into words.
var errNoRow = errors.New("no row")

// one gives the first row, or errNoRow.
func one[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	list, err := all(tx, scan, query, args...)
	if err != nil || len(list) == 0 {
		var none T
		if err == nil {
			err = errNoRow
		}
		return none, err
	}
	return list[0], nil
}

// number reads a row of one whole number.
func number(row scanner) (int64, error) {
	var n int64
	err := row.Scan(&n)
	return n, err
}

// orMissing turns errNoRow into kind not_found with words for people.
func orMissing(err error, format string, args ...any) error {
	if errors.Is(err, errNoRow) {
		return petri.Errorf(petri.NotFound, format, args...)
	}
	return err
}

// affected turns "no row changed" into errNoRow.
func affected(n int64, err error) error {
	if err == nil && n == 0 {
		return errNoRow
	}
	return err
}
