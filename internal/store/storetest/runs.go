package storetest

import (
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

func testRuns(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	r := petri.Run{
		ProjectID: w.project.ID, RevisionID: w.revision.ID, Environment: w.revision.Ref, Commit: petri.CommitID(digest(1).Hex()),
		Image: digest(2), Origin: "web", CreatedBy: "bob", RerunOf: "alice/churn#7",
		Spec: petri.RunSpec{Command: []string{"sh", "-c", "echo '?' \x00"}, CPUs: 0.5, MemoryBytes: 1 << 34, GPUs: 1, Timeout: time.Hour,
			Network: petri.NetworkNone, Variables: map[string]string{"A": "b"}, Tags: []string{"x", "y", "x"}, Title: "über"},
	}
	w.update(t, func(tx *store.Tx) error { return tx.Runs().Create(&r) })
	same(t, "ref", r.Ref.String(), "alice/churn#1")
	same(t, "as created", w.run(t, r.ID), r)
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Runs().Create(&petri.Run{ProjectID: 99}) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error {
		return tx.Runs().Create(&petri.Run{ProjectID: w.project.ID, RevisionID: 99})
	})
	same(t, "no number was lost", w.newRun(t, "alice").Ref.Number, 2)
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Runs().ByID(99); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Runs().ByNumber(w.project.ID, 99); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Runs().Claim(99, "one") })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Runs().RequestStop(99, "bob") })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Runs().Transition(99, petri.RunQueued, petri.RunStopped, nil) })

	w.update(t, func(tx *store.Tx) error { return tx.Runs().Claim(r.ID, "one") })
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Runs().Claim(r.ID, "two") })
	w.update(t, func(tx *store.Tx) error { return tx.Runs().Transition(r.ID, petri.RunStarting, petri.RunQueued, nil) })
	w.update(t, func(tx *store.Tx) error { return tx.Runs().Claim(r.ID, "one") })
	w.update(t, func(tx *store.Tx) error {
		return tx.Runs().Transition(r.ID, petri.RunStarting, petri.RunRunning, func(r *petri.Run) { r.StartedAt = noon.Add(time.Second) })
	})
	w.update(t, func(tx *store.Tx) error { return tx.Runs().RequestStop(r.ID, "alice") })
	w.update(t, func(tx *store.Tx) error { return tx.Runs().RequestStop(r.ID, "bob") })
	r.Status, r.Attempts, r.StartedAt, r.StopRequestedBy = petri.RunRunning, 2, noon.Add(time.Second), "alice"
	same(t, "running", w.run(t, r.ID), r)

	end := func(r *petri.Run) {
		r.FinishedAt, r.SealedAt = noon.Add(2*time.Second), noon.Add(3*time.Second)
		r.Outcome = petri.Outcome{ExitCode: 137, Signal: "SIGKILL", OOMKilled: true, TimedOut: true, Stopped: true, DiskFull: true,
			StartError: "none", Wall: time.Second, CPU: 1500 * time.Millisecond, PeakMemoryBytes: 1 << 33}
		r.Log, r.Results, r.PackagesBefore, r.PackagesAfter, r.Record = digest(3), petri.CommitID(digest(4).Hex()), digest(5), digest(6), digest(7)
		r.ResultChanges = []petri.ResultChange{{Path: "out/a\n\"?\".csv", Change: "added", Bytes: 5, Digest: digest(8)}, {Path: "not \xff\xfe utf-8", Change: "removed"}}
		r.LeftOut = []petri.LeftOut{{Path: "a \xff socket", Why: "a socket"}, {Why: "and 3 more"}}
		r.Error = "none"
	}
	w.update(t, func(tx *store.Tx) error {
		if err := tx.Runs().Transition(r.ID, petri.RunRunning, petri.RunCollecting, nil); err != nil {
			return err
		}
		return tx.Runs().Transition(r.ID, petri.RunCollecting, petri.RunStopped, end)
	})
	r.Status = petri.RunStopped
	end(&r)
	same(t, "ended", w.run(t, r.ID), r)
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Runs().RequestStop(r.ID, "bob") })
	w.view(t, func(tx *store.Tx) error {
		got, err := tx.Runs().ByNumber(w.project.ID, 1)
		same(t, "by number", got, r)
		return err
	})
}

func testRunList(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	open := w.newProject(t, "bob", "open", petri.Everyone)
	create := func(p petri.Project, tags ...string) petri.Run {
		r := w.aRun(p, "bob")
		r.Spec.Tags = tags
		w.update(t, func(tx *store.Tx) error { return tx.Runs().Create(&r) })
		return r
	}
	create(w.project, "nightly")
	create(open, "nightly", "x")
	create(w.project)
	last := create(open)
	failed := create(w.project, "x")
	w.update(t, func(tx *store.Tx) error { return tx.Runs().Transition(failed.ID, petri.RunQueued, petri.RunError, nil) })
	for _, test := range []struct {
		name string
		want store.RunFilter
		refs []string
	}{
		{"all", store.RunFilter{Viewer: w.admin}, []string{"alice/churn#3", "bob/open#2", "alice/churn#2", "bob/open#1", "alice/churn#1"}},
		{"visible", store.RunFilter{Viewer: w.bob}, []string{"bob/open#2", "bob/open#1"}},
		{"of a hidden project", store.RunFilter{Viewer: w.bob, Project: w.project.ID}, nil},
		{"of a project", store.RunFilter{Viewer: w.alice, Project: w.project.ID}, []string{"alice/churn#3", "alice/churn#2", "alice/churn#1"}},
		{"limit", store.RunFilter{Viewer: w.alice, Limit: 2}, []string{"alice/churn#3", "bob/open#2"}},
		{"before a number", store.RunFilter{Viewer: w.alice, Project: w.project.ID, Before: 3, Limit: 1}, []string{"alice/churn#2"}},
		{"before a row", store.RunFilter{Viewer: w.alice, Before: int(last.ID)}, []string{"alice/churn#2", "bob/open#1", "alice/churn#1"}},
		{"tag", store.RunFilter{Viewer: w.alice, Tag: "nightly"}, []string{"bob/open#1", "alice/churn#1"}},
		{"status", store.RunFilter{Viewer: w.alice, Status: []petri.RunStatus{petri.RunError, petri.RunFailed}}, []string{"alice/churn#3"}},
		{"status and tag", store.RunFilter{Viewer: w.alice, Tag: "x", Status: []petri.RunStatus{petri.RunQueued}}, []string{"bob/open#1"}},
		{"no such tag", store.RunFilter{Viewer: w.alice, Tag: "night%"}, nil},
	} {
		w.view(t, func(tx *store.Tx) error {
			list, err := tx.Runs().List(test.want)
			var refs []string
			for _, r := range list {
				refs = append(refs, r.Ref.String())
			}
			same(t, test.name, refs, test.refs)
			return err
		})
	}
}

// roads say how a new run gets into each status.
var roads = map[petri.RunStatus][]petri.RunStatus{
	petri.RunQueued:     {},
	petri.RunStarting:   {petri.RunStarting},
	petri.RunRunning:    {petri.RunStarting, petri.RunRunning},
	petri.RunCollecting: {petri.RunStarting, petri.RunRunning, petri.RunCollecting},
	petri.RunSucceeded:  {petri.RunStarting, petri.RunRunning, petri.RunCollecting, petri.RunSucceeded},
	petri.RunFailed:     {petri.RunStarting, petri.RunRunning, petri.RunCollecting, petri.RunFailed},
	petri.RunStopped:    {petri.RunStopped},
	petri.RunError:      {petri.RunError},
}

// step takes one step of a run's life.
func step(tx *store.Tx, id petri.RunID, from, to petri.RunStatus) error {
	if from == petri.RunQueued && to == petri.RunStarting {
		return tx.Runs().Claim(id, "one")
	}
	return tx.Runs().Transition(id, from, to, func(r *petri.Run) { r.Error = "changed" })
}

func (w *world) runTo(t testing.TB, want petri.RunStatus) petri.Run {
	t.Helper()
	r := w.newRun(t, "alice")
	w.update(t, func(tx *store.Tx) error {
		at := petri.RunQueued
		for _, next := range roads[want] {
			if err := step(tx, r.ID, at, next); err != nil {
				return err
			}
			at = next
		}
		return nil
	})
	return w.run(t, r.ID)
}

func testRunSteps(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	for _, from := range petri.RunStatuses() {
		for _, to := range petri.RunStatuses() {
			r := w.runTo(t, from)
			for _, claimed := range petri.RunStatuses() {
				if claimed != from {
					w.refused(t, petri.Conflict, func(tx *store.Tx) error { return step(tx, r.ID, claimed, to) })
				}
			}
			same(t, "after refusals", w.run(t, r.ID), r)
			err := w.db.Update(t.Context(), func(tx *store.Tx) error { return step(tx, r.ID, from, to) })
			got := w.run(t, r.ID)
			switch {
			case from.CanBecome(to) && (err != nil || got.Status != to):
				t.Errorf("%s → %s: %v, is %s", from, to, err, got.Status)
			case !from.CanBecome(to) && petri.KindOf(err) != petri.Conflict:
				t.Errorf("%s → %s was not refused: %v", from, to, err)
			case !from.CanBecome(to):
				same(t, "after refusal", got, r)
			}
		}
	}
}
