package storetest

import (
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// queued gives the numbers of the waiting runs in order.
func (w *world) queued(t testing.TB) (numbers []int) {
	t.Helper()
	w.view(t, func(tx *store.Tx) error {
		list, err := tx.Runs().Queued()
		for _, r := range list {
			numbers = append(numbers, r.Ref.Number)
		}
		return err
	})
	return numbers
}

func (w *world) active(t testing.TB, worker string) (numbers []int) {
	t.Helper()
	w.view(t, func(tx *store.Tx) error {
		list, err := tx.Runs().Active(worker)
		for _, r := range list {
			numbers = append(numbers, r.Ref.Number)
		}
		return err
	})
	return numbers
}

func testQueue(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	same(t, "empty", w.queued(t), []int(nil))
	runs := map[int]petri.Run{}
	for _, by := range []string{"alice", "alice", "alice", "alice", "bob", "bob", "carol"} {
		r := w.newRun(t, by)
		runs[r.Ref.Number] = r
	}
	same(t, "in turns", w.queued(t), []int{1, 5, 7, 2, 6, 3, 4})

	claim := func(n int, worker string) {
		w.update(t, func(tx *store.Tx) error { return tx.Runs().Claim(runs[n].ID, worker) })
	}
	claim(1, "one")
	same(t, "who has none goes first", w.queued(t), []int{5, 7, 2, 6, 3, 4})
	claim(2, "two")
	same(t, "two active", w.queued(t), []int{5, 7, 6, 3, 4})
	same(t, "active of one", w.active(t, "one"), []int{1})
	same(t, "active of any", w.active(t, ""), []int{1, 2})
	w.update(t, func(tx *store.Tx) error {
		return tx.Runs().Transition(runs[1].ID, petri.RunStarting, petri.RunQueued, nil)
	})
	same(t, "requeued keeps its place among its user's", w.queued(t), []int{5, 7, 1, 6, 3, 4})
	same(t, "no longer active", w.active(t, "one"), []int(nil))
	for _, end := range []petri.RunStatus{petri.RunRunning, petri.RunCollecting} {
		from := petri.RunStarting
		if end == petri.RunCollecting {
			from = petri.RunRunning
		}
		w.update(t, func(tx *store.Tx) error { return tx.Runs().Transition(runs[2].ID, from, end, nil) })
		same(t, "still active when "+string(end), w.active(t, "two"), []int{2})
		same(t, "still counted when "+string(end), w.queued(t), []int{5, 7, 1, 6, 3, 4})
	}
	w.update(t, func(tx *store.Tx) error {
		return tx.Runs().Transition(runs[2].ID, petri.RunCollecting, petri.RunFailed, nil)
	})
	same(t, "an ended run does not count", w.queued(t), []int{1, 5, 7, 3, 6, 4})
	w.update(t, func(tx *store.Tx) error {
		return tx.Runs().Transition(runs[1].ID, petri.RunQueued, petri.RunStopped, nil)
	})
	same(t, "stopped while waiting", w.queued(t), []int{3, 5, 7, 4, 6})
	w.newBuild(t)
	w.view(t, func(tx *store.Tx) error {
		counts, err := tx.Runs().CountByStatus()
		if err != nil {
			return err
		}
		same(t, "runs by status", counts, map[petri.RunStatus]int{petri.RunQueued: 5, petri.RunFailed: 1, petri.RunStopped: 1})
		builds, err := tx.Builds().CountByStatus()
		same(t, "builds by status", builds, map[petri.BuildStatus]int{petri.BuildQueued: 1})
		return err
	})
}
