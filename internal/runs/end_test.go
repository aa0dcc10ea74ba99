package runs_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

func TestSeal(t *testing.T) {
	w := newWorld(t)
	r := w.collecting(w.submit())
	f := w.finished(petri.Outcome{Wall: 1500 * time.Millisecond, CPU: time.Second, PeakMemoryBytes: 1 << 20})
	sealed, err := w.Seal(ctx, r.ID, f)
	w.must(err)
	if sealed.Status != petri.RunSucceeded || sealed.Results == "" || sealed.Record == "" || sealed.SealedAt.IsZero() || len(sealed.ResultChanges) != 1 {
		t.Errorf("got %+v", sealed)
	}
	again, err := w.Seal(ctx, r.ID, f) // a worker that came back
	w.must(err)
	if diff := cmp.Diff(sealed, again); diff != "" {
		t.Errorf("sealed again: %s", diff)
	}
	stored, err := w.Record(ctx, w.alice, run(1))
	w.must(err)
	var record petri.Record
	w.must(json.Unmarshal(stored.Document, &record))
	if record.Type != petri.RecordType || record.Run != "alice/p#1" || record.Sequence != 1 || record.Server != "server-1" || record.Origin != "cli" ||
		record.Environment.Ref != "alice/r@2" || record.Environment.Image != w.new.Image.Digest || record.Environment.BaseDigest != digest("debian") ||
		record.Commit.ID != w.project.Head || record.Commit.Git == nil || record.Resources.WallSeconds != 1.5 || record.Outcome.Status != petri.RunSucceeded ||
		record.Results.Commit != sealed.Results || record.Log.Bytes != f.LogBytes || record.Host.Kernel != "6.18" || record.Times.Finished == "" ||
		len(record.Results.LeftOut) != 1 || record.Packages.Changed || record.WorkingDir != "/work" {
		t.Errorf("record %+v", record)
	}
	w.update(func(tx *store.Tx) error {
		commit, err := tx.Commits().ByID(w.project.ID, sealed.Results)
		if err == nil && (commit.Tree != f.Collected.Tree || len(commit.Parents) != 1 || commit.Parents[0] != r.Commit) {
			t.Errorf("results commit %+v", commit)
		}
		return err
	})
	if _, err := w.blobs.Stat(ctx, sealed.Results.Digest()); err != nil {
		t.Errorf("the results commit is no blob: %v", err)
	}
	// The project's head stays where it was: results are adopted only by a person.
	w.update(func(tx *store.Tx) error {
		p, err := tx.Projects().ByID(w.project.ID)
		if p.Head != w.project.Head {
			t.Errorf("head moved to %s", p.Head)
		}
		return err
	})
}

func TestSealRefuses(t *testing.T) {
	w := newWorld(t)
	r := w.submit()
	_, err := w.Seal(ctx, r.ID, w.finished(petri.Outcome{}))
	w.refused(err, petri.Conflict, "is queued and cannot be sealed")
	_, err = w.Seal(ctx, 99, runs.Finished{})
	w.refused(err, petri.NotFound, "")
	if _, err := w.Advance(ctx, r.ID, petri.RunQueued, petri.RunStopped, nil); petri.KindOf(err) != petri.Internal {
		t.Errorf("ended without a record: %v", err)
	}
}

func TestSealingAtOnceMakesOneChain(t *testing.T) {
	w := newWorld(t)
	const many = 12
	var ids []petri.RunID
	for range many {
		ids = append(ids, w.collecting(w.submit()).ID)
	}
	f := w.finished(petri.Outcome{})
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			if _, err := w.Seal(ctx, id, f); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for n := 1; n <= many; n++ {
		v, err := w.Verify(ctx, w.alice, run(n))
		w.must(err)
		if !v.OK() {
			t.Errorf("run %d: %+v", n, v.Checks)
		}
	}
	w.update(func(tx *store.Tx) error {
		list, err := tx.Records().List(w.project.ID)
		if len(list) != many {
			t.Errorf("%d records", len(list))
		}
		return err
	})
}

func TestStop(t *testing.T) {
	w := newWorld(t)
	r := w.submit()
	_, err := w.Stop(ctx, w.bob, run(1))
	w.refused(err, petri.NotFound, "there is no project alice/p")
	stopped, err := w.Stop(ctx, w.alice, run(1))
	w.must(err)
	if stopped.Status != petri.RunStopped || stopped.Record == "" || !stopped.StartedAt.IsZero() || stopped.Results != "" || runs.Reason(stopped) != "stopped by alice before it began" {
		t.Errorf("queued: %+v", stopped)
	}
	v, err := w.Verify(ctx, w.alice, run(1))
	w.must(err)
	if !v.OK() {
		t.Errorf("its record: %+v", v.Checks)
	}
	w.refused(w.Claim(ctx, r.ID, "worker"), petri.Conflict, "not queued any more")
	_, err = w.Stop(ctx, w.alice, run(1))
	w.refused(err, petri.Conflict, "ended already")

	r = w.collecting(w.submit())
	for _, who := range []string{"alice", "root"} {
		c := w.alice
		if who == "root" {
			c = w.root
		}
		if r, err = w.Stop(ctx, c, run(2)); err != nil || r.Status != petri.RunCollecting || r.StopRequestedBy != "alice" {
			t.Errorf("under way, asked by %s: %+v, %v", who, r, err)
		}
	}
	r, err = w.Seal(ctx, r.ID, w.finished(petri.Outcome{Stopped: true, ExitCode: 143, Signal: "SIGTERM"}))
	w.must(err)
	if r.Status != petri.RunStopped || runs.Reason(r) != "stopped by alice" || r.Results == "" {
		t.Errorf("stopped: %+v", r)
	}
	_, err = w.Stop(ctx, w.alice, run(9))
	w.refused(err, petri.NotFound, "there is no run alice/p#9")
	w.update(func(tx *store.Tx) error {
		p := w.project
		p.Visibility = petri.Everyone
		return tx.Projects().Edit(&p)
	})
	_, err = w.Stop(ctx, w.bob, run(2))
	w.refused(err, petri.Denied, "only alice")
}

func TestFail(t *testing.T) {
	w := newWorld(t)
	r := w.submit()
	w.must(w.Claim(ctx, r.ID, "worker"))
	_, err := w.Advance(ctx, r.ID, petri.RunStarting, petri.RunQueued, nil)
	w.must(err)
	w.must(w.Claim(ctx, r.ID, "worker"))
	w.must(w.Fail(ctx, r.ID, "the image is gone", petri.DigestBytes([]byte("log"))))
	w.must(w.Fail(ctx, r.ID, "again", ""))
	got, err := w.Get(ctx, w.alice, run(1))
	w.must(err)
	if got.Status != petri.RunError || got.Error != "the image is gone" || got.Log != petri.DigestBytes([]byte("log")) || got.Attempts != 2 || runs.Reason(got) != "Petri could not do its part: the image is gone" {
		t.Errorf("got %+v", got)
	}
	sealed := w.sealed(petri.Outcome{})
	w.refused(w.Fail(ctx, sealed.ID, "late", ""), petri.Conflict, "")
}

func TestRerun(t *testing.T) {
	w := newWorld(t)
	want := w.submission()
	want.Environment = ref("r@1")
	want.Spec.Title, want.Spec.Timeout, want.Spec.Variables = "first", time.Minute, map[string]string{"A": "1"}
	first, err := w.Submit(ctx, w.alice, want)
	w.must(err)
	first, err = w.Seal(ctx, w.collecting(first).ID, w.finished(petri.Outcome{}))
	w.must(err)
	// All moves on: another head, the environment archived, the project on another one.
	w.commit(map[string]string{"main.R": "print(2)\n"})
	w.update(func(tx *store.Tx) error {
		return tx.Environments().Edit(w.old.EnvironmentID, "", petri.Private, true)
	})
	again, err := w.Rerun(ctx, w.alice, run(1), runs.Repetition{})
	w.must(err)
	if again.Ref != run(2) || again.Commit != first.Commit || again.Image != first.Image || again.Environment != first.Environment || again.RerunOf != "alice/p#1" {
		t.Errorf("got %+v", again)
	}
	if diff := cmp.Diff(first.Spec, again.Spec); diff != "" {
		t.Error(diff)
	}
	other, err := w.Rerun(ctx, w.alice, run(1), runs.Repetition{Environment: ref("r@2"), Title: "second", Origin: "web"})
	w.must(err)
	if other.Image != w.new.Image.Digest || other.Spec.Title != "second" || other.Commit != first.Commit || other.Origin != "web" {
		t.Errorf("got %+v", other)
	}
	_, err = w.Submit(ctx, w.alice, want)
	w.refused(err, petri.Conflict, "environment alice/r is archived, and nothing new can run in it")
	_, err = w.Rerun(ctx, w.alice, again.Ref, runs.Repetition{})
	w.refused(err, petri.Conflict, "run alice/p#2 has not ended, it is queued: wait for it or stop it")
	_, err = w.Rerun(ctx, w.alice, run(1), runs.Repetition{Environment: ref("none")})
	w.refused(err, petri.NotFound, "there is no environment")
	_, err = w.Rerun(ctx, w.alice, run(99), runs.Repetition{})
	w.refused(err, petri.NotFound, "there is no run alice/p#99")
	_, err = w.Rerun(ctx, w.bob, run(1), runs.Repetition{})
	w.refused(err, petri.NotFound, "there is no project")
}

func TestReason(t *testing.T) {
	tests := []struct {
		want string
		spec petri.RunSpec
		o    petri.Outcome
	}{
		{"succeeded", petri.RunSpec{}, petri.Outcome{}},
		{"exit code 3", petri.RunSpec{}, petri.Outcome{ExitCode: 3}},
		{"killed: out of memory (limit 512 MiB)", petri.RunSpec{MemoryBytes: 512 << 20}, petri.Outcome{ExitCode: 137, Signal: "SIGKILL", OOMKilled: true}},
		{"succeeded, though one of its processes was killed: out of memory (limit 1 GiB)", petri.RunSpec{MemoryBytes: 1 << 30}, petri.Outcome{OOMKilled: true}},
		{"time limit of 10 s reached", petri.RunSpec{Timeout: 10 * time.Second}, petri.Outcome{ExitCode: 143, Signal: "SIGTERM", TimedOut: true}},
		{"time limit of 1 h 1 min 0.5 s reached", petri.RunSpec{Timeout: time.Hour + time.Minute + 500*time.Millisecond}, petri.Outcome{TimedOut: true}},
		{"ended by SIGSEGV", petri.RunSpec{}, petri.Outcome{ExitCode: 139, Signal: "SIGSEGV"}},
		{"stopped by alice", petri.RunSpec{}, petri.Outcome{ExitCode: 143, Signal: "SIGTERM", Stopped: true}},
		{"exit code 1: the server's disk was full", petri.RunSpec{}, petri.Outcome{ExitCode: 1, DiskFull: true}},
		{"ended by Petri: the server's disk was about to be full", petri.RunSpec{}, petri.Outcome{ExitCode: 143, DiskFull: true}},
		{"could not start: Rscript: not found in the image", petri.RunSpec{}, petri.Outcome{ExitCode: 127, StartError: "Rscript: not found in the image"}},
	}
	for _, test := range tests {
		r := petri.Run{Status: test.o.Status(), Spec: test.spec, Outcome: test.o, StopRequestedBy: "alice", StartedAt: time.Unix(1, 0)}
		if got := runs.Reason(r); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if got := runs.Reason(petri.Run{Status: petri.RunRunning}); got != "" {
		t.Errorf("running: %q", got)
	}
}

func TestCompareAndPackages(t *testing.T) {
	w := newWorld(t)
	w.sealed(petri.Outcome{})
	w.sealed(petri.Outcome{})
	c, err := w.Compare(ctx, w.alice, run(1), run(2), petri.Rules{})
	w.must(err)
	if c.Verdict != "same" || len(c.Results) != 1 || len(c.Code) != 0 {
		t.Errorf("got %+v", c)
	}
	for _, atEnd := range []bool{false, true} {
		list, err := w.Packages(ctx, w.alice, run(1), atEnd)
		w.must(err)
		if len(list) != 1 || list[0].Name != "survival" {
			t.Errorf("packages %+v", list)
		}
	}
}
