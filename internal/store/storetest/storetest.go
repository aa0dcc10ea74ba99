// Package storetest gives tests a store: Open an empty one in memory for those of other
// packages, and the means to run the store's own suite on SQLite and on PostgreSQL.
// Nothing but tests calls it.
package storetest

import (
	"testing"
	"time"

	"github.com/petri-dev/petri/internal/store"
)

// Open gives an empty store that lives in memory and ends with the test.
func Open(t testing.TB) *store.DB { return OpenAt(t, ":memory:", time.Now) }

// OpenAt opens the store at dsn, which ends with the test. Its clock is now.
func OpenAt(t testing.TB, dsn string, now func() time.Time) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, store.Options{Now: now})
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return db
}
