package storetest

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Address is that of an empty database, made for one test and removed after it.
type Address func(t testing.TB) string

// SQLite makes an empty database file.
func SQLite(t testing.TB) string { return filepath.Join(t.TempDir(), "petri.db") }

// Postgres gives empty schemas of the PostgreSQL at PETRI_TEST_POSTGRES, or of the one that
// scripts/postgres starts. Where there is none it skips the test, and fails it where CI is true.
func Postgres(t testing.TB) Address {
	t.Helper()
	server, err := postgresServer()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no PostgreSQL: %v", err)
		}
		t.Skipf("no PostgreSQL: %v", err)
	}
	return func(t testing.TB) string { return emptySchema(t, server) }
}

// postgresServer asks once.
var postgresServer = sync.OnceValues(func() (string, error) {
	if dsn := os.Getenv("PETRI_TEST_POSTGRES"); dsn != "" {
		return dsn, nil
	}
	_, file, _, _ := runtime.Caller(0)
	command := exec.Command(filepath.Join(filepath.Dir(file), "..", "..", "..", "scripts", "postgres"))
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		return "", &scriptError{err, strings.TrimSpace(complaint.String())}
	}
	return strings.TrimSpace(string(out)), nil
})

type scriptError struct {
	err       error
	complaint string
}

func (e *scriptError) Error() string { return e.err.Error() + ": " + e.complaint }

func emptySchema(t testing.TB, server string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	Raw(t, server, "CREATE SCHEMA "+name)
	t.Cleanup(func() { Raw(t, server, "DROP SCHEMA "+name+" CASCADE") })
	mark := "?"
	if strings.Contains(server, "?") {
		mark = "&"
	}
	return server + mark + "search_path=" + name
}

// Connect opens the database at dsn past the store, to look or to do harm.
func Connect(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	driver, address := "pgx", dsn
	if !strings.HasPrefix(dsn, "postgres") {
		driver, address = "sqlite", "file:"+dsn+"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatalf("connect to %s: %v", dsn, err)
	}
	return db
}

// Raw runs a statement past the store; it must succeed.
func Raw(t testing.TB, dsn, statement string) {
	t.Helper()
	if err := TryRaw(t, dsn, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// TryRaw runs a statement past the store.
func TryRaw(t testing.TB, dsn, statement string) error {
	t.Helper()
	db := Connect(t, dsn)
	defer db.Close()
	_, err := db.Exec(statement)
	return err
}
