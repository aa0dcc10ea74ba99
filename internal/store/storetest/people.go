package storetest

import (
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

func testPeople(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	w.view(t, func(tx *store.Tx) error {
		u, err := tx.Users().ByName("bob")
		if err != nil {
			return err
		}
		same(t, "by name", u, w.bob)
		same(t, "time", u.CreatedAt, noon)
		u, err = tx.Users().ByID(w.admin.ID)
		if err != nil {
			return err
		}
		same(t, "by id", u, w.admin)
		list, err := tx.Users().List()
		same(t, "list", list, []petri.User{w.alice, w.bob, w.admin})
		return err
	})
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Users().Create(&petri.User{Name: "bob"}) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Users().ByName("carol"); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Users().ByID(99); return err })

	hash := digest(1)
	w.update(t, func(tx *store.Tx) error { return tx.Tokens().Create(w.bob.ID, "laptop", hash) })
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Tokens().Create(w.bob.ID, "again", hash) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Tokens().Create(99, "nobody", digest(2)) })
	w.view(t, func(tx *store.Tx) error {
		u, err := tx.Tokens().UserByHash(hash)
		same(t, "token's user", u, w.bob)
		return err
	})
	w.update(t, func(tx *store.Tx) error { return tx.Tokens().Delete(hash) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Tokens().Delete(hash) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Tokens().UserByHash(hash); return err })

	for _, value := range []string{"one", "two", ""} {
		w.update(t, func(tx *store.Tx) error { return tx.Settings().Set("server", value) })
		w.view(t, func(tx *store.Tx) error {
			got, err := tx.Settings().Get("server")
			same(t, "setting", got, value)
			return err
		})
	}
	w.view(t, func(tx *store.Tx) error {
		got, err := tx.Settings().Get("never set")
		same(t, "no setting", got, "")
		return err
	})
}
