package envs_test

import (
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/store"
)

func TestEditKeepsWhatIsNotChanged(t *testing.T) {
	w := newWorld(t)
	files := w.files("a.R")
	w.create("r", envs.Change{Base: from("debian:12"), Instructions: ptr("COPY a.R /"), Files: &files, Variables: &map[string]string{"A": "1"}})
	w.build("debian")
	r, err := w.Edit(ctx, w.alice, ref("r"), envs.Change{Instructions: ptr("COPY a.R /b.R")})
	w.must(err)
	d := r.Definition
	if r.Ref.Revision != 2 || d.Base.Ref != "debian:12" || d.Base.Digest != "" || d.Files != files || d.Variables["A"] != "1" || d.Instructions != "COPY a.R /b.R" {
		t.Errorf("got %+v", r)
	}
	// The attached files went, so what copies them cannot stay.
	_, err = w.Edit(ctx, w.alice, ref("r"), envs.Change{Files: ptr(petri.Digest(""))})
	w.refused(err, petri.Invalid, "a.R is not among the attached files")
	// From an older one.
	r, err = w.Edit(ctx, w.alice, ref("r@1"), envs.Change{Note: "back"})
	w.must(err)
	if r.Ref.Revision != 3 || r.Definition.Instructions != "COPY a.R /" || r.Note != "back" {
		t.Errorf("got %+v", r)
	}
}

func TestWhoMayWhat(t *testing.T) {
	w := newWorld(t)
	w.create("open", envs.Change{Base: from("debian:12")})
	w.build("debian")
	w.create("closed", envs.Change{Base: from("debian:12"), NoCache: true})
	w.build("debian")
	_, err := w.Describe(ctx, w.alice, ref("open"), envs.Description{Visibility: ptr(petri.Everyone)})
	w.must(err)
	_, _, nothing := w.Revision(ctx, w.bob, ref("nothing"))
	for name, call := range map[string]func(r petri.EnvironmentRef) error{
		"edit":    func(r petri.EnvironmentRef) error { _, err := w.Edit(ctx, w.bob, r, envs.Change{}); return err },
		"promote": func(r petri.EnvironmentRef) error { _, err := w.promote(w.bob, r.At(1)); return err },
		"describe": func(r petri.EnvironmentRef) error {
			_, err := w.Describe(ctx, w.bob, r, envs.Description{})
			return err
		},
		"archive":   func(r petri.EnvironmentRef) error { _, err := w.archive(w.bob, r, true); return err },
		"build":     func(r petri.EnvironmentRef) error { _, err := w.Build(ctx, w.bob, r, false, false); return err },
		"cancel":    func(r petri.EnvironmentRef) error { _, err := w.Cancel(ctx, w.bob, r); return err },
		"show":      func(r petri.EnvironmentRef) error { _, err := w.Get(ctx, w.bob, r); return err },
		"revision":  func(r petri.EnvironmentRef) error { _, _, err := w.Revision(ctx, w.bob, r); return err },
		"revisions": func(r petri.EnvironmentRef) error { _, _, err := w.Revisions(ctx, w.bob, r); return err },
		"packages":  func(r petri.EnvironmentRef) error { _, err := w.Packages(ctx, w.bob, r); return err },
		"diff":      func(r petri.EnvironmentRef) error { _, err := w.Diff(ctx, w.bob, ref("open"), r); return err },
		"usage":     func(r petri.EnvironmentRef) error { _, _, _, err := w.Usage(ctx, w.bob, r); return err },
		"log":       func(r petri.EnvironmentRef) error { _, err := w.BuildLogRef(ctx, w.bob, r); return err },
		"duplicate": func(r petri.EnvironmentRef) error {
			_, _, err := w.Duplicate(ctx, w.bob, r, "", "mine-"+r.Name)
			return err
		},
	} {
		changes := map[string]bool{"edit": true, "promote": true, "describe": true, "archive": true, "build": true, "cancel": true}
		w.refused(call(ref("closed")), petri.NotFound, "there is no environment alice/closed")
		w.refused(call(ref("nothing")), petri.NotFound, "there is no environment alice/nothing")
		err := call(ref("open"))
		if changes[name] {
			w.refused(err, petri.Denied, "alice")
		} else if err != nil {
			t.Errorf("%s of what everyone may see: %v", name, err)
		}
	}
	if petri.MessageOf(nothing) != ref("nothing").Missing().Message {
		t.Errorf("what is not there: %v", nothing)
	}
	list, err := w.List(ctx, w.bob, "alice", true)
	w.must(err)
	if len(list) != 1 || list[0].Name != "open" {
		t.Errorf("bob sees %+v", list)
	}
	_, err = w.Edit(ctx, w.root, ref("closed"), envs.Change{Note: "by an administrator"})
	w.must(err)
}

func TestPromote(t *testing.T) {
	w := newWorld(t)
	w.create("r", envs.Change{Base: from("debian:12"), Instructions: ptr("RUN one")})
	_, err := w.promote(w.alice, ref("r@1"))
	w.refused(err, petri.Conflict, "not ready yet")
	w.build("debian")
	edit := func(text string, promote bool) {
		t.Helper()
		_, err := w.Edit(ctx, w.alice, ref("r"), envs.Change{Instructions: ptr(text), Promote: promote})
		w.must(err)
		w.build("debian")
	}
	edit("RUN two", false)
	if got := w.active("r"); got != 1 {
		t.Errorf("a later revision became active by itself: %d", got)
	}
	edit("RUN three", true)
	if got := w.active("r"); got != 3 {
		t.Errorf("active is %d, though promotion of 3 was asked for", got)
	}
	env, err := w.promote(w.alice, ref("r@1"))
	w.must(err)
	if env.Active != 1 || w.active("r") != 1 {
		t.Errorf("back to an older one: %+v", env)
	}
	_, err = w.promote(w.alice, ref("r@7"))
	w.refused(err, petri.NotFound, "there is no revision alice/r@7")
	_, err = w.promote(w.alice, ref("r"))
	w.refused(err, petri.Invalid, "which revision")
	_, err = w.Describe(ctx, w.alice, ref("r"), envs.Description{Active: ptr(2), Description: ptr("new")})
	w.must(err)
	if w.active("r") != 2 {
		t.Error("describe did not promote")
	}
	// All or nothing.
	_, err = w.Describe(ctx, w.alice, ref("r"), envs.Description{Active: ptr(9), Description: ptr("newer")})
	w.refused(err, petri.NotFound, "alice/r@9")
	got, err := w.Get(ctx, w.alice, ref("r"))
	w.must(err)
	if got.Description != "new" || got.Active != 2 {
		t.Errorf("half of a refused change was made: %+v", got)
	}
}

func TestPromotionDoesNotOvertake(t *testing.T) {
	w := newWorld(t)
	w.create("r", envs.Change{Base: from("debian:12"), Instructions: ptr("RUN one")})
	w.build("debian")
	for _, text := range []string{"RUN two", "RUN three"} {
		_, err := w.Edit(ctx, w.alice, ref("r"), envs.Change{Instructions: ptr(text), Promote: true})
		w.must(err)
	}
	slow, err := w.ClaimBuild(ctx, "worker") // revision 2
	w.must(err)
	w.build("debian") // revision 3
	w.must(w.SealReady(ctx, slow.ID, petri.Image{Digest: digest("two")}, "", ""))
	if got := w.active("r"); got != 3 {
		t.Errorf("revision %d is active: an older one took the place of a newer one", got)
	}
}

func TestArchive(t *testing.T) {
	w := newWorld(t)
	w.create("r", envs.Change{Base: from("debian:12")})
	w.build("debian")
	_, err := w.archive(w.alice, ref("r"), true)
	w.must(err)
	_, err = w.archive(w.alice, ref("r"), true)
	w.must(err)
	list, err := w.List(ctx, w.alice, "", false)
	w.must(err)
	if len(list) != 0 {
		t.Errorf("an archived environment is listed: %+v", list)
	}
	_, err = w.Edit(ctx, w.alice, ref("r"), envs.Change{})
	w.refused(err, petri.Conflict, "is archived")
	_, err = w.promote(w.alice, ref("r@1"))
	w.refused(err, petri.Conflict, "is archived")
	_, err = w.Build(ctx, w.alice, ref("r"), false, false)
	w.refused(err, petri.Conflict, "is archived")
	_, copied, err := w.Duplicate(ctx, w.alice, ref("r"), "", "copy")
	w.must(err)
	if copied.Status != petri.BuildReady {
		t.Errorf("a duplicate of an archived one: %+v", copied)
	}
	_, err = w.archive(w.alice, ref("r"), false)
	w.must(err)
	_, err = w.Edit(ctx, w.alice, ref("r"), envs.Change{})
	w.must(err)
}

func TestDuplicate(t *testing.T) {
	w := newWorld(t)
	w.create("r", envs.Change{Base: from("debian:12"), Variables: &map[string]string{"A": "1"}})
	_, _, err := w.Duplicate(ctx, w.alice, ref("r@1"), "", "copy")
	w.refused(err, petri.Conflict, "cannot be duplicated")
	original := w.build("debian")
	env, copied, err := w.Duplicate(ctx, w.alice, ref("r"), "", "copy")
	w.must(err)
	if env.Ref().String() != "alice/copy" || env.Active != 1 || copied.Status != petri.BuildReady || copied.Image != original.Image ||
		copied.ReusedFrom != "alice/r@1" || copied.Definition.Variables["A"] != "1" {
		t.Errorf("got %+v\n%+v", env, copied)
	}
	build, err := w.BuildLogRef(ctx, w.alice, ref("copy"))
	w.must(err)
	if build.Status != petri.BuildReady || build.Log == "" {
		t.Errorf("build %+v", build)
	}
	_, _, err = w.Duplicate(ctx, w.alice, ref("r"), "", "copy")
	w.refused(err, petri.Conflict, "already")
	_, _, err = w.Duplicate(ctx, w.alice, ref("r"), "", "Bad Name")
	w.refused(err, petri.Invalid, "cannot name")
	_, _, err = w.Duplicate(ctx, w.alice, ref("r"), "bob", "x")
	w.refused(err, petri.Denied, "bob")
	_, err = w.ClaimBuild(ctx, "worker")
	w.refused(err, petri.NotFound, "")
}

func TestPackagesAndDiff(t *testing.T) {
	w := newWorld(t)
	w.create("r", envs.Change{Base: from("debian:12"), Instructions: ptr("RUN one")})
	_, err := w.Packages(ctx, w.alice, ref("r@1"))
	w.refused(err, petri.Conflict, "has no package list")
	w.build("debian")
	_, err = w.Edit(ctx, w.alice, ref("r"), envs.Change{Base: from("debian:13"), Instructions: ptr("RUN two")})
	w.must(err)
	w.build("trixie")
	list, err := w.Packages(ctx, w.alice, ref("r@2"))
	w.must(err)
	if len(list) != 1 || list[0].Name != "base-trixie" {
		t.Errorf("packages %+v", list)
	}
	diff, err := w.Diff(ctx, w.alice, ref("r@1"), ref("r@2"))
	w.must(err)
	if len(diff.Packages) != 2 || diff.Instructions == "" || len(diff.Settings) != 3 {
		t.Errorf("diff %+v", diff)
	}
}

func TestReuseSeenFromOutside(t *testing.T) {
	w := newWorld(t)
	w.create("r", envs.Change{Base: from("debian:12"), Instructions: ptr("RUN x")})
	w.build("debian")
	_, _, err := w.Create(ctx, w.bob, envs.Creation{Name: "mine", Change: envs.Change{Base: from("debian:12"), Instructions: ptr("RUN x")}})
	w.must(err)
	if r := w.build("debian"); r.ReusedFrom != "alice/r@1" {
		t.Errorf("the row says %q", r.ReusedFrom)
	}
	bobs := petri.EnvironmentRef{Owner: "bob", Name: "mine"}
	if _, r, err := w.Revision(ctx, w.bob, bobs); err != nil || r.ReusedFrom != "" {
		t.Errorf("bob is told of %q, which he may not see (%v)", r.ReusedFrom, err)
	}
	if _, r, err := w.Revision(ctx, w.root, bobs); err != nil || r.ReusedFrom != "alice/r@1" {
		t.Errorf("the administrator is told of %q (%v)", r.ReusedFrom, err)
	}
	w.must(w.db.View(ctx, func(tx *store.Tx) error { _, err := tx.Environments().ByName("bob", "mine"); return err }))
}

func (w *world) promote(c access.Caller, ref petri.EnvironmentRef) (petri.Environment, error) {
	return w.Describe(ctx, c, ref, envs.Description{Active: &ref.Revision})
}

func (w *world) archive(c access.Caller, ref petri.EnvironmentRef, archived bool) (petri.Environment, error) {
	return w.Describe(ctx, c, ref, envs.Description{Archived: &archived})
}
