package trials_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/store/storetest"
	"github.com/petri-dev/petri/internal/tree"
	"github.com/petri-dev/petri/internal/trials"
)

// team is people, environments and projects over a real database, with a worker that plays:
// what a command does says acts, by the run's project, check and revision.
type team struct {
	*testing.T
	*trials.Service
	db         *store.DB
	blobs      *disk.Store
	runs       *runs.Service
	envs       *envs.Service
	files      *files.Files
	alice, bob access.Caller
	acts       func(r petri.Run, nth int) act
	done       map[string]int // how often each check ran in each revision
	code       string         // of new projects

	mu  sync.Mutex
	now time.Time
}

// act is what a run leaves.
type act struct {
	exit   int
	files  map[string]string
	stdout string
	stderr string
	fails  string // Petri's own error
	loads  []petri.Package
}

var ctx = context.Background()

func newTeam(t *testing.T) *team {
	t.Helper()
	return newTeamAt(t, storetest.SQLite(t))
}

func newTeamAt(t *testing.T, dsn string) *team {
	t.Helper()
	w := &team{T: t, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), done: map[string]int{}, code: "print(1)\n"}
	data := t.TempDir()
	var err error
	w.db, err = store.Open(ctx, dsn, store.Options{Now: w.clock})
	w.must(err)
	t.Cleanup(func() { _ = w.db.Close() })
	w.blobs, err = disk.Open(data, disk.Options{UID: -1, GID: -1})
	w.must(err)
	key, err := runs.LoadOrCreateKey(filepath.Join(data, "server.key"))
	w.must(err)
	w.runs = runs.New(runs.Config{DB: w.db, Blobs: w.blobs, Key: key, Server: "server-1", Now: w.clock, Limits: runs.Limits{CPUs: 4, MemoryBytes: 8 << 30, DefaultCPUs: 1, DefaultMemory: 1 << 30}})
	w.files = files.New(w.db, w.blobs, filepath.Join(data, "trees"), w.clock)
	w.envs = envs.New(w.db, w.blobs, w.files.CheckTree, w.clock)
	w.restart()
	w.alice, w.bob = w.person("alice"), w.person("bob")
	w.acts = func(petri.Run, int) act { return act{files: map[string]string{"out/a.csv": "x\n1\n"}} }
	return w
}

func (w *team) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Second)
	return w.now
}

// restart is a server that was killed and comes back: nothing in memory is left.
func (w *team) restart() {
	w.Service = trials.New(trials.Config{DB: w.db, Blobs: w.blobs, Runs: w.runs, Envs: w.envs, Files: w.files, Now: w.clock})
}

func (w *team) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *team) update(fn func(*store.Tx) error) {
	w.Helper()
	w.must(w.db.Update(ctx, fn))
}

func (w *team) refused(err error, kind petri.Kind, says string) {
	w.Helper()
	if petri.KindOf(err) != kind || !strings.Contains(petri.MessageOf(err), says) {
		w.Errorf("got %v (%s), want %s: …%s…", err, petri.KindOf(err), kind, says)
	}
}

func (w *team) person(name string) access.Caller {
	user := petri.User{Name: name}
	w.update(func(tx *store.Tx) error { return tx.Users().Create(&user) })
	return access.Caller{User: user, Origin: "cli"}
}

func (w *team) put(content string) petri.Digest {
	w.Helper()
	d, _, err := w.blobs.Put(ctx, strings.NewReader(content), "")
	w.must(err)
	return d
}

// revision adds a revision of that status to an environment, the first of which is active.
func (w *team) revision(env string, status petri.BuildStatus, base petri.Base) petri.Revision {
	w.Helper()
	ref := envRef(env)
	if base.Kind == "" {
		base = petri.Base{Kind: petri.BaseImage, Ref: "debian:12", Digest: petri.DigestBytes([]byte("debian"))}
	}
	var r petri.Revision
	w.update(func(tx *store.Tx) error {
		e, err := tx.Environments().ByName(ref.Owner, ref.Name)
		if petri.KindOf(err) == petri.NotFound {
			e = petri.Environment{Owner: ref.Owner, Name: ref.Name, Visibility: petri.Everyone, CreatedBy: ref.Owner}
			err = tx.Environments().Create(&e)
		}
		if err != nil {
			return err
		}
		r = petri.Revision{EnvironmentID: e.ID, CreatedBy: ref.Owner, Definition: petri.Definition{Base: base, Instructions: "RUN " + env + time.Now().String()}}
		if err := tx.Revisions().Create(&r); err != nil {
			return err
		}
		if status != petri.BuildReady {
			err = tx.Revisions().SetStatus(r.ID, status, "line 3 failed", 0)
		} else if err = tx.Revisions().SetReady(r.ID, image(r.Ref), "", 0); err == nil && r.Ref.Revision == 1 {
			err = tx.Environments().SetActive(e.ID, 1)
		}
		if err != nil {
			return err
		}
		r, err = tx.Revisions().ByID(r.ID)
		return err
	})
	return r
}

func image(ref petri.EnvironmentRef) petri.Image {
	return petri.Image{Digest: petri.DigestBytes([]byte("image of " + ref.String()))}
}

func on(r petri.Revision) petri.Base {
	return petri.Base{Kind: petri.BaseRevision, Ref: r.Ref.String(), Digest: r.Image.Digest}
}

func envRef(s string) petri.EnvironmentRef {
	r, err := petri.ParseEnvironmentRef(s, "alice")
	if err != nil {
		panic(err)
	}
	return r
}

const oneCheck = "[[check]]\nname = \"sum\"\ncommand = \"sum\"\nresults = [\"out/*\"]\n"

// project makes a project that uses an environment, with a petri.toml; "" for no commit.
func (w *team) project(owner, name, env, toml string) petri.Project {
	w.Helper()
	p := petri.Project{Owner: owner, Name: name, Visibility: petri.Private, Environment: envRef(env), CreatedBy: owner}
	w.update(func(tx *store.Tx) error { return tx.Projects().Create(&p) })
	if toml == "" {
		return p
	}
	c := petri.Commit{Author: owner, CreatedAt: w.clock(), Message: "m"}
	c.Tree, c.Files, c.Bytes = w.tree(map[string]string{"petri.toml": toml, "main.R": w.code})
	w.update(func(tx *store.Tx) error {
		if err := tx.Commits().Insert(p.ID, c); err != nil {
			return err
		}
		return tx.Projects().SetHead(p.ID, "", c.ID())
	})
	p.Head = c.ID()
	return p
}

func (w *team) tree(content map[string]string) (root petri.Digest, count, bytes int64) {
	w.Helper()
	var leaves []tree.Leaf
	for path, text := range content {
		leaves = append(leaves, tree.Leaf{Path: path, Kind: tree.File, Size: int64(len(text)), Digest: w.put(text)})
	}
	root, count, bytes, err := tree.Build(leaves, func(b []byte) (petri.Digest, error) { return w.put(string(b)), nil })
	w.must(err)
	return root, count, bytes
}

// work carries out at most n queued runs, oldest first, and tells how many.
func (w *team) work(n int) int {
	w.Helper()
	var queued []petri.Run
	w.must(w.db.View(ctx, func(tx *store.Tx) (err error) {
		queued, err = tx.Runs().List(store.RunFilter{Viewer: petri.User{Name: "root", Admin: true}, Status: []petri.RunStatus{petri.RunQueued}})
		return err
	}))
	slices.Reverse(queued)
	queued = queued[:min(n, len(queued))]
	for _, r := range queued {
		w.carry(r)
	}
	return len(queued)
}

func (w *team) carry(r petri.Run) {
	w.Helper()
	key := fmt.Sprint(r.Ref.Project, r.Check, r.Environment)
	w.done[key]++
	a := w.acts(r, w.done[key])
	w.must(w.runs.Claim(ctx, r.ID, "worker"))
	if a.fails != "" {
		w.must(w.runs.Fail(ctx, r.ID, a.fails, ""))
		return
	}
	_, err := w.runs.Advance(ctx, r.ID, petri.RunStarting, petri.RunRunning, func(r *petri.Run) { r.StartedAt = w.clock() })
	w.must(err)
	_, err = w.runs.Advance(ctx, r.ID, petri.RunRunning, petri.RunCollecting, nil)
	w.must(err)
	_, err = w.runs.Seal(ctx, r.ID, w.finished(r, a))
	w.must(err)
}

func (w *team) finished(r petri.Run, a act) runs.Finished {
	content := map[string]string{"main.R": w.code}
	var changes []petri.ResultChange
	for path, text := range a.files {
		content[path] = text
		changes = append(changes, petri.ResultChange{Path: path, Change: "added", Bytes: int64(len(text)), Digest: petri.DigestBytes([]byte(text))})
	}
	root, count, bytes := w.tree(content)
	log := frame(petri.Stdout, a.stdout) + frame(petri.Stderr, a.stderr)
	list := petri.NewPackageList([]petri.Package{{Ecosystem: "r", Name: "stats", Version: fmt.Sprintf("4.0.%d", r.Environment.Revision)}, {Ecosystem: "deb", Name: "libc6", Version: fmt.Sprintf("2.%d", r.Environment.Revision)}})
	f := runs.Finished{
		Outcome: petri.Outcome{ExitCode: a.exit}, Host: petri.HostFacts{Engine: "fake", CPUs: 4},
		Collected: runs.Collected{Tree: root, Files: count, Bytes: bytes, Changes: changes},
		Log:       w.put(log), LogBytes: int64(len(log)), PackagesBefore: w.put(string(list.Encode())), PackagesAfter: w.put(string(list.Encode())),
	}
	if a.loads != nil {
		f.Loaded = w.put(string(petri.NewPackageList(a.loads).Encode()))
	}
	return f
}

func frame(stream byte, text string) string {
	if text == "" {
		return ""
	}
	header := make([]byte, petri.LogHeaderSize)
	petri.PutLogHeader(header, stream, time.Unix(0, 0), len(text))
	return string(header) + text
}

// settled takes a study to its rest, killing the server before every step, and a run at a time.
func (w *team) settled(id petri.StudyID) petri.Study {
	w.Helper()
	for range 2000 {
		w.restart()
		w.must(w.Round(ctx))
		w.work(1)
		study, err := w.Get(ctx, w.alice, "", id)
		w.must(err)
		if study.Status.Ended() {
			return study
		}
	}
	w.Fatal("the study never came to rest")
	return petri.Study{}
}

// runCount is how many runs there are.
func (w *team) runCount() int {
	w.Helper()
	var all []petri.Run
	w.must(w.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Runs().List(store.RunFilter{Viewer: petri.User{Name: "root", Admin: true}})
		return err
	}))
	return len(all)
}
