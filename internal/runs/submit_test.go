package runs_test

import (
	"math"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

func TestSubmit(t *testing.T) {
	w := newWorld(t)
	r := w.submit()
	if r.Ref != run(1) || r.Status != petri.RunQueued || r.Commit != w.project.Head || r.Environment != ref("alice/r@2") || r.Image != w.new.Image.Digest ||
		r.Origin != "cli" || r.CreatedBy != "alice" || r.Spec.CPUs != 1 || r.Spec.MemoryBytes != 1<<30 || r.Spec.Network != petri.NetworkDefault {
		t.Errorf("got %+v", r)
	}
	first := w.project.Head
	w.commit(map[string]string{"main.R": "print(2)\n"})
	want := w.submission()
	want.Commit, want.Environment, want.Origin = string(first[:8]), ref("alice/r@1"), "web"
	want.Spec.CPUs, want.Spec.MemoryBytes, want.Spec.Tags = 2.5, 512<<20, []string{"b", "a", "b"}
	r, err := w.Submit(ctx, w.alice, want)
	w.must(err)
	if r.Ref != run(2) || r.Commit != first || r.Environment != ref("alice/r@1") || r.Image != w.old.Image.Digest || r.Origin != "web" || r.Spec.CPUs != 2.5 || len(r.Spec.Tags) != 2 {
		t.Errorf("got %+v", r)
	}
}

func TestSubmitRefuses(t *testing.T) {
	w := newWorld(t)
	for _, status := range []petri.BuildStatus{petri.BuildQueued, petri.BuildBuilding, petri.BuildFailed, petri.BuildCanceled} {
		w.revision(string(status), status)
	}
	others := petri.Project{Owner: "bob", Name: "hidden", Visibility: petri.Private, CreatedBy: "bob"}
	open := petri.Project{Owner: "bob", Name: "open", Visibility: petri.Everyone, CreatedBy: "bob"}
	bare := petri.Project{Owner: "alice", Name: "bare", Visibility: petri.Private, CreatedBy: "alice"}
	empty := petri.Project{Owner: "alice", Name: "empty", Visibility: petri.Private, CreatedBy: "alice", Environment: ref("r")}
	away := petri.Project{Owner: "alice", Name: "away", Visibility: petri.Private, CreatedBy: "alice", Archived: true}
	hiddenEnv := petri.Environment{Owner: "bob", Name: "secret", Visibility: petri.Private, CreatedBy: "bob"}
	w.update(func(tx *store.Tx) error {
		for _, p := range []*petri.Project{&others, &open, &bare, &empty, &away} {
			if err := tx.Projects().Create(p); err != nil {
				return err
			}
		}
		return tx.Environments().Create(&hiddenEnv)
	})
	tests := []struct {
		name   string
		change func(*runs.Submission)
		kind   petri.Kind
		says   string
	}{
		{"no command", func(s *runs.Submission) { s.Spec.Command = nil }, petri.Invalid, "no command given"},
		{"negative CPUs", func(s *runs.Submission) { s.Spec.CPUs = -1 }, petri.Invalid, "-1 CPUs"},
		{"no number of CPUs", func(s *runs.Submission) { s.Spec.CPUs = math.NaN() }, petri.Invalid, "NaN"},
		{"too many CPUs", func(s *runs.Submission) { s.Spec.CPUs = 64 }, petri.Invalid, "asks for 64 CPUs and this machine has 4"},
		{"negative memory", func(s *runs.Submission) { s.Spec.MemoryBytes = -1 }, petri.Invalid, "memory"},
		{"hardly any memory", func(s *runs.Submission) { s.Spec.MemoryBytes = 1 << 20 }, petri.Invalid, "at least 6m"},
		{"too much memory", func(s *runs.Submission) { s.Spec.MemoryBytes = 1 << 40 }, petri.Invalid, "asks for 1 TiB of memory and this machine has 8 GiB"},
		{"more GPUs than there are", func(s *runs.Submission) { s.Spec.GPUs = 1 }, petri.Invalid, "asks for --gpus 1 and this machine has 0"},
		{"negative GPUs", func(s *runs.Submission) { s.Spec.GPUs = -1 }, petri.Invalid, "GPUs"},
		{"negative time limit", func(s *runs.Submission) { s.Spec.Timeout = -time.Second }, petri.Invalid, "time limit"},
		{"bad network", func(s *runs.Submission) { s.Spec.Network = "host" }, petri.Invalid, "not a network"},
		{"bad variable", func(s *runs.Submission) { s.Spec.Variables = map[string]string{"A=B": "x"} }, petri.Invalid, "cannot name a variable"},
		{"petri's variable", func(s *runs.Submission) { s.Spec.Variables = map[string]string{"PETRI_RUN": "x"} }, petri.Invalid, "PETRI_"},
		{"empty tag", func(s *runs.Submission) { s.Spec.Tags = []string{""} }, petri.Invalid, "tag"},
		{"argument is no text", func(s *runs.Submission) { s.Spec.Command = []string{"a", "\xff"} }, petri.Invalid, "UTF-8"},
		{"bad origin", func(s *runs.Submission) { s.Origin = "moon" }, petri.Invalid, "not an origin"},
		{"no such project", func(s *runs.Submission) { s.Project.Name = "none" }, petri.NotFound, "there is no project alice/none"},
		{"hidden project", func(s *runs.Submission) { s.Project = others.Ref() }, petri.NotFound, "there is no project bob/hidden"},
		{"somebody's project", func(s *runs.Submission) { s.Project = open.Ref() }, petri.Denied, "only bob"},
		{"archived project", func(s *runs.Submission) { s.Project = away.Ref() }, petri.Conflict, "is archived"},
		{"no environment", func(s *runs.Submission) { s.Project = bare.Ref() }, petri.Conflict, "petri project set --env"},
		{"no commit", func(s *runs.Submission) { s.Project = empty.Ref() }, petri.Conflict, "no commit yet"},
		{"no such commit", func(s *runs.Submission) { s.Commit = "abcdef12" }, petri.NotFound, "no commit abcdef12"},
		{"no commit at all", func(s *runs.Submission) { s.Commit = "main" }, petri.Invalid, "is not a commit"},
		{"no such environment", func(s *runs.Submission) { s.Environment = ref("none") }, petri.NotFound, "there is no environment alice/none"},
		{"hidden environment", func(s *runs.Submission) { s.Environment = hiddenEnv.Ref() }, petri.NotFound, "there is no environment bob/secret"},
		{"no such revision", func(s *runs.Submission) { s.Environment = ref("r@9") }, petri.NotFound, "there is no revision alice/r@9"},
		{"nothing active", func(s *runs.Submission) { s.Environment = ref("queued") }, petri.Conflict, "no active revision yet"},
		{"queued", func(s *runs.Submission) { s.Environment = ref("queued@1") }, petri.Conflict, "it is queued"},
		{"building", func(s *runs.Submission) { s.Environment = ref("building@1") }, petri.Conflict, "it is building"},
		{"failed", func(s *runs.Submission) { s.Environment = ref("failed@1") }, petri.Conflict, "its build failed"},
		{"cancelled", func(s *runs.Submission) { s.Environment = ref("canceled@1") }, petri.Conflict, "petri env build"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w.T = t
			want := w.submission()
			test.change(&want)
			_, err := w.Submit(ctx, w.alice, want)
			w.refused(err, test.kind, test.says)
		})
	}
	w.T = t
	list, err := w.List(ctx, w.root, runs.Filter{})
	w.must(err)
	if len(list) != 0 {
		t.Errorf("what was refused left %d runs", len(list))
	}
}

func TestDryRun(t *testing.T) {
	w := newWorld(t)
	want := w.submission()
	want.DryRun = true
	could, err := w.Submit(ctx, w.alice, want)
	w.must(err)
	if could.Commit != w.submit().Commit || could.Ref.Number != 0 {
		t.Errorf("got %+v", could)
	}
	want.Environment = ref("none")
	_, err = w.Submit(ctx, w.alice, want)
	w.refused(err, petri.NotFound, "there is no environment alice/none; petri env ls")
	if list, err := w.List(ctx, w.root, runs.Filter{}); err != nil || len(list) != 1 {
		t.Errorf("%d runs, %v; a dry run makes none", len(list), err)
	}
}

func TestFind(t *testing.T) {
	w := newWorld(t)
	tagged := w.submission()
	tagged.Spec.Tags = []string{"night"}
	_, err := w.Submit(ctx, w.alice, tagged)
	w.must(err)
	w.submit()
	list := func(f runs.Filter) int {
		t.Helper()
		found, err := w.List(ctx, w.alice, f)
		w.must(err)
		return len(found)
	}
	if n := list(runs.Filter{Project: w.project.Ref(), Tag: "night"}); n != 1 {
		t.Errorf("%d with the tag", n)
	}
	if n := list(runs.Filter{Status: []petri.RunStatus{petri.RunQueued}, Limit: 1}); n != 1 {
		t.Errorf("%d queued", n)
	}
	if found, err := w.List(ctx, w.bob, runs.Filter{}); err != nil || len(found) != 0 {
		t.Errorf("bob sees %d runs, %v", len(found), err)
	}
	_, err = w.List(ctx, w.bob, runs.Filter{Project: w.project.Ref()})
	w.refused(err, petri.NotFound, "there is no project alice/p")
	_, err = w.Get(ctx, w.bob, run(1))
	w.refused(err, petri.NotFound, "there is no project alice/p")
	_, err = w.Get(ctx, w.alice, run(7))
	w.refused(err, petri.NotFound, "there is no run alice/p#7")
	_, err = w.Record(ctx, w.alice, run(1))
	w.refused(err, petri.Conflict, "has no record yet: it is queued")
	_, err = w.Verify(ctx, w.alice, run(1))
	w.refused(err, petri.Conflict, "has no record")
	_, err = w.Packages(ctx, w.alice, run(1), false)
	w.refused(err, petri.Conflict, "has no package list")
	_, err = w.Compare(ctx, w.alice, run(1), run(2), petri.Rules{})
	w.refused(err, petri.Conflict, "cannot be compared")
}
