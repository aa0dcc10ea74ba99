package store_test

import (
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/store/storetest"
)

// BenchmarkRunLife is a run's whole life: created, claimed, running, collecting, recorded and
// ended, with the look at the queue that the worker takes and a watcher's three reads.
func BenchmarkRunLife(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { runLives(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { runLives(b, storetest.Postgres(b)(b)) })
}

func runLives(b *testing.B, dsn string) {
	db, err := store.Open(b.Context(), dsn, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	update := func(fn func(*store.Tx) error) {
		if err := db.Update(b.Context(), fn); err != nil {
			b.Fatal(err)
		}
	}
	p := petri.Project{Owner: "alice", Name: "p", Visibility: petri.Private}
	v := petri.Revision{Definition: petri.Definition{Base: petri.Base{Kind: petri.BaseImage, Ref: "debian"}}}
	update(func(tx *store.Tx) error {
		e := petri.Environment{Owner: "alice", Name: "r", Visibility: petri.Private}
		if err := tx.Environments().Create(&e); err != nil {
			return err
		}
		if err := tx.Projects().Create(&p); err != nil {
			return err
		}
		v.EnvironmentID = e.ID
		return tx.Revisions().Create(&v)
	})
	for b.Loop() {
		r := petri.Run{ProjectID: p.ID, RevisionID: v.ID, CreatedBy: "alice", Spec: petri.RunSpec{Command: []string{"true"}}}
		update(func(tx *store.Tx) error { return tx.Runs().Create(&r) })
		update(func(tx *store.Tx) error {
			if _, err := tx.Runs().Queued(); err != nil {
				return err
			}
			return tx.Runs().Claim(r.ID, "worker")
		})
		for range 3 {
			if err := db.View(b.Context(), func(tx *store.Tx) error { _, err := tx.Runs().ByID(r.ID); return err }); err != nil {
				b.Fatal(err)
			}
		}
		update(func(tx *store.Tx) error { return tx.Runs().Transition(r.ID, petri.RunStarting, petri.RunRunning, nil) })
		update(func(tx *store.Tx) error {
			return tx.Runs().Transition(r.ID, petri.RunRunning, petri.RunCollecting, nil)
		})
		update(func(tx *store.Tx) error {
			return tx.Runs().Transition(r.ID, petri.RunCollecting, petri.RunSucceeded, nil)
		})
	}
}
