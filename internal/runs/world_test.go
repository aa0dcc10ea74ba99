package runs_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

// world is a service over a database and blobs, with people, environments and a project.
type world struct {
	*testing.T
	*runs.Service
	db               *store.DB
	blobs            *disk.Store
	data             string
	alice, bob, root access.Caller
	now              time.Time
	project          petri.Project
	old, new         petri.Revision // of alice/r, whose active revision is new
}

var ctx = context.Background()

const machineMemory = 8 << 30

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), data: t.TempDir()}
	var mu sync.Mutex
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		w.now = w.now.Add(1234567 * time.Microsecond)
		return w.now
	}
	var err error
	w.db, err = store.Open(ctx, filepath.Join(w.data, "petri.db"), store.Options{Now: clock})
	w.must(err)
	t.Cleanup(func() { _ = w.db.Close() })
	w.blobs, err = disk.Open(w.data, disk.Options{UID: -1, GID: -1})
	w.must(err)
	key, err := runs.LoadOrCreateKey(filepath.Join(w.data, "server.key"))
	w.must(err)
	w.Service = runs.New(runs.Config{
		DB: w.db, Blobs: w.blobs, Key: key, Server: "server-1", Now: clock,
		Limits: runs.Limits{CPUs: 4, MemoryBytes: machineMemory, DefaultCPUs: 1, DefaultMemory: 1 << 30},
	})
	w.alice, w.bob, w.root = w.person("alice", false), w.person("bob", false), w.person("root", true)
	w.old = w.revision("r", petri.BuildReady)
	w.new = w.revision("r", petri.BuildReady)
	w.update(func(tx *store.Tx) error { return tx.Environments().SetActive(w.new.EnvironmentID, 2) })
	w.project = petri.Project{Owner: "alice", Name: "p", Visibility: petri.Private, Environment: ref("alice/r"), CreatedBy: "alice"}
	w.update(func(tx *store.Tx) error { return tx.Projects().Create(&w.project) })
	w.commit(map[string]string{"main.R": "print(1)\n", "data/a.csv": "1,2\n"})
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) update(fn func(*store.Tx) error) {
	w.Helper()
	w.must(w.db.Update(ctx, fn))
}

func (w *world) refused(err error, kind petri.Kind, says string) {
	w.Helper()
	if petri.KindOf(err) != kind || !strings.Contains(petri.MessageOf(err), says) {
		w.Errorf("got %v (%s), want %s: …%s…", err, petri.KindOf(err), kind, says)
	}
}

func (w *world) person(name string, admin bool) access.Caller {
	user := petri.User{Name: name, Admin: admin}
	w.update(func(tx *store.Tx) error { return tx.Users().Create(&user) })
	return access.Caller{User: user, Origin: "cli"}
}

// revision adds a revision of that status to one of alice's environments.
func (w *world) revision(name string, status petri.BuildStatus) petri.Revision {
	w.Helper()
	var r petri.Revision
	w.update(func(tx *store.Tx) error {
		env, err := tx.Environments().ByName("alice", name)
		if petri.KindOf(err) == petri.NotFound {
			env = petri.Environment{Owner: "alice", Name: name, Visibility: petri.Private, CreatedBy: "alice"}
			err = tx.Environments().Create(&env)
		}
		if err != nil {
			return err
		}
		r = petri.Revision{EnvironmentID: env.ID, CreatedBy: "alice", Definition: petri.Definition{Base: petri.Base{Kind: petri.BaseImage, Ref: "debian:12", Digest: digest("debian")}}}
		if err := tx.Revisions().Create(&r); err != nil {
			return err
		}
		if status == petri.BuildReady {
			err = tx.Revisions().SetReady(r.ID, petri.Image{Digest: digest("image of " + r.Ref.String())}, "", 0)
		} else {
			err = tx.Revisions().SetStatus(r.ID, status, "", 0)
		}
		if err != nil {
			return err
		}
		r, err = tx.Revisions().ByID(r.ID)
		return err
	})
	return r
}

func (w *world) put(content string) petri.Digest {
	w.Helper()
	d, _, err := w.blobs.Put(ctx, strings.NewReader(content), "")
	w.must(err)
	return d
}

func (w *world) tree(files map[string]string) (root petri.Digest, count, bytes int64) {
	w.Helper()
	var leaves []tree.Leaf
	for path, content := range files {
		leaves = append(leaves, tree.Leaf{Path: path, Kind: tree.File, Size: int64(len(content)), Digest: w.put(content)})
	}
	root, count, bytes, err := tree.Build(leaves, func(b []byte) (petri.Digest, error) { return w.put(string(b)), nil })
	w.must(err)
	return root, count, bytes
}

// commit makes files the project's head.
func (w *world) commit(files map[string]string) petri.CommitID {
	w.Helper()
	c := petri.Commit{Author: "alice", CreatedAt: w.now, Message: "m", Git: &petri.GitState{Commit: "abc", Dirty: true}}
	c.Tree, c.Files, c.Bytes = w.tree(files)
	if w.project.Head != "" {
		c.Parents = []petri.CommitID{w.project.Head}
	}
	w.update(func(tx *store.Tx) error {
		if err := tx.Commits().Insert(w.project.ID, c); err != nil {
			return err
		}
		return tx.Projects().SetHead(w.project.ID, w.project.Head, c.ID())
	})
	w.project.Head = c.ID()
	return c.ID()
}

func ref(s string) petri.EnvironmentRef {
	r, err := petri.ParseEnvironmentRef(s, "alice")
	if err != nil {
		panic(err)
	}
	return r
}

func run(number int) petri.RunRef {
	return petri.RunRef{Project: petri.ProjectRef{Owner: "alice", Name: "p"}, Number: number}
}

func digest(word string) petri.Digest { return petri.DigestBytes([]byte(word)) }

func (w *world) submission() runs.Submission {
	return runs.Submission{Project: w.project.Ref(), Spec: petri.RunSpec{Command: []string{"Rscript", "main.R"}}}
}

func (w *world) submit() petri.Run {
	w.Helper()
	r, err := w.Submit(ctx, w.alice, w.submission())
	w.must(err)
	return r
}

// collecting takes a queued run to the state in which it can be sealed.
func (w *world) collecting(r petri.Run) petri.Run {
	w.Helper()
	w.must(w.Claim(ctx, r.ID, "worker"))
	_, err := w.Advance(ctx, r.ID, petri.RunStarting, petri.RunRunning, func(r *petri.Run) { r.StartedAt = w.now })
	w.must(err)
	r, err = w.Advance(ctx, r.ID, petri.RunRunning, petri.RunCollecting, nil)
	w.must(err)
	return r
}

// finished is what a run left that wrote one file and printed something.
func (w *world) finished(o petri.Outcome) runs.Finished {
	w.Helper()
	files := map[string]string{"main.R": "print(1)\n", "data/a.csv": "1,2\n", "out/result.csv": "3\n"}
	root, count, bytes := w.tree(files)
	log := petri.LogFrame{Stream: petri.Stdout, Data: []byte("[1] 1\n")}
	header := make([]byte, petri.LogHeaderSize)
	petri.PutLogHeader(header, log.Stream, w.now, len(log.Data))
	list := petri.NewPackageList([]petri.Package{{Ecosystem: "r", Name: "survival", Version: "3.5"}})
	return runs.Finished{
		Outcome: o, StartedAt: w.now, FinishedAt: w.now.Add(time.Second),
		Host: petri.HostFacts{Engine: "docker 20.10.24", Kernel: "6.18", CPUs: 4},
		Collected: runs.Collected{
			Tree: root, Files: count, Bytes: bytes,
			Changes: []petri.ResultChange{{Path: "out/result.csv", Change: "added", Bytes: 2, Digest: digest("3\n")}},
			LeftOut: []petri.LeftOut{{Path: "out/fifo", Why: "a named pipe"}},
		},
		Log: w.put(string(header) + string(log.Data)), LogBytes: int64(len(header) + len(log.Data)),
		PackagesBefore: w.put(string(list.Encode())), PackagesAfter: w.put(string(list.Encode())),
	}
}

// sealed is a run that was carried out.
func (w *world) sealed(o petri.Outcome) petri.Run {
	w.Helper()
	r := w.collecting(w.submit())
	r, err := w.Seal(ctx, r.ID, w.finished(o))
	w.must(err)
	return r
}
