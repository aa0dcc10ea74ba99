package recall_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/recall"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/store/storetest"
	"github.com/petri-dev/petri/internal/versions"
)

// world is a store with a project and blobs beside it.
type world struct {
	testing.TB
	db      *store.DB
	blobs   *disk.Store
	service *recall.Service
	log     *bytes.Buffer
	project petri.Project
	ada     access.Caller
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, db: storetest.Open(t), log: &bytes.Buffer{}, ada: access.Caller{User: petri.User{Name: "ada"}}}
	var err error
	if w.blobs, err = disk.Open(t.TempDir(), disk.Options{UID: -1, GID: -1}); err != nil {
		t.Fatal(err)
	}
	w.service = recall.New(w.db, w.blobs, slog.New(slog.NewTextHandler(w.log, nil)))
	w.project = petri.Project{Owner: "ada", Name: "churn", Visibility: petri.Private}
	w.update(func(tx *store.Tx) error {
		e := petri.Environment{Owner: "ada", Name: "r", Visibility: petri.Private}
		if err := tx.Environments().Create(&e); err != nil {
			return err
		}
		r := petri.Revision{EnvironmentID: e.ID, Definition: petri.Definition{Base: petri.Base{Kind: petri.BaseImage, Ref: "debian:12"}}}
		if err := tx.Revisions().Create(&r); err != nil {
			return err
		}
		return tx.Projects().Create(&w.project)
	})
	return w
}

func (w *world) update(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.db.Update(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

// list keeps a package list of one row as a blob.
func (w *world) list(ecosystem, name, version string) petri.Digest {
	w.Helper()
	digest, err := w.blobs.PutBytes(petri.PackageList{{Ecosystem: ecosystem, Name: name, Version: version}}.Encode())
	if err != nil {
		w.Fatal(err)
	}
	return digest
}

// run is a sealed one with these lists. They are not in the index.
func (w *world) run(before, after petri.Digest) petri.Run {
	w.Helper()
	r := petri.Run{ProjectID: w.project.ID, RevisionID: 1, CreatedBy: "ada", Spec: petri.RunSpec{Command: []string{"true"}}}
	w.update(func(tx *store.Tx) error {
		if err := tx.Runs().Create(&r); err != nil {
			return err
		}
		if err := tx.Runs().Claim(r.ID, "one"); err != nil {
			return err
		}
		if err := tx.Runs().Transition(r.ID, petri.RunStarting, petri.RunCollecting, nil); err != nil {
			return err
		}
		return tx.Runs().Transition(r.ID, petri.RunCollecting, petri.RunSucceeded, func(r *petri.Run) { r.PackagesBefore, r.PackagesAfter = before, after })
	})
	return r
}

func (w *world) ask(query string, o recall.Options) recall.Answer {
	w.Helper()
	q, err := versions.ParseQuery(query)
	if err != nil {
		w.Fatal(err)
	}
	answer, err := w.service.WhoUsed(w.Context(), w.ada, q, o)
	if err != nil {
		w.Fatal(err)
	}
	return answer
}

func TestBackfill(t *testing.T) {
	w := newWorld(t)
	lost, nonsense := petri.DigestBytes([]byte("lost")), petri.DigestBytes([]byte("nonsense"))
	if _, err := w.blobs.PutBytes([]byte("nonsense")); err != nil {
		t.Fatal(err)
	}
	for n := range 120 { // more than one batch
		list := w.list("python", "scipy", fmt.Sprintf("1.%d", n))
		w.run(list, list)
	}
	w.run(lost, nonsense)
	if a := w.ask("scipy", recall.Options{}); a.Runs != 0 || a.Unindexed != 122 {
		t.Errorf("before: %d runs, %d to be entered", a.Runs, a.Unindexed)
	}
	for round := range 2 { // done again, it changes nothing
		if err := w.service.Backfill(t.Context()); err != nil {
			t.Fatal(err)
		}
		a := w.ask("scipy<1.8", recall.Options{})
		if a.Runs != 8 || a.Unindexed != 2 {
			t.Errorf("round %d: %d runs, %d to be entered", round, a.Runs, a.Unindexed)
		}
	}
	for _, digest := range []petri.Digest{lost, nonsense} {
		if !strings.Contains(w.log.String(), string(digest)) {
			t.Errorf("the log does not name %s:\n%s", digest.Short(), w.log)
		}
	}
}

func TestBackfillInTheBackground(t *testing.T) {
	w := newWorld(t)
	list := w.list("r", "survival", "3.2-13")
	w.run(list, list)
	w.service.Start()
	deadline := time.Now().Add(10 * time.Second)
	for w.ask("r:survival", recall.Options{}).Runs == 0 {
		if time.Now().After(deadline) {
			t.Fatal("the list was not entered")
		}
		time.Sleep(time.Millisecond)
	}
	if err := w.service.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err := recall.New(w.db, w.blobs, slog.New(slog.DiscardHandler)).Stop(t.Context()); err != nil {
		t.Errorf("stopped without a start: %v", err)
	}
}

// TestReadAndIndex is what a seal does.
func TestReadAndIndex(t *testing.T) {
	w := newWorld(t)
	known, fresh, lost := w.list("deb", "bash", "5.1"), w.list("deb", "bash", "5.2"), petri.DigestBytes([]byte("lost"))
	w.update(func(tx *store.Tx) error { return tx.Packages().Index(known, nil) })
	lists := recall.Read(t.Context(), w.db, w.blobs, known, fresh, lost, "")
	if len(lists) != 1 || len(lists[fresh]) != 1 {
		t.Fatalf("read %v", lists)
	}
	w.run(fresh, lost)
	w.update(lists.Index)
	if a := w.ask("deb:bash==5.2", recall.Options{}); a.Runs != 1 || a.Unindexed != 1 {
		t.Errorf("%d runs, %d to be entered", a.Runs, a.Unindexed)
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	list := w.list("python", "scipy", "1.7")
	var runs []petri.Run
	for range 5 {
		runs = append(runs, w.run(list, list))
	}
	w.update(recall.Read(t.Context(), w.db, w.blobs, list).Index)
	var got []int
	for before := (petri.RunRef{}); ; {
		a := w.ask("scipy", recall.Options{Limit: 2, Before: before})
		if a.Runs != 5 || len(a.RunRows) > 2 || len(a.ProjectRows) != 1 {
			t.Errorf("a page of %d of %d runs", len(a.RunRows), a.Runs)
		}
		for _, r := range a.RunRows {
			got = append(got, r.Ref.Number)
		}
		if before = a.Next; before == (petri.RunRef{}) {
			break
		}
	}
	if fmt.Sprint(got) != "[5 4 3 2 1]" {
		t.Errorf("the pages hold %v", got)
	}
	if a := w.ask("scipy", recall.Options{}); len(a.RunRows) != 5 || a.Next != (petri.RunRef{}) {
		t.Errorf("all on one page: %d, next %s", len(a.RunRows), a.Next)
	}
	q, _ := versions.ParseQuery("scipy")
	for _, test := range []struct {
		caller  string
		options recall.Options
		kind    petri.Kind
	}{
		{"ada", recall.Options{Limit: -1}, petri.Invalid},
		{"ada", recall.Options{Limit: 1001}, petri.Invalid},
		{"ada", recall.Options{Before: petri.RunRef{Project: w.project.Ref(), Number: 99}}, petri.NotFound},
		{"ada", recall.Options{Before: petri.RunRef{Project: petri.ProjectRef{Owner: "ada", Name: "none"}, Number: 1}}, petri.NotFound},
		{"bob", recall.Options{Before: runs[0].Ref}, petri.NotFound},
	} {
		_, err := w.service.WhoUsed(t.Context(), access.Caller{User: petri.User{Name: test.caller}}, q, test.options)
		if petri.KindOf(err) != test.kind {
			t.Errorf("%+v: %v, want %s", test, err, test.kind)
		}
	}
}
