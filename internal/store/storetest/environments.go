package storetest

import (
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

func testEnvironments(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	w.refused(t, petri.Conflict, func(tx *store.Tx) error {
		return tx.Environments().Create(&petri.Environment{Owner: "alice", Name: "r", Visibility: petri.Private})
	})
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Environments().ByName("bob", "r"); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Environments().ByID(99); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Environments().SetActive(w.environment.ID, 2) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Environments().Edit(99, "", petri.Team, false) })
	w.update(t, func(tx *store.Tx) error { return tx.Environments().SetActive(w.environment.ID, 1) })
	w.update(t, func(tx *store.Tx) error { return tx.Environments().Edit(w.environment.ID, "new", petri.Team, true) })
	w.view(t, func(tx *store.Tx) error {
		e, err := tx.Environments().ByName("alice", "r")
		if err != nil {
			return err
		}
		want := w.environment
		want.Active, want.Description, want.Visibility, want.Archived = 1, "new", petri.Team, true
		same(t, "edited", e, want)
		e, err = tx.Environments().ByID(e.ID)
		same(t, "by id", e, want)
		return err
	})

	w.newEnvironment(t, "bob", "open", petri.Everyone)
	w.newEnvironment(t, "bob", "own", petri.Private)
	w.newEnvironment(t, "alice", "team", petri.Team)
	for _, test := range []struct {
		name string
		want store.EnvironmentFilter
		refs []string
	}{
		{"owner and everyone's", store.EnvironmentFilter{Viewer: w.alice}, []string{"alice/team", "bob/open"}},
		{"with archived", store.EnvironmentFilter{Viewer: w.alice, Archived: true}, []string{"alice/r", "alice/team", "bob/open"}},
		{"team is private yet", store.EnvironmentFilter{Viewer: w.bob, Archived: true}, []string{"bob/open", "bob/own"}},
		{"administrator", store.EnvironmentFilter{Viewer: w.admin}, []string{"alice/team", "bob/open", "bob/own"}},
		{"of one owner", store.EnvironmentFilter{Viewer: w.alice, Owner: "bob"}, []string{"bob/open"}},
		{"seen by nobody", store.EnvironmentFilter{Archived: true}, nil},
		{"nobody's", store.EnvironmentFilter{Viewer: w.alice, Owner: "carol"}, nil},
	} {
		w.view(t, func(tx *store.Tx) error {
			list, err := tx.Environments().List(test.want)
			var refs []string
			for _, e := range list {
				refs = append(refs, e.Ref().String())
			}
			same(t, test.name, refs, test.refs)
			return err
		})
	}
	w.view(t, func(tx *store.Tx) error {
		list, err := tx.Environments().List(store.EnvironmentFilter{Viewer: w.admin, Owner: "alice", Archived: true})
		same(t, "revisions", []int{list[0].Revisions, list[0].Latest, list[1].Latest}, []int{1, 1, 0})
		same(t, "status", []petri.BuildStatus{list[0].LatestStatus, list[1].LatestStatus}, []petri.BuildStatus{petri.BuildQueued, ""})
		return err
	})
}

func testUsage(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	ref := w.environment.Ref()
	shown := w.newProject(t, "bob", "shown", petri.Everyone)
	hidden := w.newProject(t, "bob", "hidden", petri.Private)
	for _, p := range []petri.Project{shown, hidden, w.project} {
		p.Environment = ref.At(3)
		w.update(t, func(tx *store.Tx) error { return tx.Projects().Edit(&p) })
		r := w.aRun(p, "bob")
		w.update(t, func(tx *store.Tx) error { return tx.Runs().Create(&r) })
	}
	open := w.newEnvironment(t, "bob", "open", petri.Everyone)
	w.newRevision(t, open.ID, petri.Base{Kind: petri.BaseImage, Ref: "debian:12"})
	w.newRevision(t, open.ID, petri.Base{Kind: petri.BaseRevision, Ref: "alice/r@1"})
	secret := w.newEnvironment(t, "bob", "secret", petri.Private)
	w.newRevision(t, secret.ID, petri.Base{Kind: petri.BaseRevision, Ref: "alice/r"})
	short := w.newEnvironment(t, "alice", "short", petri.Private)
	w.newRevision(t, short.ID, petri.Base{Kind: petri.BaseRevision, Ref: "r@1"})
	for _, test := range []struct {
		viewer    petri.User
		projects  []petri.ProjectRef
		revisions []petri.EnvironmentRef
		runs      int
	}{
		{w.alice, []petri.ProjectRef{w.project.Ref(), shown.Ref()}, []petri.EnvironmentRef{short.Ref().At(1), open.Ref().At(2)}, 2},
		{w.admin, []petri.ProjectRef{w.project.Ref(), hidden.Ref(), shown.Ref()}, []petri.EnvironmentRef{short.Ref().At(1), open.Ref().At(2), secret.Ref().At(1)}, 3},
	} {
		w.view(t, func(tx *store.Tx) error {
			projects, revisions, runs, err := tx.Environments().Usage(w.environment.ID, test.viewer)
			same(t, "projects", projects, test.projects)
			same(t, "revisions", revisions, test.revisions)
			same(t, "runs", runs, test.runs)
			return err
		})
	}
}

func testRevisions(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	r := petri.Revision{
		EnvironmentID: w.environment.ID, Note: "with survival", CreatedBy: "bob", Promote: true, CreatedAt: noon.Add(time.Hour + 999*time.Nanosecond),
		Definition: petri.Definition{
			Base:         petri.Base{Kind: petri.BaseFile, Ref: "rootfs.tar", File: digest(1)},
			Instructions: "RUN echo '?' \"$1\"\n", Files: digest(2), Variables: map[string]string{"LANG": "C.UTF-8"},
		},
	}
	w.update(t, func(tx *store.Tx) error { return tx.Revisions().Create(&r) })
	same(t, "ref", r.Ref.String(), "alice/r@2")
	same(t, "time", r.CreatedAt, noon.Add(time.Hour))
	get := func() (got petri.Revision) {
		w.view(t, func(tx *store.Tx) (err error) { got, err = tx.Revisions().ByID(r.ID); return err })
		return got
	}
	same(t, "as created", get(), r)
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Revisions().Create(&petri.Revision{EnvironmentID: 99}) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Revisions().ByID(99); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Revisions().ByNumber(w.environment.ID, 3); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Revisions().Latest(99); return err })
	w.refused(t, petri.Invalid, func(tx *store.Tx) error {
		return tx.Revisions().Create(&petri.Revision{EnvironmentID: w.environment.ID, Definition: petri.Definition{
			Base: petri.Base{Kind: petri.BaseImage, Ref: "debian"}, Instructions: "RUN \x00"}})
	})
	w.view(t, func(tx *store.Tx) error {
		list, err := tx.Revisions().List(w.environment.ID)
		if err != nil {
			return err
		}
		same(t, "newest first", list, []petri.Revision{r, w.revision})
		latest, err := tx.Revisions().Latest(w.environment.ID)
		if err != nil {
			return err
		}
		same(t, "latest", latest, r)
		first, err := tx.Revisions().ByNumber(w.environment.ID, 1)
		same(t, "by number", first, w.revision)
		return err
	})

	base := digest(3)
	w.update(t, func(tx *store.Tx) error { return tx.Revisions().SetBaseDigest(r.ID, base) })
	w.update(t, func(tx *store.Tx) error { return tx.Revisions().SetBaseDigest(r.ID, base) })
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Revisions().SetBaseDigest(r.ID, digest(4)) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Revisions().SetBaseDigest(99, base) })
	r.Definition.Base.Digest = base
	w.refused(t, petri.NotFound, func(tx *store.Tx) error {
		_, err := tx.Revisions().ReadyByDefinition(r.Definition.Digest())
		return err
	})
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Revisions().ReadyByDefinition(""); return err })

	w.update(t, func(tx *store.Tx) error {
		return tx.Revisions().SetStatus(r.ID, petri.BuildFailed, "line 1: \xff\x00", time.Second)
	})
	r.Status, r.Error, r.BuildDuration = petri.BuildFailed, "line 1: \uFFFD\uFFFD", time.Second
	same(t, "failed", get(), r)
	w.refused(t, petri.Internal, func(tx *store.Tx) error { return tx.Revisions().SetStatus(r.ID, petri.BuildReady, "", 0) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Revisions().SetStatus(99, petri.BuildFailed, "", 0) })

	image := petri.Image{Digest: digest(5), Manifest: digest(6), Bytes: 1 << 40, Packages: digest(7), PackageCount: 322,
		User: petri.ImageUser{Declared: true, UID: 1000, GID: 100, Home: "/home/r"}}
	w.update(t, func(tx *store.Tx) error { return tx.Revisions().SetReady(r.ID, image, "bob/x@1", 2*time.Second) })
	w.update(t, func(tx *store.Tx) error { return tx.Revisions().SetPromote(r.ID, false) })
	r.Status, r.Error, r.BuildDuration, r.Image, r.ReusedFrom, r.Promote = petri.BuildReady, "", 2*time.Second, image, "bob/x@1", false
	same(t, "ready", get(), r)
	w.view(t, func(tx *store.Tx) error {
		found, err := tx.Revisions().ReadyByDefinition(r.Definition.Digest())
		same(t, "by definition", found, r)
		return err
	})
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Revisions().SetStatus(r.ID, petri.BuildFailed, "", 0) })
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Revisions().SetReady(r.ID, petri.Image{Digest: digest(8)}, "", 0) })
}
