package recall_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/recall"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/store/storetest"
	"github.com/petri-dev/petri/internal/versions"
)

// BenchmarkWhoUsed asks a database of 1,000 revisions and 100,000 runs. Of 50 projects each
// made its runs in 20 revisions; or, scattered, each in all of them, so that hardly two runs had the
// same project and list.
func BenchmarkWhoUsed(b *testing.B) {
	for _, database := range []struct {
		name  string
		fresh storetest.Address
	}{{"sqlite", storetest.SQLite}, {"postgres", storetest.Postgres(b)}} {
		for _, many := range []storetest.Many{
			{Revisions: 1000, Runs: 100_000, Projects: 50},
			{Revisions: 1000, Runs: 100_000, Projects: 97, Scattered: true},
		} {
			name := database.name
			if many.Scattered {
				name += "-scattered"
			}
			b.Run(name, func(b *testing.B) {
				dsn := database.fresh(b)
				questions(b, storetest.FillMany(b, dsn, many))
			})
		}
	}
}

func questions(b *testing.B, db *store.DB) {
	service := recall.New(db, nil, slog.New(slog.DiscardHandler))
	middle := middleRun(b, db)
	for _, q := range []struct {
		name, query string
		options     recall.Options
		user        petri.User
	}{
		{"half", "scipy<1.8", recall.Options{}, petri.User{Name: "bob"}},
		{"half-admin", "scipy<1.8", recall.Options{}, petri.User{Name: "root", Admin: true}},
		{"half-1000-rows", "scipy<1.8", recall.Options{Limit: 1000}, petri.User{Name: "bob"}},
		{"half-next-page", "scipy<1.8", recall.Options{Before: middle}, petri.User{Name: "bob"}},
		{"half-loaded", "scipy<1.8", recall.Options{Loaded: true}, petri.User{Name: "bob"}},
		{"all", "scipy", recall.Options{}, petri.User{Name: "bob"}},
		{"one-version", "scipy==1.7.3", recall.Options{}, petri.User{Name: "bob"}},
		{"none", "scipy>2", recall.Options{}, petri.User{Name: "bob"}},
	} {
		b.Run(q.name, func(b *testing.B) {
			query, err := versions.ParseQuery(q.query)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := service.WhoUsed(b.Context(), access.Caller{User: q.user}, query, q.options); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func middleRun(b *testing.B, db *store.DB) (ref petri.RunRef) {
	err := db.View(context.Background(), func(tx *store.Tx) error {
		r, err := tx.Runs().ByID(50_000)
		ref = r.Ref
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return ref
}
