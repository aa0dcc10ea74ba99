package storetest

import (
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

func testDependents(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	ready := func(e petri.EnvironmentID, base petri.Base, facts int) petri.Revision {
		r := w.newRevision(t, e, base)
		w.update(t, func(tx *store.Tx) error {
			if err := tx.Revisions().SetReady(r.ID, petri.Image{Digest: digest(1), Facts: digest(facts)}, "", 0); err != nil {
				return err
			}
			return tx.Environments().SetActive(e, r.Ref.Revision)
		})
		return r
	}
	onR := petri.Base{Kind: petri.BaseRevision, Ref: "alice/r@1"}
	other := w.newEnvironment(t, "bob", "other", petri.Private)
	ready(other.ID, onR, 0)
	left := w.newEnvironment(t, "bob", "left", petri.Private)
	ready(left.ID, onR, 0)
	ready(left.ID, petri.Base{Kind: petri.BaseImage, Ref: "debian:12"}, 0)
	queued := w.newEnvironment(t, "bob", "queued", petri.Private)
	w.newRevision(t, queued.ID, onR)
	ready(w.environment.ID, onR, 5) // itself
	w.newRevision(t, w.environment.ID, onR)
	last := ready(w.environment.ID, onR, 6)

	follower, pinned, gone := w.newProject(t, "bob", "follower", petri.Private), w.newProject(t, "alice", "pinned", petri.Private), w.newProject(t, "bob", "gone", petri.Private)
	for _, p := range []*petri.Project{&follower, &pinned, &gone} {
		p.Environment = w.environment.Ref()
		p.Environment.Revision = map[string]int{"pinned": 1}[p.Name]
		p.Archived = p.Name == "gone"
		w.update(t, func(tx *store.Tx) error { return tx.Projects().Edit(p) })
	}
	w.view(t, func(tx *store.Tx) error {
		based, err := tx.Environments().BasedOn(w.environment.ID)
		if err != nil {
			return err
		}
		other.Active = 1
		same(t, "based on it", based, []petri.Environment{other})
		projects, err := tx.Projects().Following(w.environment.ID)
		if err != nil {
			return err
		}
		same(t, "following", projects, []petri.Project{pinned, follower})
		between, err := tx.Revisions().ReadyBetween(w.environment.ID, 1, 9)
		if err != nil {
			return err
		}
		var numbers []int
		for _, r := range between {
			numbers = append(numbers, r.Ref.Revision)
		}
		same(t, "ready ones", numbers, []int{2, 4})
		same(t, "facts", between[1].Image.Facts, digest(6))
		between, err = tx.Revisions().ReadyBetween(w.environment.ID, 4, 4)
		same(t, "one", between[0].ID, last.ID)
		return err
	})
}

func testAlike(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	number := 0.5
	sealed := w.used(t, w.project, "", "", "", 0)
	w.newRun(t, "alice") // queued
	newer := w.used(t, w.project, "", "", "", 0)
	w.view(t, func(tx *store.Tx) error {
		alike, err := tx.Runs().Alike(store.Likeness(sealed))
		same(t, "alike", alike, []petri.Run{newer, sealed})
		return err
	})
	base := w.aRun(w.project, "alice")
	for name, change := range map[string]func(*petri.Run){
		"project":   func(r *petri.Run) { r.ProjectID++ },
		"commit":    func(r *petri.Run) { r.Commit = "c" },
		"image":     func(r *petri.Run) { r.Image = "x" },
		"command":   func(r *petri.Run) { r.Spec.Command = []string{"tr", "ue"} },
		"cpus":      func(r *petri.Run) { r.Spec.CPUs = 2 },
		"memory":    func(r *petri.Run) { r.Spec.MemoryBytes = 2 },
		"gpus":      func(r *petri.Run) { r.Spec.GPUs = 2 },
		"timeout":   func(r *petri.Run) { r.Spec.Timeout = time.Second },
		"network":   func(r *petri.Run) { r.Spec.Network = petri.NetworkNone },
		"variables": func(r *petri.Run) { r.Spec.Variables = map[string]string{"A": ""} },
	} {
		changed := base
		if change(&changed); store.Likeness(changed) == store.Likeness(base) {
			t.Errorf("%s makes no difference", name)
		}
	}
	twin := base
	twin.Spec.Tags, twin.Spec.Title, twin.CreatedBy, twin.Study, twin.Check, twin.Spec.Network, twin.Spec.Variables = []string{"x"}, "t", "bob", 3, "fit", petri.NetworkDefault, map[string]string{}
	same(t, "what makes none", store.Likeness(twin), store.Likeness(base))

	study := w.newStudy(t, w.aStudy(petri.StudyChecks, sealed))
	r := w.aRun(w.project, "alice")
	r.Study, r.Check, r.Image = study.ID, "fit", digest(1)
	w.update(t, func(tx *store.Tx) error { return tx.Runs().Create(&r) })
	same(t, "of a study", w.run(t, r.ID), r)
	w.update(t, func(tx *store.Tx) error {
		if err := tx.Runs().Claim(r.ID, "one"); err != nil {
			return err
		}
		if err := tx.Runs().Transition(r.ID, petri.RunStarting, petri.RunCollecting, nil); err != nil {
			return err
		}
		return tx.Runs().Transition(r.ID, petri.RunCollecting, petri.RunFailed, func(r *petri.Run) {
			r.Facts, r.Loaded, r.Metrics = digest(1), digest(2), []petri.Metric{{Name: "auc", Number: &number}, {Name: "note", Text: "a \x00 in it"}}
		})
	})
	got := w.run(t, r.ID)
	same(t, "facts and loaded", []petri.Digest{got.Facts, got.Loaded}, []petri.Digest{digest(1), digest(2)})
	same(t, "metrics", got.Metrics, []petri.Metric{{Name: "auc", Number: &number}, {Name: "note", Text: "a \x00 in it"}})
	bad := w.aRun(w.project, "alice")
	bad.Study = 99
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Runs().Create(&bad) })
}
