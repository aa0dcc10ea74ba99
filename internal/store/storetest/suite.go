package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// Run is the suite that a database must pass. fresh makes an empty one each time.
func Run(t *testing.T, fresh Address) {
	for name, test := range map[string]func(*testing.T, Address){
		"People":       testPeople,
		"Environments": testEnvironments,
		"Usage":        testUsage,
		"Revisions":    testRevisions,
		"Builds":       testBuilds,
		"BuildSteps":   testBuildSteps,
		"Projects":     testProjects,
		"Commits":      testCommits,
		"Runs":         testRuns,
		"RunList":      testRunList,
		"RunSteps":     testRunSteps,
		"Queue":        testQueue,
		"Records":      testRecords,
		"Immutable":    testImmutable,
		"Checks":       testChecks,
		"Transactions": testTransactions,
		"Claims":       testClaims,
		"Numbers":      testNumbers,
		"TwoProcesses": testTwoProcesses,
		"Exclusive":    testExclusive,
		"Watch":        testWatch,
		"Schema":       testSchema,
		"Upgrade":      testUpgrade,
		"Studies":      testStudies,
		"StudySteps":   testStudySteps,
		"StudyLists":   testStudyLists,
		"Baselines":    testBaselines,
		"Dependents":   testDependents,
		"Alike":        testAlike,
		"Packages":     testPackages,
		"OddPackages":  testOddPackages,
		"RunModel":     testRunModel,
		"BuildModel":   testBuildModel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, fresh)
		})
	}
}

// noon is when every test's clock stands.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 123456000, time.UTC)

func atNoon() time.Time { return noon }

// world is a store with some people, an environment and a project.
type world struct {
	dsn               string
	db                *store.DB
	alice, bob, admin petri.User
	environment       petri.Environment
	revision          petri.Revision
	project           petri.Project
}

func newWorld(t testing.TB, fresh Address) *world {
	t.Helper()
	w := &world{dsn: fresh(t)}
	w.db = OpenAt(t, w.dsn, atNoon)
	w.alice, w.bob, w.admin = petri.User{Name: "alice"}, petri.User{Name: "bob"}, petri.User{Name: "root", Admin: true}
	w.update(t, func(tx *store.Tx) error {
		for _, u := range []*petri.User{&w.alice, &w.bob, &w.admin} {
			if err := tx.Users().Create(u); err != nil {
				return err
			}
		}
		return nil
	})
	w.environment = w.newEnvironment(t, "alice", "r", petri.Private)
	w.revision = w.newRevision(t, w.environment.ID, petri.Base{Kind: petri.BaseImage, Ref: "debian:12"})
	w.project = w.newProject(t, "alice", "churn", petri.Private)
	return w
}

func (w *world) update(t testing.TB, fn func(*store.Tx) error) {
	t.Helper()
	if err := w.db.Update(t.Context(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func (w *world) view(t testing.TB, fn func(*store.Tx) error) {
	t.Helper()
	if err := w.db.View(t.Context(), fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// refused wants fn refused with that kind, inside a transaction that then leaves nothing.
func (w *world) refused(t testing.TB, kind petri.Kind, fn func(*store.Tx) error) {
	t.Helper()
	err := w.db.Update(t.Context(), fn)
	if got := petri.KindOf(err); got != kind {
		t.Errorf("kind %q, want %q: %v", got, kind, err)
	}
	if kind != petri.Internal && petri.MessageOf(err) == "" {
		t.Errorf("no message for people in %v", err)
	}
}

func (w *world) newEnvironment(t testing.TB, owner, name string, v petri.Visibility) petri.Environment {
	t.Helper()
	e := petri.Environment{Owner: owner, Name: name, Visibility: v, CreatedBy: owner, Description: "for " + name}
	w.update(t, func(tx *store.Tx) error { return tx.Environments().Create(&e) })
	return e
}

func (w *world) newRevision(t testing.TB, id petri.EnvironmentID, base petri.Base) petri.Revision {
	t.Helper()
	r := petri.Revision{EnvironmentID: id, Definition: petri.Definition{Base: base}, CreatedBy: "alice"}
	w.update(t, func(tx *store.Tx) error { return tx.Revisions().Create(&r) })
	return r
}

func (w *world) newProject(t testing.TB, owner, name string, v petri.Visibility) petri.Project {
	t.Helper()
	p := petri.Project{Owner: owner, Name: name, Visibility: v, CreatedBy: owner}
	w.update(t, func(tx *store.Tx) error { return tx.Projects().Create(&p) })
	return p
}

func (w *world) newBuild(t testing.TB) petri.Build {
	t.Helper()
	b := petri.Build{RevisionID: w.revision.ID}
	w.update(t, func(tx *store.Tx) error { return tx.Builds().Create(&b) })
	return b
}

func (w *world) newRun(t testing.TB, by string) petri.Run {
	t.Helper()
	r := w.aRun(w.project, by)
	w.update(t, func(tx *store.Tx) error { return tx.Runs().Create(&r) })
	return r
}

func (w *world) aRun(p petri.Project, by string) petri.Run {
	return petri.Run{
		ProjectID: p.ID, RevisionID: w.revision.ID, Environment: w.revision.Ref, CreatedBy: by, Origin: "cli",
		Spec: petri.RunSpec{Command: []string{"true"}},
	}
}

func (w *world) run(t testing.TB, id petri.RunID) (r petri.Run) {
	t.Helper()
	w.view(t, func(tx *store.Tx) (err error) {
		r, err = tx.Runs().ByID(id)
		return err
	})
	return r
}

func (w *world) build(t testing.TB, id petri.BuildID) (b petri.Build) {
	t.Helper()
	w.view(t, func(tx *store.Tx) (err error) {
		b, err = tx.Builds().ByID(id)
		return err
	})
	return b
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (- want, + got):\n%s", what, diff)
	}
}

func digest(n int) petri.Digest { return petri.DigestBytes(fmt.Appendf(nil, "%d", n)) }
