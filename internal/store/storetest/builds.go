package storetest

import (
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

func testBuilds(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Builds().Claim("one"); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Builds().LatestOf(w.revision.ID); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Builds().ByID(99); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Builds().Create(&petri.Build{RevisionID: 99}) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Builds().RequestCancel(99) })
	first, second := w.newBuild(t), w.newBuild(t)
	var claimed petri.Build
	w.update(t, func(tx *store.Tx) (err error) { claimed, err = tx.Builds().Claim("one"); return err })
	first.Status, first.StartedAt = petri.BuildBuilding, noon
	same(t, "first in, first out", claimed, first)
	same(t, "as kept", w.build(t, first.ID), first)
	held := func(worker string) (ids []petri.BuildID) {
		w.view(t, func(tx *store.Tx) error {
			list, err := tx.Builds().Held(worker)
			for _, b := range list {
				ids = append(ids, b.ID)
			}
			return err
		})
		return ids
	}
	w.update(t, func(tx *store.Tx) error { _, err := tx.Builds().Claim("two"); return err })
	same(t, "held by one", held("one"), []petri.BuildID{first.ID})
	same(t, "held by two", held("two"), []petri.BuildID{second.ID})
	same(t, "held by any", held(""), []petri.BuildID{first.ID, second.ID})

	w.update(t, func(tx *store.Tx) error { return tx.Builds().RequestCancel(first.ID) })
	first.CancelRequested = true
	same(t, "cancel requested", w.build(t, first.ID), first)
	w.update(t, func(tx *store.Tx) error {
		return tx.Builds().Transition(first.ID, petri.BuildBuilding, petri.BuildCanceled, func(b *petri.Build) {
			b.FinishedAt, b.Log, b.Error = noon, digest(1), "stopped \xff"
		})
	})
	first.Status, first.FinishedAt, first.Log, first.Error = petri.BuildCanceled, noon, digest(1), "stopped \uFFFD"
	same(t, "cancelled", w.build(t, first.ID), first)
	same(t, "no longer held", held("one"), []petri.BuildID(nil))
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Builds().RequestCancel(first.ID) })
	w.view(t, func(tx *store.Tx) error {
		latest, err := tx.Builds().LatestOf(w.revision.ID)
		same(t, "latest", latest.ID, second.ID)
		return err
	})
}

// buildTo leads a new build into a status.
func (w *world) buildTo(t testing.TB, want petri.BuildStatus) petri.Build {
	t.Helper()
	b := w.newBuild(t)
	if want == petri.BuildFailed || want == petri.BuildBuilding {
		w.update(t, func(tx *store.Tx) error { _, err := tx.Builds().Claim("one"); return err })
	}
	if want != petri.BuildQueued && want != petri.BuildBuilding {
		from := w.build(t, b.ID).Status
		w.update(t, func(tx *store.Tx) error { return tx.Builds().Transition(b.ID, from, want, nil) })
	}
	b = w.build(t, b.ID)
	same(t, "led to", b.Status, want)
	return b
}

func testBuildSteps(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	for _, from := range petri.BuildStatuses() {
		for _, to := range petri.BuildStatuses() {
			b := w.buildTo(t, from)
			for _, claimed := range petri.BuildStatuses() {
				if claimed != from {
					w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Builds().Transition(b.ID, claimed, to, nil) })
				}
			}
			err := w.db.Update(t.Context(), func(tx *store.Tx) error {
				if to == petri.BuildBuilding && from == petri.BuildQueued {
					_, err := tx.Builds().Claim("two")
					return err
				}
				return tx.Builds().Transition(b.ID, from, to, func(b *petri.Build) { b.Error = "changed" })
			})
			got := w.build(t, b.ID)
			switch {
			case from.CanBecome(to) && (err != nil || got.Status != to):
				t.Errorf("%s → %s: %v, is %s", from, to, err, got.Status)
			case !from.CanBecome(to) && petri.KindOf(err) != petri.Conflict:
				t.Errorf("%s → %s was not refused: %v", from, to, err)
			case !from.CanBecome(to):
				same(t, "after refusal", got, b)
			}
			if !got.Status.Ended() { // leave the queue empty
				w.update(t, func(tx *store.Tx) error { return tx.Builds().Transition(b.ID, got.Status, petri.BuildCanceled, nil) })
			}
		}
	}
}
