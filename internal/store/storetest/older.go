package storetest

import (
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/petri-dev/petri/internal/store/migrations"
)

// older makes the database that a petri of that schema version would have made.
func older(t testing.TB, dsn string, version int64) {
	t.Helper()
	raw := Connect(t, dsn)
	defer raw.Close()
	dialect, files := goose.DialectSQLite3, migrations.SQLite
	if strings.HasPrefix(dsn, "postgres") {
		dialect, files = goose.DialectPostgres, migrations.Postgres
	}
	provider, err := goose.NewProvider(dialect, raw, migrations.Files(files), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatalf("make a database of schema version %d: %v", version, err)
	}
}
