package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

func testTransactions(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	boom := errors.New("boom")
	set := func(value string, then error) func(*store.Tx) error {
		return func(tx *store.Tx) error { return errors.Join(tx.Settings().Set("k", value), then) }
	}
	get := func() (value string) {
		w.view(t, func(tx *store.Tx) (err error) { value, err = tx.Settings().Get("k"); return err })
		return value
	}
	w.update(t, set("kept", nil))
	if err := w.db.Update(t.Context(), set("lost", boom)); !errors.Is(err, boom) {
		t.Errorf("the function's error: %v", err)
	}
	func() {
		defer func() { recover() }()
		_ = w.db.Update(t.Context(), func(tx *store.Tx) error {
			_ = tx.Settings().Set("k", "panicked")
			panic("boom")
		})
	}()
	if err := w.db.View(t.Context(), set("written in a view", nil)); err == nil {
		t.Error("a view could write")
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Settings().Set("k", "cancelled"); err != nil {
			return err
		}
		cancel()
		_, err := tx.Settings().Get("k")
		return err
	})
	if petri.KindOf(err) != petri.Canceled {
		t.Errorf("cancelled inside: %v", err)
	}
	if err := w.db.Update(ctx, set("too late", nil)); petri.KindOf(err) != petri.Canceled {
		t.Errorf("cancelled before: %v", err)
	}
	same(t, "what is left", get(), "kept")

	// A view sees one moment, whatever is committed meanwhile.
	w.view(t, func(tx *store.Tx) error {
		before, err := tx.Settings().Get("k")
		if err != nil {
			return err
		}
		w.update(t, set("meanwhile", nil))
		after, err := tx.Settings().Get("k")
		same(t, "snapshot", after, before)
		return err
	})
	same(t, "after it", get(), "meanwhile")
	if err := errors.Join(w.db.Close(), w.db.Close()); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

// testClaims lets eight workers empty a queue of five hundred.
func testClaims(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	const runs, workers = 500, 8
	w.update(t, func(tx *store.Tx) error {
		for range runs {
			r := w.aRun(w.project, "alice")
			if err := tx.Runs().Create(&r); err != nil {
				return err
			}
		}
		return nil
	})
	claimAll(t, runs, w.db, w.db, w.db, w.db, w.db, w.db, w.db, w.db)
}

// claimAll has one worker per store claim until the queue is empty, and counts.
func claimAll(t *testing.T, runs int, workers ...*store.DB) {
	t.Helper()
	var mu sync.Mutex
	claimed := map[petri.RunID]int{}
	g, ctx := errgroup.WithContext(t.Context())
	for _, db := range workers {
		g.Go(func() error {
			for {
				var mine petri.RunID
				err := db.Update(ctx, func(tx *store.Tx) error {
					list, err := tx.Runs().Queued()
					if err != nil || len(list) == 0 {
						mine = 0
						return err
					}
					mine = list[0].ID
					return tx.Runs().Claim(mine, "worker")
				})
				if err != nil || mine == 0 {
					return err
				}
				mu.Lock()
				claimed[mine]++
				mu.Unlock()
			}
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	same(t, "claimed", len(claimed), runs)
	for id, times := range claimed {
		if times > 1 {
			t.Errorf("run %d was claimed %d times", id, times)
		}
	}
}

// testNumbers has many submit to one project at once.
func testNumbers(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	other := OpenAt(t, w.dsn, atNoon)
	const each, submitters = 20, 6
	var g errgroup.Group
	for i := range submitters {
		db := []*store.DB{w.db, other}[i%2]
		g.Go(func() error {
			for range each {
				r := w.aRun(w.project, "alice")
				if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Runs().Create(&r) }); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	w.view(t, func(tx *store.Tx) error {
		list, err := tx.Runs().List(store.RunFilter{Project: w.project.ID, Viewer: w.admin})
		for i, r := range list {
			same(t, "number", r.Ref.Number, each*submitters-i)
		}
		return err
	})
}

// testExclusive has a second server ask for the database that a first one works on.
func testExclusive(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	other := OpenAt(t, w.dsn, atNoon)
	release, err := w.db.Exclusive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	guarded := w.db.Kind() != "sqlite" // whose file the data folder's lock guards
	if _, err := other.Exclusive(t.Context()); guarded && petri.KindOf(err) != petri.Conflict {
		t.Errorf("a second server got the database: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	again, err := other.Exclusive(t.Context())
	if err != nil {
		t.Fatalf("after the first had let go: %v", err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}

// testTwoProcesses opens the database twice, as two processes do.
func testTwoProcesses(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	other := OpenAt(t, w.dsn, atNoon)
	const runs = 60
	for range runs {
		w.newRun(t, "alice")
	}
	claimAll(t, runs, w.db, other, w.db, other)

	// A counter that both read and then write loses nothing.
	var g errgroup.Group
	for i := range 4 {
		db := []*store.DB{w.db, other}[i%2]
		g.Go(func() error {
			for range 10 {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					had, err := tx.Settings().Get("count")
					if err != nil {
						return err
					}
					return tx.Settings().Set("count", had+"+")
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	w.view(t, func(tx *store.Tx) error {
		count, err := tx.Settings().Get("count")
		same(t, "counted", len(count), 40)
		return err
	})
}

func testWatch(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	r := w.newRun(t, "alice")
	silent, stopSilent := w.db.Watch("nothing of the kind")
	defer stopSilent()
	wake, stop := w.db.Watch(store.RunTopic(r.ID), store.RunQueue)
	defer stop()
	if err := w.db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.Runs().RequestStop(r.ID, "bob"); err != nil {
			return err
		}
		return errors.New("rolled back")
	}); err == nil {
		t.Fatal("no error")
	}
	expect(t, "nothing was committed", wake, false)
	for range 3 {
		w.update(t, func(tx *store.Tx) error { return tx.Runs().RequestStop(r.ID, "bob") })
	}
	expect(t, "stop requested", wake, true)
	expect(t, "three wakeups are one", wake, false)
	expect(t, "others sleep", silent, false)

	// Another process' commit is seen within a tick or so.
	other := OpenAt(t, w.dsn, atNoon)
	if err := other.Update(t.Context(), func(tx *store.Tx) error { return tx.Runs().RequestStop(r.ID, "bob") }); err != nil {
		t.Fatal(err)
	}
	select {
	case <-wake:
	case <-time.After(10 * time.Second):
		t.Error("no tick")
	}
	stop()
	stop()

	// Whoever watches before reading misses nothing.
	const last = 300
	var seen atomic.Int64
	var g errgroup.Group
	for range 4 {
		g.Go(func() error {
			wake, stop := w.db.Watch("counter")
			defer stop()
			for {
				n := 0
				if err := w.db.View(t.Context(), func(tx *store.Tx) error {
					text, err := tx.Settings().Get("counter")
					n = len(text)
					return err
				}); err != nil {
					return err
				}
				if n == last {
					seen.Add(1)
					return nil
				}
				<-wake
			}
		})
	}
	text := ""
	for range last {
		text += "+"
		w.update(t, func(tx *store.Tx) error {
			tx.Touch("counter")
			return tx.Settings().Set("counter", text)
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	same(t, "watchers that saw the last", int(seen.Load()), 4)
}

// expect looks for a wakeup, within far less than a tick where none should come.
func expect(t *testing.T, what string, wake <-chan struct{}, want bool) {
	t.Helper()
	wait := 20 * time.Millisecond
	if want {
		wait = 5 * time.Second
	}
	select {
	case <-wake:
		if !want {
			t.Errorf("%s: woken", what)
		}
	case <-time.After(wait):
		if want {
			t.Errorf("%s: not woken", what)
		}
	}
}
