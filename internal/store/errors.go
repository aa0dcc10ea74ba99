package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/petri-dev/petri"
)

// SQLite's result codes that mean something to us.
const (
	sqliteBusy             = 5
	sqliteLocked           = 6
	sqliteFull             = 13
	sqliteCantOpen         = 14
	sqliteNotADatabase     = 26
	sqliteUnique           = 2067
	sqlitePrimaryKey       = 1555
	sqliteForeignKey       = 787
	postgresUnique         = "23505"
	postgresForeignKey     = "23503"
	postgresSerialization  = "40001"
	postgresDeadlock       = "40P01"
	postgresDiskFull       = "53100"
	postgresConnections    = "08" // a class, as are the next two
	postgresNoResources    = "53"
	postgresOperatorAction = "57P"
)

// codes gives the database's own code for an error; 0 and "" where it has none.
func codes(err error) (lite int, pg string) {
	var l *sqlite.Error
	if errors.As(err, &l) {
		return l.Code(), ""
	}
	var p *pgconn.PgError
	if errors.As(err, &p) {
		return 0, p.Code
	}
	return 0, ""
}

func isUnique(err error) bool {
	lite, pg := codes(err)
	return lite == sqliteUnique || lite == sqlitePrimaryKey || pg == postgresUnique
}

func isForeignKey(err error) bool {
	lite, pg := codes(err)
	return lite == sqliteForeignKey || pg == postgresForeignKey
}

// isClash tells whether doing the whole transaction again is what the database asks for.
func isClash(err error) bool {
	_, pg := codes(err)
	return pg == postgresSerialization || pg == postgresDeadlock
}

// translate gives an error of the database a kind where the reason is outside of Petri.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var known *petri.Error
	if errors.As(err, &known) {
		return err
	}
	lite, pg := codes(err)
	var address *pgconn.ParseConfigError
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case lite == sqliteFull || pg == postgresDiskFull:
		return petri.Wrap(petri.Exhausted, err, "the disk that holds the database is full: free some space and try again")
	case lite&0xff == sqliteBusy || lite&0xff == sqliteLocked:
		return petri.Wrap(petri.Unavailable, err, "the database is busy: another program holds it; try again")
	case lite&0xff == sqliteCantOpen:
		return petri.Wrap(petri.Unavailable, err, "the database's file cannot be opened")
	case lite == sqliteNotADatabase:
		return petri.Wrap(petri.Invalid, err, "the file is no Petri database")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("store: %w", err)
	case errors.As(err, &address):
		return petri.Wrap(petri.Invalid, err, "the address of the PostgreSQL database is malformed: write postgres://user:password@host/database")
	case errors.As(err, &connect):
		return refused(connect, pg)
	case errors.As(err, &network), errors.Is(err, driver.ErrBadConn), errors.Is(err, io.ErrUnexpectedEOF),
		strings.HasPrefix(pg, postgresConnections), strings.HasPrefix(pg, postgresNoResources), strings.HasPrefix(pg, postgresOperatorAction):
		return petri.Wrap(petri.Unavailable, err, "PostgreSQL cannot be reached or refuses connections; try again later")
	}
	return fmt.Errorf("store: %w", err)
}

// PostgreSQL's reasons for not letting one in.
const (
	postgresAuthorization = "28" // a class
	postgresNoDatabase    = "3D000"
)

// refused says why PostgreSQL cannot be connected to, without giving the password away.
func refused(err *pgconn.ConnectError, code string) error {
	where := net.JoinHostPort(err.Config.Host, strconv.Itoa(int(err.Config.Port)))
	switch {
	case strings.HasPrefix(code, postgresAuthorization):
		return petri.Wrap(petri.Invalid, err, "PostgreSQL at %s does not let %s in: check user and password", where, err.Config.User)
	case code == postgresNoDatabase:
		return petri.Wrap(petri.Invalid, err, "PostgreSQL at %s has no database %s: make it first, as with: createdb %s", where, err.Config.Database, err.Config.Database)
	}
	return petri.Wrap(petri.Unavailable, err, "PostgreSQL at %s cannot be reached or refuses connections: check that it runs and that the address is right", where)
}
