package store_test

import (
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/store/storetest"
)

// BenchmarkStudies looks, in a database of 100,000 runs and 10,000 studies that have ended, for the
// ten that have not, as the driver does at each wakeup, and for runs like one of them, 5,000 of which there are.
func BenchmarkStudies(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { studies(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { studies(b, storetest.Postgres(b)(b)) })
}

func studies(b *testing.B, dsn string) {
	db := storetest.FillMany(b, dsn, storetest.Many{Revisions: 20, Runs: 100_000, Projects: 20})
	var like petri.Run
	fill := func(tx *store.Tx) (err error) {
		if like, err = tx.Runs().ByID(100_000); err != nil {
			return err
		}
		for n := range 10_010 {
			s := petri.Study{Kind: petri.StudyChecks, ProjectID: 1, Checks: &petri.CheckReport{Checks: make([]petri.CheckResult, 5)}}
			if err := tx.Studies().Create(&s); err != nil {
				return err
			}
			if s.Status = petri.StudyDone; n%1001 == 0 {
				continue
			}
			if err := tx.Studies().Save(&s); err != nil {
				return err
			}
		}
		return nil
	}
	if err := db.Update(b.Context(), fill); err != nil {
		b.Fatal(err)
	}
	storetest.Raw(b, dsn, "UPDATE runs SET likeness = '"+store.Likeness(like)+"' WHERE project_id = 1")
	view := func(b *testing.B, want int, fn func(*store.Tx) (int, error)) {
		for b.Loop() {
			err := db.View(b.Context(), func(tx *store.Tx) error {
				n, err := fn(tx)
				if n != want {
					b.Errorf("found %d, want %d", n, want)
				}
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("running", func(b *testing.B) {
		view(b, 10, func(tx *store.Tx) (int, error) { list, err := tx.Studies().Running(); return len(list), err })
	})
	b.Run("alike", func(b *testing.B) {
		view(b, 20, func(tx *store.Tx) (int, error) {
			list, err := tx.Runs().Alike(store.Likeness(like))
			return len(list), err
		})
	})
}
