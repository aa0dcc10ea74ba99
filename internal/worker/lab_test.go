package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/blob/disk"
	buildfake "github.com/petri-dev/petri/internal/builder/fake"
	"github.com/petri-dev/petri/internal/engine/fake"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/store/storetest"
	"github.com/petri-dev/petri/internal/tree"
	"github.com/petri-dev/petri/internal/worker"
)

// lab is a server's folder and rows with fakes for Docker and BuildKit, and workers that come
// and go on it.
type lab struct {
	*testing.T
	data    string
	db      *store.DB
	blobs   *disk.Store
	envs    *envs.Service
	runs    *runs.Service
	engine  *trickyEngine
	builder *buildfake.Builder
	config  worker.Config
	alice   access.Caller
	project petri.Project
	skew    atomic.Int64 // how far the clock is ahead
	worker  *worker.Worker
}

const serverID = "0123456789abcdef"

// newLab makes a lab at rest, with alice, her project and no environment yet. change may
// alter what its workers are given.
func newLab(t *testing.T, change ...func(*worker.Config)) *lab {
	t.Helper()
	t.Parallel()
	l := &lab{T: t, data: t.TempDir()}
	now := func() time.Time { return time.Now().Add(time.Duration(l.skew.Load())) }
	l.db = storetest.OpenAt(t, ":memory:", now)
	root := os.Geteuid() == 0
	owner := disk.Options{UID: -1, GID: -1}
	if root {
		owner = disk.Options{UID: 1000, GID: 1000}
	}
	var err error
	l.blobs, err = disk.Open(l.data, owner)
	l.must(err)
	e, err := fake.New(filepath.Join(t.TempDir(), "engine"))
	l.must(err)
	l.engine, l.builder = newTrickyEngine(e), buildfake.New()
	key, err := runs.LoadOrCreateKey(filepath.Join(l.data, "server.key"))
	l.must(err)
	trees := files.New(l.db, l.blobs, filepath.Join(l.data, "trees"), now)
	l.envs = envs.New(l.db, l.blobs, trees.CheckTree, now)
	l.runs = runs.New(runs.Config{
		DB: l.db, Blobs: l.blobs, Key: key, Server: serverID, Now: now,
		Limits: runs.Limits{CPUs: 4, MemoryBytes: 8 << 30, GPUs: -1, DefaultCPUs: 1, DefaultMemory: 1 << 30},
	})
	log := &lockedBuffer{}
	l.config = worker.Config{
		DB: l.db, Envs: l.envs, Runs: l.runs, Files: trees, Blobs: l.blobs, Engine: l.engine, Builder: l.builder,
		Data: l.data, Server: serverID, Witness: "/nonexistent/witness", Builds: 2, CPUs: 4, MemoryBytes: 8 << 30,
		Grace: 150 * time.Millisecond, Root: root, Log: slog.New(slog.NewTextHandler(log, nil)), Now: now,
	}
	for _, c := range change {
		c(&l.config)
	}
	t.Cleanup(func() {
		l.stop()
		l.engine.end(t)
		if t.Failed() {
			t.Logf("the worker's log:\n%s", log.String())
		}
	})
	l.people()
	return l
}

func (l *lab) people() {
	l.Helper()
	user := petri.User{Name: "alice"}
	l.project = petri.Project{Owner: "alice", Name: "p", Visibility: petri.Private, CreatedBy: "alice"}
	l.update(func(tx *store.Tx) error {
		if err := tx.Users().Create(&user); err != nil {
			return err
		}
		return tx.Projects().Create(&l.project)
	})
	l.alice = access.Caller{User: user, Origin: "cli"}
	l.commit(map[string]string{"in.txt": "in\n", "data/old.csv": "1\n"})
}

// withEnvironment starts a worker and lets it build alice/e, in which runs then run.
func (l *lab) withEnvironment(instructions string) *lab {
	l.Helper()
	if l.worker == nil {
		l.start()
	}
	l.create("e", instructions)
	l.built("e", petri.BuildReady)
	return l
}

// start brings up another worker on the same rows and folders.
func (l *lab) start() {
	l.Helper()
	l.worker = worker.New(l.config)
	l.worker.Start()
}

// stop puts the worker down, as an end of the server would.
func (l *lab) stop() {
	l.Helper()
	if l.worker == nil {
		return
	}
	l.engine.release()
	rest, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := l.worker.Stop(rest); err != nil {
		l.Errorf("the worker does not come to rest: %v", err)
	}
	l.worker = nil
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

func (l *lab) update(fn func(*store.Tx) error) {
	l.Helper()
	l.must(l.db.Update(l.Context(), fn))
}

func (l *lab) put(content string) petri.Digest {
	l.Helper()
	d, _, err := l.blobs.Put(l.Context(), strings.NewReader(content), "")
	l.must(err)
	return d
}

func (l *lab) tree(content map[string]string) (root petri.Digest, count, size int64) {
	l.Helper()
	var leaves []tree.Leaf
	for path, text := range content {
		leaves = append(leaves, tree.Leaf{Path: path, Kind: tree.File, Size: int64(len(text)), Digest: l.put(text)})
	}
	root, count, size, err := tree.Build(leaves, func(b []byte) (petri.Digest, error) { return l.put(string(b)), nil })
	l.must(err)
	return root, count, size
}

// commit makes files the project's head.
func (l *lab) commit(content map[string]string) {
	l.Helper()
	c := petri.Commit{Author: "alice", CreatedAt: time.Now().UTC().Truncate(time.Microsecond), Message: "m"}
	c.Tree, c.Files, c.Bytes = l.tree(content)
	l.update(func(tx *store.Tx) error {
		if err := tx.Commits().Insert(l.project.ID, c); err != nil {
			return err
		}
		return tx.Projects().SetHead(l.project.ID, l.project.Head, c.ID())
	})
	l.project.Head = c.ID()
}

// submit queues a run of a script in alice/e.
func (l *lab) submit(steps ...string) petri.Run {
	l.Helper()
	return l.submitSpec(petri.RunSpec{Command: append([]string{"fake"}, steps...)})
}

func (l *lab) submitSpec(spec petri.RunSpec) petri.Run {
	l.Helper()
	run, err := l.runs.Submit(l.Context(), l.alice, runs.Submission{
		Project: l.project.Ref(), Spec: spec, Environment: petri.EnvironmentRef{Owner: "alice", Name: "e"},
	})
	l.must(err)
	return run
}

func (l *lab) stopRun(run petri.Run) petri.Run {
	l.Helper()
	run, err := l.runs.Stop(l.Context(), l.alice, run.Ref)
	l.must(err)
	return run
}

func (l *lab) look(run petri.Run) petri.Run {
	l.Helper()
	now, err := l.runs.Get(l.Context(), l.alice, run.Ref)
	l.must(err)
	return now
}

// until waits until the run is in one of these states.
func (l *lab) until(run petri.Run, want ...petri.RunStatus) petri.Run {
	l.Helper()
	l.eventually(func() error {
		if run = l.look(run); !contains(want, run.Status) {
			return fmt.Errorf("run %s is %s, not %v (%s)", run.Ref, run.Status, want, run.Error)
		}
		return nil
	})
	return run
}

func contains[T comparable](list []T, one T) bool {
	for _, x := range list {
		if x == one {
			return true
		}
	}
	return false
}

// ended waits for the run's end, which must be that, and checks what every end has to show: a
// record that verifies or none, and a command that ran once or never.
func (l *lab) ended(run petri.Run, want petri.RunStatus) petri.Run {
	l.Helper()
	run = l.until(run, petri.RunSucceeded, petri.RunFailed, petri.RunStopped, petri.RunError)
	if run.Status != want {
		l.Fatalf("run %s is %s, not %s: %s", run.Ref, run.Status, want, runs.Reason(run))
	}
	if n := l.engine.starts(run.ID); n > 1 {
		l.Errorf("run %s was started %d times", run.Ref, n)
	}
	verification, err := l.runs.Verify(l.Context(), l.alice, run.Ref)
	if run.Status == petri.RunError {
		if petri.KindOf(err) != petri.NotFound {
			l.Errorf("a run that ended as error has a record: %v", err)
		}
		return run
	}
	l.must(err)
	if !verification.OK() {
		l.Errorf("the record of %s does not verify: %+v", run.Ref, verification.Checks)
	}
	return run
}

// says fails unless the reason of the run's end holds these words.
func (l *lab) says(run petri.Run, words string) {
	l.Helper()
	if got := runs.Reason(run); !strings.Contains(got, words) {
		l.Errorf("the reason is %q, not …%s…", got, words)
	}
}

// results are the files that the run changed, "+path", "~path" or "-path".
func (l *lab) results(run petri.Run) string {
	sign := map[string]string{"added": "+", "changed": "~", "removed": "-"}
	var all []string
	for _, change := range run.ResultChanges {
		all = append(all, sign[change.Change]+change.Path)
	}
	return strings.Join(all, " ")
}

func (l *lab) result(run petri.Run, path string) string {
	l.Helper()
	for _, change := range run.ResultChanges {
		if change.Path == path {
			return l.read(change.Digest)
		}
	}
	return ""
}

func (l *lab) read(d petri.Digest) string {
	l.Helper()
	blob, err := l.blobs.Open(l.Context(), d)
	l.must(err)
	defer blob.Close()
	text, err := io.ReadAll(blob)
	l.must(err)
	return string(text)
}

func (l *lab) output(run petri.Run) string {
	l.Helper()
	text := ""
	for frames := petri.NewLogReader(strings.NewReader(l.read(run.Log))); ; {
		frame, err := frames.Next()
		if errors.Is(err, io.EOF) {
			return text
		}
		l.must(err)
		text += string(frame.Data)
	}
}

// clean waits until nothing of what ended is left: containers, folders.
func (l *lab) clean() {
	l.Helper()
	l.eventually(func() error {
		found, err := l.engine.Engine.List(l.Context(), nil)
		runs, _ := filepath.Glob(filepath.Join(l.data, "runs", "*"))
		builds, _ := filepath.Glob(filepath.Join(l.data, "builds", "*"))
		if len(found)+len(runs)+len(builds) > 0 || err != nil {
			return fmt.Errorf("left behind: containers %v, folders %v, %v, %v", found, runs, builds, err)
		}
		return nil
	})
}

func (l *lab) eventually(try func() error) {
	l.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			l.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// lockedBuffer is written by one log and read when all is over.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}
