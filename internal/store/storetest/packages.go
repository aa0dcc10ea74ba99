package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// used is a sealed run with these lists and as many result files.
func (w *world) used(t testing.TB, p petri.Project, before, after, loaded petri.Digest, files int) petri.Run {
	t.Helper()
	r := w.aRun(p, p.Owner)
	w.update(t, func(tx *store.Tx) error {
		if err := tx.Runs().Create(&r); err != nil {
			return err
		}
		if err := tx.Runs().Claim(r.ID, "one"); err != nil {
			return err
		}
		if err := tx.Runs().Transition(r.ID, petri.RunStarting, petri.RunCollecting, nil); err != nil {
			return err
		}
		return tx.Runs().Transition(r.ID, petri.RunCollecting, petri.RunSucceeded, func(r *petri.Run) {
			r.PackagesBefore, r.PackagesAfter, r.Loaded = before, after, loaded
			r.ResultChanges = []petri.ResultChange{{Path: "gone", Change: "removed"}}
			for n := range files {
				r.ResultChanges = append(r.ResultChanges, petri.ResultChange{Path: fmt.Sprint(n), Change: "added"})
			}
		})
	})
	return w.run(t, r.ID)
}

func (w *world) index(t testing.TB, list ...petri.Package) petri.Digest {
	t.Helper()
	rows := petri.NewPackageList(list)
	d := petri.DigestBytes(rows.Encode())
	w.update(t, func(tx *store.Tx) error { return tx.Packages().Index(d, rows) })
	return d
}

func testPackages(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	old, recent := petri.Package{Ecosystem: "python", Name: "SciPy", Version: "1.7.3"}, petri.Package{Ecosystem: "python", Name: "scipy", Version: "1.10"}
	twin := petri.Package{Ecosystem: "r", Name: "scipy", Version: "1.0"}
	bash := petri.Package{Ecosystem: "deb", Name: "bash", Version: "5.2"}
	none, had := w.index(t, bash), w.index(t, bash, old, twin)
	both := w.index(t, bash, old, recent, petri.Package{Ecosystem: "python", Name: "scipy", Version: "1.7.3", Location: "/other"})
	loadedOld, loadedNone := w.index(t, old), w.index(t)
	w.index(t, bash, old, twin) // again
	w.update(t, func(tx *store.Tx) error {
		return tx.Revisions().SetReady(w.revision.ID, petri.Image{Digest: digest(1), Packages: had}, "", 0)
	})
	open := w.newProject(t, "bob", "open", petri.Everyone)
	hidden := w.newProject(t, "bob", "hidden", petri.Private)
	runs := []petri.Run{
		w.used(t, w.project, had, had, loadedOld, 2),
		w.used(t, w.project, none, both, "", 3), // installed it itself
		w.used(t, w.project, none, none, "", 9),
		w.used(t, open, had, had, loadedNone, 1),
		w.used(t, open, both, both, loadedOld, 0),
		w.used(t, hidden, had, had, loadedOld, 5),
		w.used(t, w.project, had, had, loadedOld, 2),
	}
	for _, test := range []struct {
		name string
		q    store.PackageQuestion
		want string
	}{
		{"all", store.PackageQuestion{Viewer: w.admin}, "1 revisions, 3 projects, 6 runs, 13 files: 7 6 5 4 2 1; alice/churn bob/hidden bob/open"},
		{"visible", store.PackageQuestion{Viewer: w.alice}, "1 revisions, 2 projects, 5 runs, 8 files: 7 5 4 2 1; alice/churn bob/open"},
		{"another's environment", store.PackageQuestion{Viewer: w.bob}, "0 revisions, 2 projects, 3 runs, 6 files: 6 5 4; bob/hidden bob/open"},
		{"nobody", store.PackageQuestion{}, "0 revisions, 0 projects, 0 runs, 0 files: ;"},
		{"limit", store.PackageQuestion{Viewer: w.alice, Limit: 2}, "1 revisions, 2 projects, 5 runs, 8 files: 7 5; alice/churn bob/open"},
		{"next page", store.PackageQuestion{Viewer: w.alice, Limit: 2, Before: runs[4].ID}, "1 revisions, 2 projects, 5 runs, 8 files: 4 2; alice/churn bob/open"},
		{"last page", store.PackageQuestion{Viewer: w.alice, Limit: 2, Before: runs[1].ID}, "1 revisions, 2 projects, 5 runs, 8 files: 1; alice/churn bob/open"},
		{"loaded", store.PackageQuestion{Viewer: w.alice, Loaded: true}, "1 revisions, 2 projects, 3 runs, 4 files: 7 5 1; alice/churn bob/open; 1 unknown"},
		{"recent", store.PackageQuestion{Viewer: w.alice, Match: func(_, _, version string) bool { return version == "1.10" }}, "0 revisions, 2 projects, 2 runs, 3 files: 5 2; bob/open alice/churn"},
		{"another ecosystem", store.PackageQuestion{Viewer: w.alice, Match: func(ecosystem, _, _ string) bool { return ecosystem == "r" }}, "1 revisions, 2 projects, 3 runs, 5 files: 7 4 1; alice/churn bob/open"},
		{"no match", store.PackageQuestion{Viewer: w.admin, Match: func(_, name, _ string) bool { return name == "SciPy" }}, "0 revisions, 0 projects, 0 runs, 0 files: ;"},
		{"no such package", store.PackageQuestion{Viewer: w.admin, Names: []string{"nothing"}}, "0 revisions, 0 projects, 0 runs, 0 files: ;"},
	} {
		if test.q.Names == nil {
			test.q.Names = []string{"scipy"}
		}
		if test.q.Match == nil {
			test.q.Match = anyVersion
		}
		a := w.whoUsed(t, test.q)
		same(t, test.name, describe(a), test.want)
	}
	a := w.whoUsed(t, store.PackageQuestion{Names: []string{"scipy"}, Match: anyVersion, Viewer: w.alice})
	same(t, "the run itself", a.RunRows[0].Run, runs[6])
	same(t, "its versions", versionsOf(a.RunRows[0].Packages), "python 1.7.3, r 1.0")
	same(t, "what it installed itself", versionsOf(a.RunRows[3].Packages), "python 1.10, python 1.7.3")
	same(t, "the revision's", versionsOf(a.RevisionRows[0].Packages), "python 1.7.3, r 1.0")
	same(t, "a project's runs", a.ProjectRows[0], store.ProjectUse{Project: w.project.Ref(), Runs: 3, ResultFiles: 7, LastRun: runs[6].ID})
	same(t, "the next project's runs", a.ProjectRows[1], store.ProjectUse{Project: open.Ref(), Runs: 2, ResultFiles: 1, LastRun: runs[4].ID})

	// A list that nobody could read yet.
	w.used(t, w.project, digest(77), digest(77), "", 0)
	same(t, "to be entered", w.whoUsed(t, store.PackageQuestion{Names: []string{"scipy"}, Match: anyVersion, Viewer: w.alice}).Unindexed, 1)
}

func describe(a store.PackageAnswer) string {
	var runs, projects []string
	for _, r := range a.RunRows {
		runs = append(runs, fmt.Sprint(r.ID))
	}
	for _, p := range a.ProjectRows {
		projects = append(projects, p.Project.String())
	}
	text := fmt.Sprintf("%d revisions, %d projects, %d runs, %d files: %s; %s", a.Revisions, a.Projects, a.Runs, a.ResultFiles, strings.Join(runs, " "), strings.Join(projects, " "))
	if a.LoadedUnknown > 0 {
		text += fmt.Sprintf("; %d unknown", a.LoadedUnknown)
	}
	return strings.TrimSpace(text)
}

func versionsOf(list []petri.Package) string {
	var texts []string
	for _, p := range list {
		texts = append(texts, p.Ecosystem+" "+p.Version)
	}
	return strings.Join(texts, ", ")
}

// testOddPackages enters what real lists hold.
func testOddPackages(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	long := strings.Repeat("é", 3000)
	names := []string{"plain", "with \"quotes\" and \\", "with a \x00 byte", "not \xff utf-8", long, "@scope/thing", ""}
	var rows []petri.Package
	for _, name := range names {
		rows = append(rows, petri.Package{Ecosystem: "npm", Name: name, Version: name}, petri.Package{Ecosystem: "npm", Name: name, Version: name, Location: "twice"})
	}
	for n := range 3000 {
		rows = append(rows, petri.Package{Ecosystem: "deb", Name: fmt.Sprintf("lib%d", n), Version: "1"})
	}
	list := w.index(t, rows...)
	w.used(t, w.project, list, list, "", 1)
	changed := func(n string) bool { return n == long || strings.Contains(n, "\x00") || !utf8.ValidString(n) }
	for _, name := range append(slices.DeleteFunc(names, changed), "lib0", "lib2999") {
		a := w.whoUsed(t, store.PackageQuestion{Names: []string{name}, Match: anyVersion, Viewer: w.alice})
		if a.Runs != 1 || len(a.RunRows[0].Packages) != 1 {
			t.Errorf("%q was used by %+v", name, a)
		}
	}
}
