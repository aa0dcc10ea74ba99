package envs_test

import (
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/envs"
)

func TestReuseWhenBuilt(t *testing.T) {
	w := newWorld(t)
	definition := envs.Change{Base: from("debian:12"), Instructions: ptr("RUN x"), Variables: &map[string]string{"A": "1"}}
	w.create("first", definition)
	first := w.build("debian")
	w.create("second", definition)
	if r := w.build("debian"); r.ReusedFrom != "alice/first@1" || r.Image != first.Image {
		t.Errorf("the same definition was not reused: %+v", r)
	}
	w.create("moved", definition)
	if r := w.build("newer debian"); r.ReusedFrom != "" {
		t.Error("the base has moved, and the image was used again")
	}
	changed := definition
	changed.Variables = &map[string]string{"A": "2"}
	w.create("changed", changed)
	if r := w.build("debian"); r.ReusedFrom != "" {
		t.Error("variables differ, and the image was used again")
	}
	fresh := definition
	fresh.NoCache = true
	w.create("fresh", fresh)
	if r := w.build("debian"); r.ReusedFrom != "" {
		t.Error("no cache was asked for, and the image was used again")
	}
}

func TestReuseWhenSaved(t *testing.T) {
	w := newWorld(t)
	w.create("r", envs.Change{Base: from("debian:12")})
	w.build("debian")
	w.create("one", envs.Change{Base: from("r@1"), Instructions: ptr("RUN x")})
	one := w.build("image of alice/r@1") // its digest was known before
	r := w.create("two", envs.Change{Base: from("r@1"), Instructions: ptr("RUN x\n")})
	if r.Status != petri.BuildReady || r.ReusedFrom != "alice/one@1" || r.Image != one.Image || w.active("two") != 1 {
		t.Errorf("got %+v, active %d", r, w.active("two"))
	}
	// A third one names the revision that was really built.
	if r := w.create("three", envs.Change{Base: from("r@1"), Instructions: ptr("RUN x")}); r.ReusedFrom != "alice/one@1" {
		t.Errorf("reused from %q", r.ReusedFrom)
	}
	if r := w.create("four", envs.Change{Base: from("r@1"), Instructions: ptr("RUN x"), NoCache: true}); r.Status != petri.BuildQueued {
		t.Errorf("no cache: %+v", r)
	}
	if _, err := w.ClaimBuild(ctx, "worker"); err != nil {
		t.Errorf("the one to be built anew: %v", err)
	}
	if _, err := w.ClaimBuild(ctx, "worker"); petri.KindOf(err) != petri.NotFound {
		t.Errorf("one that needs no build is queued: %v", err)
	}
}

func TestBuildAgain(t *testing.T) {
	w := newWorld(t)
	w.create("r", envs.Change{Base: from("debian:12")})
	_, err := w.Build(ctx, w.alice, ref("r"), false, false)
	w.refused(err, petri.Conflict, "being built already, it is queued")
	build, err := w.ClaimBuild(ctx, "worker")
	w.must(err)
	_, err = w.Build(ctx, w.alice, ref("r@1"), false, false)
	w.refused(err, petri.Conflict, "it is building")
	w.must(w.SealFailed(ctx, build.ID, "line 3 failed with exit code 7", w.put("log")))
	w.must(w.SealFailed(ctx, build.ID, "again", "")) // a worker that came back
	_, r, err := w.Revision(ctx, w.alice, ref("r@1"))
	w.must(err)
	if r.Status != petri.BuildFailed || r.Error != "line 3 failed with exit code 7" || w.active("r") != 0 {
		t.Errorf("got %+v", r)
	}
	_, _, err = w.Revision(ctx, w.alice, ref("r"))
	w.refused(err, petri.Conflict, "failed to build")
	r, err = w.Build(ctx, w.alice, ref("r"), true, true)
	w.must(err)
	if r.Status != petri.BuildQueued || r.Error != "" || !r.Promote {
		t.Errorf("queued again: %+v", r)
	}
	if r = w.build("debian"); r.Status != petri.BuildReady || w.active("r") != 1 {
		t.Errorf("built again: %+v", r)
	}
	_, err = w.Build(ctx, w.alice, ref("r"), false, false)
	w.refused(err, petri.Conflict, "make a new revision")
	_, err = w.Build(ctx, w.alice, ref("r@5"), false, false)
	w.refused(err, petri.NotFound, "alice/r@5")
}

func TestCancel(t *testing.T) {
	w := newWorld(t)
	w.create("r", envs.Change{Base: from("debian:12")})
	r, err := w.Cancel(ctx, w.alice, ref("r"))
	w.must(err)
	if r.Status != petri.BuildCanceled || r.Error != "cancelled by alice before it began" || r.BuildDuration != 0 {
		t.Errorf("a queued build: %+v", r)
	}
	_, err = w.Cancel(ctx, w.alice, ref("r"))
	w.refused(err, petri.Conflict, "is not being built: it is canceled")
	_, err = w.Build(ctx, w.alice, ref("r"), false, false)
	w.must(err)
	build, err := w.ClaimBuild(ctx, "worker")
	w.must(err)
	for range 2 {
		if r, err = w.Cancel(ctx, w.alice, ref("r@1")); err != nil || r.Status != petri.BuildBuilding {
			t.Errorf("a build under way: %+v, %v", r, err)
		}
	}
	w.must(w.SealCanceled(ctx, build.ID, w.put("log")))
	w.must(w.SealCanceled(ctx, build.ID, ""))
	if r, err = w.ByID(ctx, r.ID); err != nil || r.Status != petri.BuildCanceled {
		t.Errorf("cancelled: %+v, %v", r, err)
	}
	if err := w.SealReady(ctx, build.ID, petri.Image{Digest: digest("late")}, "", ""); petri.KindOf(err) != petri.Conflict {
		t.Errorf("a cancelled build became ready: %v", err)
	}
}

func TestRequeue(t *testing.T) {
	w := newWorld(t)
	w.create("a", envs.Change{Base: from("debian:12")})
	w.create("b", envs.Change{Base: from("debian:12")})
	first, err := w.ClaimBuild(ctx, "worker")
	w.must(err)
	_, err = w.ClaimBuild(ctx, "worker")
	w.must(err)
	_, err = w.Cancel(ctx, w.alice, ref("b"))
	w.must(err)
	w.must(w.RequeueHeld(ctx, "other"))
	w.must(w.RequeueHeld(ctx, "worker"))
	_, r, err := w.Revision(ctx, w.alice, ref("b@1"))
	w.must(err)
	if r.Status != petri.BuildCanceled {
		t.Errorf("cancelled while its server was away: %s", r.Status)
	}
	again, err := w.ClaimBuild(ctx, "worker")
	w.must(err)
	if again.ID != first.ID {
		t.Errorf("claimed %d, want %d again", again.ID, first.ID)
	}
	w.must(w.Requeue(ctx, again.ID))
	if err := w.Requeue(ctx, again.ID); petri.KindOf(err) != petri.Conflict {
		t.Errorf("requeued twice: %v", err)
	}
	w.build("debian")
	w.must(w.SealReady(ctx, again.ID, petri.Image{Digest: digest("x")}, "", "")) // no error, and nothing changes
	if _, r, _ := w.Revision(ctx, w.alice, ref("a")); r.Image.Digest != digest("image of alice/a@1") {
		t.Errorf("sealing again changed the image: %+v", r)
	}
}
