package store_test

import (
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/store/storetest"
)

func TestSQLite(t *testing.T) { storetest.Run(t, storetest.SQLite) }

func TestPostgres(t *testing.T) { storetest.Run(t, storetest.Postgres(t)) }

func TestMemory(t *testing.T) {
	a, b := storetest.Open(t), storetest.Open(t)
	if err := a.Update(t.Context(), func(tx *store.Tx) error { return tx.Settings().Set("k", "v") }); err != nil {
		t.Fatal(err)
	}
	if err := b.View(t.Context(), func(tx *store.Tx) error {
		if v, err := tx.Settings().Get("k"); v != "" || err != nil {
			t.Errorf("two stores in memory share %q, %v", v, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, test := range []struct {
		name, dsn string
		kind      petri.Kind
	}{
		{"no folder", t.TempDir() + "/none/petri.db", petri.NotFound},
		{"a folder", t.TempDir(), petri.Unavailable},
		{"malformed", "postgres://%zz", petri.Invalid},
		{"nobody there", "postgres://petri@/petri?host=/nonexistent", petri.Unavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, err := store.Open(t.Context(), test.dsn, store.Options{})
			if petri.KindOf(err) != test.kind {
				t.Errorf("kind %q, want %q: %v", petri.KindOf(err), test.kind, err)
			}
			if db != nil {
				db.Close()
			}
		})
	}
}
