package storetest

import (
	"fmt"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

func testProjects(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	p := w.project
	w.refused(t, petri.Conflict, func(tx *store.Tx) error {
		return tx.Projects().Create(&petri.Project{Owner: "alice", Name: "churn", Visibility: petri.Private})
	})
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Projects().ByName("alice", "chur_"); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Projects().ByID(99); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Projects().Edit(&petri.Project{ID: 99, Visibility: petri.Team}) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Projects().SetHead(99, "", "a") })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Projects().RunCount(99); return err })

	one, two := petri.CommitID(digest(1).Hex()), petri.CommitID(digest(2).Hex())
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Projects().SetHead(p.ID, one, two) })
	w.update(t, func(tx *store.Tx) error { return tx.Projects().SetHead(p.ID, "", one) })
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Projects().SetHead(p.ID, "", two) })
	w.update(t, func(tx *store.Tx) error { return tx.Projects().SetHead(p.ID, one, two) })
	p.Head, p.Environment, p.Visibility, p.Archived = two, w.environment.Ref().At(1), petri.Everyone, true
	w.update(t, func(tx *store.Tx) error { return tx.Projects().Edit(&p) })
	w.newRun(t, "bob")
	w.view(t, func(tx *store.Tx) error {
		got, err := tx.Projects().ByName("alice", "churn")
		if err != nil {
			return err
		}
		same(t, "edited", got, p)
		runs, err := tx.Projects().RunCount(p.ID)
		same(t, "runs", runs, 1)
		return err
	})
	mine := w.newProject(t, "bob", "mine", petri.Private)
	for _, test := range []struct {
		want store.ProjectFilter
		list []petri.Project
	}{
		{store.ProjectFilter{Viewer: w.bob}, []petri.Project{mine}},
		{store.ProjectFilter{Viewer: w.bob, Archived: true}, []petri.Project{p, mine}},
		{store.ProjectFilter{Viewer: w.alice, Archived: true}, []petri.Project{p}},
		{store.ProjectFilter{Viewer: w.admin, Archived: true, Owner: "bob"}, []petri.Project{mine}},
		{store.ProjectFilter{Viewer: w.alice}, []petri.Project{}},
	} {
		w.view(t, func(tx *store.Tx) error {
			list, err := tx.Projects().List(test.want)
			same(t, fmt.Sprintf("%+v", test.want), list, test.list)
			return err
		})
	}
}

func testCommits(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	insert := func(c petri.Commit) petri.Commit {
		w.update(t, func(tx *store.Tx) error { return tx.Commits().Insert(w.project.ID, c) })
		return c
	}
	root := insert(petri.Commit{Tree: digest(1), Author: "alice", Message: "first\n\nwhy?", CreatedAt: noon, Files: 3, Bytes: 1 << 33})
	insert(root)
	side := insert(petri.Commit{Tree: digest(2), Author: "bob", CreatedAt: noon, Git: &petri.GitState{Remote: "r", Commit: "c", Dirty: true}})
	next := insert(petri.Commit{Tree: digest(3), Parents: []petri.CommitID{root.ID(), side.ID()}, CreatedAt: noon})
	last := insert(petri.Commit{Tree: digest(4), Parents: []petri.CommitID{next.ID()}, CreatedAt: noon})
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Commits().Insert(99, root) })
	w.refused(t, petri.Invalid, func(tx *store.Tx) error { return tx.Commits().Insert(w.project.ID, petri.Commit{Message: "\xff"}) })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Commits().ByID(99, root.ID()); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Commits().ByID(w.project.ID, "abc"); return err })
	w.view(t, func(tx *store.Tx) error {
		for _, c := range []petri.Commit{root, side, next} {
			got, err := tx.Commits().ByID(w.project.ID, c.ID())
			if err != nil {
				return err
			}
			same(t, "commit", got, c)
			same(t, "identity", got.ID(), c.ID())
			if got, err = tx.Commits().ByPrefix(w.project.ID, string(c.ID()[:20])); err != nil {
				return err
			}
			same(t, "by prefix", got, c)
			if got, err = tx.Commits().ByPrefix(w.project.ID, string(c.ID())); err != nil {
				return err
			}
			same(t, "by its whole id", got, c)
		}
		for limit, want := range [][]petri.Commit{{}, {last}, {last, next}, {last, next, root}, {last, next, root}} {
			line, err := tx.Commits().History(w.project.ID, last.ID(), limit)
			if err != nil {
				return err
			}
			same(t, fmt.Sprintf("%d of history", limit), line, want)
		}
		none, err := tx.Commits().History(w.project.ID, "", 5)
		same(t, "history of nothing", none, []petri.Commit{})
		return err
	})
	a, b := twins()
	insert(a)
	prefix := string(a.ID()[:4])
	for _, bad := range []struct {
		prefix string
		kind   petri.Kind
	}{{"abc", petri.Invalid}, {"head", petri.Invalid}, {"ABCD", petri.Invalid}, {"%%%%", petri.Invalid}, {string(a.ID()[:63]) + "g", petri.Invalid}} {
		w.refused(t, bad.kind, func(tx *store.Tx) error { _, err := tx.Commits().ByPrefix(w.project.ID, bad.prefix); return err })
	}
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Commits().ByPrefix(99, prefix); return err })
	insert(b)
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { _, err := tx.Commits().ByPrefix(w.project.ID, prefix); return err })
}

// twins are two commits whose ids begin with the same four digits.
func twins() (a, b petri.Commit) {
	seen := map[petri.CommitID]petri.Commit{}
	for i := 0; ; i++ {
		c := petri.Commit{Tree: digest(5), Message: fmt.Sprint(i), CreatedAt: noon}
		if other, ok := seen[c.ID()[:4]]; ok {
			return other, c
		}
		seen[c.ID()[:4]] = c
	}
}
