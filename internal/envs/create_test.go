package envs_test

import (
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/envs"
)

func TestCreate(t *testing.T) {
	w := newWorld(t)
	env, r, err := w.Create(ctx, w.alice, envs.Creation{
		Name: "r", Description: "R",
		Change: envs.Change{
			Base: from("debian:12"), Instructions: ptr("RUN apt-get install -y r-base\nCOPY a/setup.R /x/"),
			Files: ptr(w.files("a/setup.R")), Variables: &map[string]string{"LANG": "C.UTF-8"}, Note: "first",
		},
	})
	w.must(err)
	if env.Owner != "alice" || env.Visibility != petri.Private || env.Active != 0 || env.CreatedBy != "alice" {
		t.Errorf("environment %+v", env)
	}
	if r.Ref.String() != "alice/r@1" || r.Status != petri.BuildQueued || r.Definition.Base.Kind != petri.BaseImage || r.Note != "first" || r.CreatedBy != "alice" {
		t.Errorf("revision %+v", r)
	}
	r = w.build("debian")
	if r.Status != petri.BuildReady || w.active("r") != 1 || r.BuildDuration <= 0 {
		t.Errorf("built %+v, active %d", r, w.active("r"))
	}
	if r.Definition.Base.Digest != digest("debian") {
		t.Errorf("base digest %q", r.Definition.Base.Digest)
	}
	attached, err := w.Attached(ctx, r)
	w.must(err)
	if len(attached) != 2 || attached[1].Path != "a/setup.R" {
		t.Errorf("attached %+v", attached)
	}
}

func TestCreateRefuses(t *testing.T) {
	w := newWorld(t)
	w.create("taken", envs.Change{Base: from("debian:12")})
	w.create("failed", envs.Change{Base: from("debian:12")})
	build, err := w.ClaimBuild(ctx, "worker")
	w.must(err)
	w.must(w.SealFailed(ctx, build.ID, "line 1 failed", ""))
	build, err = w.ClaimBuild(ctx, "worker")
	w.must(err)
	w.must(w.SealFailed(ctx, build.ID, "line 1 failed", ""))
	w.create("cancelled", envs.Change{Base: from("debian:12")})
	_, err = w.Cancel(ctx, w.alice, ref("cancelled"))
	w.must(err)
	w.create("building", envs.Change{Base: from("debian:12")})
	secret, _, err := w.Create(ctx, w.bob, envs.Creation{Name: "secret", Change: envs.Change{Base: from("debian:12")}})
	w.must(err)

	debian := envs.Change{Base: from("debian:12")}
	tests := []struct {
		name string
		want envs.Creation
		kind petri.Kind
		says string
	}{
		{"no name", envs.Creation{Change: debian}, petri.Invalid, "cannot name an environment"},
		{"bad name", envs.Creation{Name: "No Name", Change: debian}, petri.Invalid, `"No Name"`},
		{"bad owner", envs.Creation{Owner: "../x", Name: "x", Change: debian}, petri.Invalid, "user or team"},
		{"bad visibility", envs.Creation{Name: "x", Visibility: "public", Change: debian}, petri.Invalid, "visibility"},
		{"other owner", envs.Creation{Owner: "bob", Name: "x", Change: debian}, petri.Denied, "in the name of bob"},
		{"taken", envs.Creation{Name: "taken", Change: debian}, petri.Conflict, "there is an environment alice/taken already"},
		{"no base", envs.Creation{Name: "x"}, petri.Invalid, "no base given"},
		{"bad image", envs.Creation{Name: "x", Change: envs.Change{Base: from("Debian 12")}}, petri.Invalid, "neither an environment nor an image"},
		{"bad image, told", envs.Creation{Name: "x", Change: envs.Change{Base: &petri.Base{Kind: petri.BaseImage, Ref: "a b"}}}, petri.Invalid, "image reference"},
		{"another's image, by its name in Docker", envs.Creation{Name: "x", Change: envs.Change{Base: from("petri.local/bob/secret:1")}}, petri.Invalid, "an image of Petri's own"},
		{"bad kind", envs.Creation{Name: "x", Change: envs.Change{Base: &petri.Base{Kind: "disk", Ref: "a"}}}, petri.Invalid, "kind of base"},
		{"no such revision", envs.Creation{Name: "x", Change: envs.Change{Base: from("alice/none@2")}}, petri.NotFound, "there is no environment alice/none"},
		{"no such number", envs.Creation{Name: "x", Change: envs.Change{Base: from("taken@9")}}, petri.NotFound, "there is no revision alice/taken@9"},
		{"no such environment, told", envs.Creation{Name: "x", Change: envs.Change{Base: &petri.Base{Kind: petri.BaseRevision, Ref: "none"}}}, petri.NotFound, "there is no environment alice/none"},
		{"bad reference, told", envs.Creation{Name: "x", Change: envs.Change{Base: &petri.Base{Kind: petri.BaseRevision, Ref: "r@x"}}}, petri.Invalid, "revision's number"},
		{"hidden base", envs.Creation{Name: "x", Change: envs.Change{Base: from(secret.Ref().String() + "@1")}}, petri.NotFound, "there is no environment bob/secret"},
		{"base failed", envs.Creation{Name: "x", Change: envs.Change{Base: from("failed@1")}}, petri.Conflict, "failed to build"},
		{"base failed, active", envs.Creation{Name: "x", Change: envs.Change{Base: from("failed")}}, petri.Conflict, "no active revision"},
		{"base cancelled", envs.Creation{Name: "x", Change: envs.Change{Base: from("cancelled@1")}}, petri.Conflict, "petri env build"},
		{"base not ready", envs.Creation{Name: "x", Change: envs.Change{Base: from("building@1")}}, petri.Conflict, "not ready yet, it is queued"},
		{"from", envs.Creation{Name: "x", Change: envs.Change{Base: from("debian:12"), Instructions: ptr("RUN true\nFROM x")}}, petri.Invalid, "line 2, column 1: FROM"},
		{"syntax", envs.Creation{Name: "x", Change: envs.Change{Base: from("debian:12"), Instructions: ptr("INSTALL r")}}, petri.Invalid, "line 1, column 1: unknown instruction"},
		{"file not attached", envs.Creation{Name: "x", Change: envs.Change{Base: from("debian:12"), Instructions: ptr("COPY a /b")}}, petri.Invalid, "line 1, column 6: a is not among"},
		{"files not uploaded", envs.Creation{Name: "x", Change: envs.Change{Base: from("debian:12"), Files: ptr(digest("gone"))}}, petri.Invalid, "were not uploaded"},
		{"bad variable", envs.Creation{Name: "x", Change: envs.Change{Base: from("debian:12"), Variables: &map[string]string{"A B": "1"}}}, petri.Invalid, "cannot name a variable"},
		{"petri's variable", envs.Creation{Name: "x", Change: envs.Change{Base: from("debian:12"), Variables: &map[string]string{"PETRI_X": "1"}}}, petri.Invalid, "PETRI_"},
		{"file is no digest", envs.Creation{Name: "x", Change: envs.Change{Base: &petri.Base{Kind: petri.BaseFile, Ref: "a.tar", File: "x"}}}, petri.Invalid, "not a digest"},
		{"file not uploaded", envs.Creation{Name: "x", Change: envs.Change{Base: &petri.Base{Kind: petri.BaseFile, Ref: "a.tar", File: digest("gone")}}}, petri.Invalid, "a.tar was not uploaded"},
		{"empty file", envs.Creation{Name: "x", Change: envs.Change{Base: &petri.Base{Kind: petri.BaseFile, Ref: "a.tar", File: w.put("")}}}, petri.Invalid, "a.tar is empty"},
	}
	before, err := w.List(ctx, w.root, "", true)
	w.must(err)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := w.Create(ctx, w.alice, test.want)
			w.T = t
			w.refused(err, test.kind, test.says)
		})
	}
	w.T = t
	after, err := w.List(ctx, w.root, "", true)
	w.must(err)
	if len(after) != len(before) {
		t.Errorf("%d environments, and %d before what was refused", len(after), len(before))
	}
	if _, _, err := w.Create(ctx, w.root, envs.Creation{Owner: "carol", Name: "x", Change: debian}); petri.KindOf(err) != petri.NotFound {
		t.Errorf("for somebody who does not exist: %v", err)
	}
	if _, _, err := w.Create(ctx, w.root, envs.Creation{Owner: "alice", Name: "x", Change: debian}); err != nil {
		t.Errorf("an administrator for somebody: %v", err)
	}
}

func TestDryRun(t *testing.T) {
	w := newWorld(t)
	w.create("r", envs.Change{Base: from("debian:12")})
	dry := func(name string, base petri.Base, instructions string, attached ...string) error {
		change := envs.Change{Base: &base, Instructions: &instructions, DryRun: true, Attached: attached}
		_, _, err := w.Create(ctx, w.alice, envs.Creation{Name: name, Change: change})
		_, editErr := w.Edit(ctx, w.alice, ref("r"), change)
		if name != "r" && petri.MessageOf(err) != petri.MessageOf(editErr) {
			t.Errorf("creating says %v, editing %v", err, editErr)
		}
		return err
	}
	debian, file := *from("debian:12"), petri.Base{Kind: petri.BaseFile, Ref: "root.tar"}
	w.must(dry("new", debian, "COPY a/x /", "a", "a/x"))
	w.must(dry("new", file, "RUN true"))
	w.refused(dry("new", debian, "COPY b /", "a", "a/x"), petri.Invalid, "b is not among the attached files")
	w.refused(dry("new", file, "RUM"), petri.Invalid, "line 1, column 1")
	w.refused(dry("new", *from("r@1"), "", "a"), petri.Conflict, "not ready")
	w.refused(dry("r", debian, "", "a"), petri.Conflict, "already")
	list, err := w.List(ctx, w.root, "", true)
	w.must(err)
	if len(list) != 1 || list[0].Revisions != 1 {
		t.Errorf("a dry run made something: %+v", list)
	}
}

func TestBaseOfAnotherRevision(t *testing.T) {
	w := newWorld(t)
	w.create("r", envs.Change{Base: from("debian:12")})
	base := w.build("debian")
	for _, written := range []string{"r", "alice/r", "r@1", "alice/r@1"} {
		r := w.create("on-"+digest(written).Short(), envs.Change{Base: from(written), Instructions: ptr("RUN echo " + written)})
		want := petri.Base{Kind: petri.BaseRevision, Ref: "alice/r@1", Digest: base.Image.Digest}
		if r.Definition.Base != want {
			t.Errorf("%s became %+v", written, r.Definition.Base)
		}
	}
	// A name that no environment has is an image's.
	if r := w.create("other", envs.Change{Base: from("rocker/r-ver")}); r.Definition.Base.Kind != petri.BaseImage {
		t.Errorf("got %+v", r.Definition.Base)
	}
	_, revisions, _, err := w.Usage(ctx, w.alice, ref("r"))
	w.must(err)
	if len(revisions) != 4 {
		t.Errorf("%d revisions are based on it", len(revisions))
	}
}
