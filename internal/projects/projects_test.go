package projects_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/projects"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/store/storetest"
)

// world is the service with three people: alice has a private environment r with one
// revision and an open one, bob a private one.
type world struct {
	*testing.T
	*projects.Service
	db               *store.DB
	alice, bob, root access.Caller
}

func newWorld(t *testing.T) *world {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	w := &world{T: t, db: storetest.OpenAt(t, ":memory:", now)}
	w.Service = projects.New(w.db, now)
	w.alice, w.bob, w.root = w.person("alice", false), w.person("bob", false), w.person("root", true)
	w.environment("alice", "r", petri.Private)
	w.environment("alice", "open", petri.Everyone)
	w.environment("bob", "secret", petri.Private)
	return w
}

func (w *world) update(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.db.Update(context.Background(), fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) person(name string, admin bool) access.Caller {
	user := petri.User{Name: name, Admin: admin}
	w.update(func(tx *store.Tx) error { return tx.Users().Create(&user) })
	return access.Caller{User: user}
}

func (w *world) environment(owner, name string, v petri.Visibility) {
	w.update(func(tx *store.Tx) error {
		env := petri.Environment{Owner: owner, Name: name, Visibility: v, CreatedBy: owner}
		if err := tx.Environments().Create(&env); err != nil {
			return err
		}
		base := petri.Base{Kind: petri.BaseImage, Ref: "debian:12"}
		return tx.Revisions().Create(&petri.Revision{EnvironmentID: env.ID, CreatedBy: owner, Definition: petri.Definition{Base: base}})
	})
}

func (w *world) made(c access.Caller, want projects.Creation) projects.Project {
	w.Helper()
	project, err := w.Create(context.Background(), c, want)
	if err != nil {
		w.Fatal(err)
	}
	return project
}

// refused fails unless err is of that kind and says that; kind "" is no error.
func (w *world) refused(err error, kind petri.Kind, says string) {
	w.Helper()
	if petri.KindOf(err) != kind || !strings.Contains(petri.MessageOf(err), says) {
		w.Errorf("got %v (%s), want %s: …%s…", err, petri.KindOf(err), kind, says)
	}
}

func ref(owner, name string) petri.ProjectRef { return petri.ProjectRef{Owner: owner, Name: name} }

func (w *world) list(c access.Caller, owner string, archived bool) string {
	w.Helper()
	found, err := w.List(context.Background(), c, owner, archived)
	if err != nil {
		w.Fatal(err)
	}
	var names []string
	for _, p := range found {
		names = append(names, p.Ref().String())
	}
	return strings.Join(names, " ")
}

func TestCreate(t *testing.T) {
	tests := []struct {
		name string
		as   string
		want projects.Creation
		kind petri.Kind
		says string
	}{
		{"plain", "alice", projects.Creation{Name: "p"}, "", ""},
		{"with its environment", "alice", projects.Creation{Name: "p", Environment: "r"}, "", ""},
		{"with a revision", "alice", projects.Creation{Name: "p", Environment: "alice/r@1"}, "", ""},
		{"with somebody's open environment", "bob", projects.Creation{Name: "p", Environment: "alice/open"}, "", ""},
		{"for somebody, by an administrator", "root", projects.Creation{Owner: "bob", Name: "p"}, "", ""},
		{"of the same name as another's", "bob", projects.Creation{Name: "taken"}, "", ""},
		{"no name", "alice", projects.Creation{}, petri.Invalid, "cannot name a project"},
		{"bad name", "alice", projects.Creation{Name: "A b"}, petri.Invalid, "cannot name a project"},
		{"bad owner", "alice", projects.Creation{Owner: "../x", Name: "p"}, petri.Invalid, "cannot name a user"},
		{"bad visibility", "alice", projects.Creation{Name: "p", Visibility: "all"}, petri.Invalid, "visibility"},
		{"bad environment", "alice", projects.Creation{Name: "p", Environment: "r@x"}, petri.Invalid, "environment reference"},
		{"for somebody else", "alice", projects.Creation{Owner: "bob", Name: "p"}, petri.Denied, "in the name of bob"},
		{"for nobody", "root", projects.Creation{Owner: "carol", Name: "p"}, petri.NotFound, "carol"},
		{"taken", "alice", projects.Creation{Name: "taken"}, petri.Conflict, "alice/taken already"},
		{"no such environment", "alice", projects.Creation{Name: "p", Environment: "none"}, petri.NotFound, "no environment alice/none"},
		{"no such revision", "alice", projects.Creation{Name: "p", Environment: "r@2"}, petri.NotFound, "alice/r@2"},
		{"somebody's environment", "alice", projects.Creation{Name: "p", Environment: "bob/secret"}, petri.NotFound, "no environment bob/secret"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.made(w.alice, projects.Creation{Name: "taken"})
			caller := map[string]access.Caller{"alice": w.alice, "bob": w.bob, "root": w.root}[test.as]
			project, err := w.Create(t.Context(), caller, test.want)
			w.refused(err, test.kind, test.says)
			if err != nil {
				if all := w.list(w.root, "", true); all != "alice/taken" {
					t.Errorf("it left %s", all)
				}
				return
			}
			if project.ID == 0 || project.Visibility != petri.Private || project.CreatedBy != test.as || project.CreatedAt.IsZero() || project.Runs != 0 {
				t.Errorf("made %+v", project)
			}
			if (project.Environment.Name == "") != (test.want.Environment == "") {
				t.Errorf("environment %s", project.Environment)
			}
			again, err := w.Get(t.Context(), caller, project.Ref())
			if err != nil || again != project {
				t.Errorf("got %+v, %v; made %+v", again, err, project)
			}
		})
	}
}

// TestWhoMaySeeAndWrite: what one may not see is answered exactly as what is not there.
func TestWhoMaySeeAndWrite(t *testing.T) {
	w := newWorld(t)
	w.made(w.alice, projects.Creation{Name: "mine"})
	w.made(w.alice, projects.Creation{Name: "team", Visibility: petri.Team})
	w.made(w.alice, projects.Creation{Name: "open", Visibility: petri.Everyone})
	w.made(w.alice, projects.Creation{Name: "old", Visibility: petri.Everyone})
	_, err := w.Edit(t.Context(), w.alice, ref("alice", "old"), projects.Change{Archived: ptr(true)})
	w.refused(err, "", "")
	const none, denied, archived = petri.NotFound, petri.Denied, petri.Conflict
	tests := []struct {
		name       string
		caller     access.Caller
		see, write map[string]petri.Kind
		lists      string
	}{
		{
			"owner", w.alice,
			map[string]petri.Kind{"mine": "", "team": "", "open": "", "old": "", "none": none},
			map[string]petri.Kind{"mine": "", "team": "", "open": "", "old": archived, "none": none},
			"alice/mine alice/open alice/team",
		},
		{
			"administrator", w.root,
			map[string]petri.Kind{"mine": "", "team": "", "open": "", "old": "", "none": none},
			map[string]petri.Kind{"mine": "", "team": "", "open": "", "old": archived, "none": none},
			"alice/mine alice/open alice/team",
		},
		{
			"somebody", w.bob,
			map[string]petri.Kind{"mine": none, "team": none, "open": "", "old": "", "none": none},
			map[string]petri.Kind{"mine": none, "team": none, "open": denied, "old": denied, "none": none},
			"alice/open",
		},
		{
			"nobody", access.Caller{},
			map[string]petri.Kind{"mine": none, "team": none, "open": none, "old": none, "none": none},
			map[string]petri.Kind{"mine": none, "team": none, "open": none, "old": none, "none": none},
			"",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for name, kind := range test.see {
				_, err := w.Get(t.Context(), test.caller, ref("alice", name))
				if petri.KindOf(err) != kind {
					t.Errorf("get %s: %v", name, err)
				}
				if kind == none && petri.MessageOf(err) != ref("alice", name).Missing().Message {
					t.Errorf("get %s says %q", name, petri.MessageOf(err))
				}
			}
			for name, kind := range test.write {
				project, err := w.Writable(t.Context(), test.caller, ref("alice", name))
				if petri.KindOf(err) != kind || kind == "" && project.Name != name {
					t.Errorf("write %s: %v, %v", name, project.Ref(), err)
				}
			}
			if got := w.list(test.caller, "", false); got != test.lists {
				t.Errorf("lists %q, want %q", got, test.lists)
			}
			if got := w.list(test.caller, "bob", false); got != "" {
				t.Errorf("lists %q of bob", got)
			}
		})
	}
	if got := w.list(w.bob, "alice", true); got != "alice/old alice/open" {
		t.Errorf("with archived ones: %q", got)
	}
}

func ptr[T any](v T) *T { return &v }

// TestEdit changes all that was asked for or, where any of it is refused, nothing.
func TestEdit(t *testing.T) {
	tests := []struct {
		name   string
		as     string
		change projects.Change
		kind   petri.Kind
		says   string
		want   func(*projects.Project)
	}{
		{"nothing", "alice", projects.Change{}, "", "", func(*projects.Project) {}},
		{"visibility", "alice", projects.Change{Visibility: ptr("everyone")}, "", "", func(p *projects.Project) { p.Visibility = petri.Everyone }},
		{"environment", "alice", projects.Change{Environment: ptr("open@1")}, "", "", func(p *projects.Project) {
			p.Environment = petri.EnvironmentRef{Owner: "alice", Name: "open", Revision: 1}
		}},
		{"no environment", "alice", projects.Change{Environment: ptr("")}, "", "", func(p *projects.Project) { p.Environment = petri.EnvironmentRef{} }},
		{"archived", "root", projects.Change{Archived: ptr(true)}, "", "", func(p *projects.Project) { p.Archived = true }},
		{"all of it", "alice", projects.Change{Visibility: ptr("team"), Environment: ptr(""), Archived: ptr(true)}, "", "", func(p *projects.Project) {
			p.Visibility, p.Environment, p.Archived = petri.Team, petri.EnvironmentRef{}, true
		}},
		{"bad visibility", "alice", projects.Change{Visibility: ptr("all"), Archived: ptr(true)}, petri.Invalid, "visibility", nil},
		{"bad environment", "alice", projects.Change{Archived: ptr(true), Environment: ptr("a/b/c")}, petri.Invalid, "too many parts", nil},
		{"environment that is not there", "alice", projects.Change{Visibility: ptr("team"), Environment: ptr("none")}, petri.NotFound, "alice/none", nil},
		{"by somebody", "bob", projects.Change{Archived: ptr(true)}, petri.Denied, "only alice", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			before := w.made(w.alice, projects.Creation{Name: "p", Environment: "r", Visibility: petri.Everyone})
			caller := map[string]access.Caller{"alice": w.alice, "bob": w.bob, "root": w.root}[test.as]
			edited, err := w.Edit(t.Context(), caller, before.Ref(), test.change)
			w.refused(err, test.kind, test.says)
			want := before
			if test.want != nil {
				test.want(&want)
				if edited != want {
					t.Errorf("edited %+v, want %+v", edited, want)
				}
			}
			if after, err := w.Get(t.Context(), w.alice, before.Ref()); err != nil || after != want {
				t.Errorf("it is %+v, want %+v, %v", after, want, err)
			}
		})
	}
	t.Run("hidden from the caller", func(t *testing.T) {
		w := newWorld(t)
		w.made(w.alice, projects.Creation{Name: "p"})
		_, err := w.Edit(t.Context(), w.bob, ref("alice", "p"), projects.Change{Archived: ptr(true)})
		w.refused(err, petri.NotFound, ref("alice", "p").Missing().Message)
	})
	t.Run("brought back", func(t *testing.T) {
		w := newWorld(t)
		w.made(w.alice, projects.Creation{Name: "p"})
		for _, archived := range []bool{true, true, false} {
			p, err := w.Edit(t.Context(), w.alice, ref("alice", "p"), projects.Change{Archived: &archived})
			if err != nil || p.Archived != archived {
				t.Errorf("archived %v: %v, %v", archived, p.Archived, err)
			}
		}
		_, err := w.Writable(t.Context(), w.alice, ref("alice", "p"))
		w.refused(err, "", "")
	})
}

// TestRunsAreCounted wherever a project is shown.
func TestRunsAreCounted(t *testing.T) {
	w := newWorld(t)
	project := w.made(w.alice, projects.Creation{Name: "p", Environment: "r"})
	w.update(func(tx *store.Tx) error {
		env, err := tx.Environments().ByName("alice", "r")
		if err != nil {
			return err
		}
		revision, err := tx.Revisions().ByNumber(env.ID, 1)
		if err != nil {
			return err
		}
		for range 2 {
			run := petri.Run{ProjectID: project.ID, RevisionID: revision.ID, CreatedBy: "alice", Environment: revision.Ref, Origin: "cli"}
			if err := tx.Runs().Create(&run); err != nil {
				return err
			}
		}
		return nil
	})
	got, err := w.Get(t.Context(), w.alice, project.Ref())
	w.refused(err, "", "")
	list, err := w.List(t.Context(), w.alice, "alice", false)
	w.refused(err, "", "")
	edited, err := w.Edit(t.Context(), w.alice, project.Ref(), projects.Change{})
	w.refused(err, "", "")
	if got.Runs != 2 || edited.Runs != 2 || len(list) != 1 || list[0].Runs != 2 {
		t.Errorf("got %d, edited %d, list %+v", got.Runs, edited.Runs, list)
	}
}

func TestHistory(t *testing.T) {
	w := newWorld(t)
	project := w.made(w.alice, projects.Creation{Name: "p"}).Project
	if none, err := w.History(t.Context(), project, "", 10); err != nil || none == nil || len(none) != 0 {
		t.Errorf("of no commit: %v, %v", none, err)
	}
	var ids []petri.CommitID
	w.update(func(tx *store.Tx) error {
		ids = nil
		for i := range 3 {
			c := petri.Commit{Tree: petri.DigestBytes([]byte{byte(i)}), Author: "alice", Message: "m", CreatedAt: time.Unix(int64(i), 0).UTC()}
			if i > 0 {
				c.Parents = ids[i-1:]
			}
			if err := tx.Commits().Insert(project.ID, c); err != nil {
				return err
			}
			ids = append(ids, c.ID())
		}
		return nil
	})
	for limit, want := range map[int]int{1: 1, 2: 2, 10: 3} {
		found, err := w.History(t.Context(), project, ids[2], limit)
		if err != nil || len(found) != want || found[0].ID() != ids[2] {
			t.Errorf("limit %d: %d commits, %v", limit, len(found), err)
		}
	}
	if none, err := w.History(t.Context(), project, petri.CommitID(petri.DigestBytes([]byte("none"))), 1); err != nil || len(none) != 0 {
		t.Errorf("of another's commit: %v, %v", none, err)
	}
}
