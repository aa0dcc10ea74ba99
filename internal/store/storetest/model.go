package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// modelRun is what the model knows of a run.
type modelRun struct {
	id       petri.RunID
	by       string
	status   petri.RunStatus
	worker   string
	attempts int
	stop     string
}

func (m *modelRun) held() bool {
	return m.status == petri.RunStarting || m.status == petri.RunRunning || m.status == petri.RunCollecting
}

// testRunModel does anything to some runs and compares the store with a model in memory.
func testRunModel(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	checks := 0 // all share one store, and tell themselves apart by their own project, people and workers
	rapid.Check(t, func(rt *rapid.T) {
		checks++
		p := petri.Project{Owner: "alice", Name: fmt.Sprintf("model%d", checks), Visibility: petri.Private}
		if err := w.db.Update(t.Context(), func(tx *store.Tx) error { return tx.Projects().Create(&p) }); err != nil {
			rt.Fatal(err)
		}
		people := []string{"p" + p.Name, "q" + p.Name, "r" + p.Name}
		workers := []string{"one" + p.Name, "two" + p.Name}
		var runs []*modelRun
		update := func(fn func(*store.Tx) error) error { return w.db.Update(t.Context(), fn) }
		pick := func(rt *rapid.T) *modelRun {
			if len(runs) == 0 {
				rt.Skip("no run yet")
			}
			return rapid.SampledFrom(runs).Draw(rt, "run")
		}
		outcome := func(rt *rapid.T, what string, allowed bool, err error) {
			want := petri.Kind("")
			if !allowed {
				want = petri.Conflict
			}
			if petri.KindOf(err) != want {
				rt.Fatalf("%s: %v, want kind %q", what, err, want)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"create": func(rt *rapid.T) {
				r := w.aRun(p, rapid.SampledFrom(people).Draw(rt, "by"))
				outcome(rt, "create", true, update(func(tx *store.Tx) error { return tx.Runs().Create(&r) }))
				runs = append(runs, &modelRun{id: r.ID, by: r.CreatedBy, status: petri.RunQueued})
			},
			"claim": func(rt *rapid.T) {
				m, worker := pick(rt), rapid.SampledFrom(workers).Draw(rt, "worker")
				allowed := m.status == petri.RunQueued
				outcome(rt, "claim", allowed, update(func(tx *store.Tx) error { return tx.Runs().Claim(m.id, worker) }))
				if allowed {
					m.status, m.worker = petri.RunStarting, worker
					m.attempts++
				}
			},
			"step": func(rt *rapid.T) {
				m := pick(rt)
				from, to := rapid.SampledFrom(petri.RunStatuses()).Draw(rt, "from"), rapid.SampledFrom(petri.RunStatuses()).Draw(rt, "to")
				if rapid.Bool().Draw(rt, "truly") {
					from = m.status
				}
				allowed := m.status == from && from.CanBecome(to) && to != petri.RunStarting
				outcome(rt, "step", allowed, update(func(tx *store.Tx) error { return tx.Runs().Transition(m.id, from, to, nil) }))
				if allowed {
					m.status = to
				}
				if !m.held() {
					m.worker = ""
				}
			},
			"stop": func(rt *rapid.T) {
				m, by := pick(rt), rapid.SampledFrom(people).Draw(rt, "by")
				outcome(rt, "stop", !m.status.Ended(), update(func(tx *store.Tx) error { return tx.Runs().RequestStop(m.id, by) }))
				if !m.status.Ended() && m.stop == "" {
					m.stop = by
				}
			},
			"": func(rt *rapid.T) {
				if err := w.db.View(t.Context(), func(tx *store.Tx) error { return compareRuns(rt, tx, p, runs, workers) }); err != nil {
					rt.Fatal(err)
				}
			},
		})
		for _, m := range runs { // the next check begins with an empty queue
			if !m.status.Ended() {
				outcome(rt, "end", true, update(func(tx *store.Tx) error { return tx.Runs().Transition(m.id, m.status, petri.RunError, nil) }))
			}
		}
	})
}

func compareRuns(rt *rapid.T, tx *store.Tx, p petri.Project, runs []*modelRun, workers []string) error {
	for n, m := range runs {
		r, err := tx.Runs().ByNumber(p.ID, n+1)
		if err != nil {
			return err
		}
		got := modelRun{r.ID, r.CreatedBy, r.Status, m.worker, r.Attempts, r.StopRequestedBy}
		if got != *m {
			rt.Fatalf("run %d is %+v, the model says %+v", n+1, got, *m)
		}
	}
	queued, err := tx.Runs().Queued()
	if err != nil {
		return err
	}
	var got []petri.RunID
	for _, r := range queued {
		if r.ProjectID == p.ID {
			got = append(got, r.ID)
		}
	}
	if want := fairOrder(runs); !slices.Equal(got, want) {
		rt.Fatalf("queue %v, the model says %v", got, want)
	}
	for _, worker := range workers {
		active, err := tx.Runs().Active(worker)
		if err != nil {
			return err
		}
		var ids, want []petri.RunID
		for _, r := range active {
			ids = append(ids, r.ID)
		}
		for _, m := range runs {
			if m.worker == worker {
				want = append(want, m.id)
			}
		}
		if !slices.Equal(ids, want) {
			rt.Fatalf("%s holds %v, the model says %v", worker, ids, want)
		}
	}
	return nil
}

// fairOrder starts, again and again, the oldest run of the user who has fewest.
func fairOrder(runs []*modelRun) (order []petri.RunID) {
	active, waiting := map[string]int{}, map[string][]petri.RunID{}
	for _, m := range runs {
		switch {
		case m.held():
			active[m.by]++
		case m.status == petri.RunQueued:
			waiting[m.by] = append(waiting[m.by], m.id)
		}
	}
	for len(waiting) > 0 {
		next := slices.MinFunc(slices.Collect(maps.Keys(waiting)), func(a, b string) int {
			return cmp.Or(cmp.Compare(active[a], active[b]), cmp.Compare(waiting[a][0], waiting[b][0]))
		})
		order = append(order, waiting[next][0])
		active[next]++
		if waiting[next] = waiting[next][1:]; len(waiting[next]) == 0 {
			delete(waiting, next)
		}
	}
	return order
}

// testBuildModel does the same to builds.
func testBuildModel(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	type modelBuild struct {
		id       petri.BuildID
		status   petri.BuildStatus
		canceled bool
	}
	rapid.Check(t, func(rt *rapid.T) {
		var builds []*modelBuild
		update := func(fn func(*store.Tx) error) error { return w.db.Update(t.Context(), fn) }
		must := func(rt *rapid.T, want petri.Kind, err error) {
			if petri.KindOf(err) != want {
				rt.Fatalf("%v, want kind %q", err, want)
			}
		}
		pick := func(rt *rapid.T) *modelBuild {
			if len(builds) == 0 {
				rt.Skip("no build yet")
			}
			return rapid.SampledFrom(builds).Draw(rt, "build")
		}
		rt.Repeat(map[string]func(*rapid.T){
			"create": func(rt *rapid.T) {
				b := petri.Build{RevisionID: w.revision.ID}
				must(rt, "", update(func(tx *store.Tx) error { return tx.Builds().Create(&b) }))
				builds = append(builds, &modelBuild{id: b.ID, status: petri.BuildQueued})
			},
			"claim": func(rt *rapid.T) {
				first := slices.IndexFunc(builds, func(m *modelBuild) bool { return m.status == petri.BuildQueued })
				var got petri.Build
				err := update(func(tx *store.Tx) (err error) { got, err = tx.Builds().Claim("one"); return err })
				if first < 0 {
					must(rt, petri.NotFound, err)
					return
				}
				must(rt, "", err)
				if got.ID != builds[first].id {
					rt.Fatalf("claimed build %d, build %d was first", got.ID, builds[first].id)
				}
				builds[first].status = petri.BuildBuilding
			},
			"step": func(rt *rapid.T) {
				m := pick(rt)
				from, to := rapid.SampledFrom(petri.BuildStatuses()).Draw(rt, "from"), rapid.SampledFrom(petri.BuildStatuses()).Draw(rt, "to")
				want := petri.Conflict
				if m.status == from && from.CanBecome(to) && to != petri.BuildBuilding {
					want = ""
				}
				must(rt, want, update(func(tx *store.Tx) error { return tx.Builds().Transition(m.id, from, to, nil) }))
				if want == "" {
					m.status = to
				}
			},
			"cancel": func(rt *rapid.T) {
				m, want := pick(rt), petri.Kind("")
				if m.status.Ended() {
					want = petri.Conflict
				}
				must(rt, want, update(func(tx *store.Tx) error { return tx.Builds().RequestCancel(m.id) }))
				m.canceled = m.canceled || want == ""
			},
			"": func(rt *rapid.T) {
				for _, m := range builds {
					if got := w.build(t, m.id); got.Status != m.status || got.CancelRequested != m.canceled {
						rt.Fatalf("build %d is %s, the model says %s", m.id, got.Status, m.status)
					}
				}
			},
		})
		for _, m := range builds { // the next check begins with an empty queue
			if !m.status.Ended() {
				must(rt, "", update(func(tx *store.Tx) error { return tx.Builds().Transition(m.id, m.status, petri.BuildCanceled, nil) }))
			}
		}
	})
}
