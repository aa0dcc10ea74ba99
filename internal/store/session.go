package store

import (
	"context"
	"database/sql"
)

// maxStatements bounds a session's prepared statements; our queries have far fewer shapes.
const maxStatements = 200

// session is one connection to SQLite with its prepared statements. One goroutine at a time.
type session struct {
	pool  *sql.DB
	setup string // run on every new connection
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// ready connects, if that was not done or the connection was given up.
func (s *session) ready(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return err
	}
	if s.setup != "" {
		if _, err := conn.ExecContext(ctx, s.setup); err != nil {
			conn.Close()
			return err
		}
	}
	s.conn, s.stmts = conn, map[string]*sql.Stmt{}
	return nil
}

func (s *session) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	if len(s.stmts) >= maxStatements {
		s.forget()
	}
	stmt, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.stmts[query] = stmt
	return stmt, nil
}

func (s *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := s.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (s *session) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// forget closes all prepared statements.
func (s *session) forget() {
	for _, stmt := range s.stmts {
		stmt.Close()
	}
	clear(s.stmts)
}

// drop gives the connection up; the next use makes another.
func (s *session) drop() error {
	if s.conn == nil {
		return nil
	}
	s.forget()
	err := s.conn.Close()
	s.conn = nil
	return err
}
