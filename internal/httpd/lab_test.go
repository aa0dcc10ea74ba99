package httpd_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/httpd"
	"github.com/petri-dev/petri/internal/logs"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
	"github.com/petri-dev/petri/internal/trials"
)

// lab is a whole server without a worker, whose part the test plays.
type lab struct {
	testing.TB
	data       string
	db         *store.DB
	closeStore func() error
	sick       atomic.Bool // the doctor panics
	blobs      *disk.Store
	files      *files.Files
	envs       *envs.Service
	runs       *runs.Service
	server     *httptest.Server
	log        *lockedBuffer
	stop       chan struct{}
	token      string // ada's
	bobToken   string
	ada        *api.Client // an administrator
	bob        *api.Client
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newLab(t testing.TB) *lab {
	t.Helper()
	db, err := store.Open(t.Context(), ":memory:", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{TB: t, data: t.TempDir(), db: db, closeStore: sync.OnceValue(db.Close), log: &lockedBuffer{}, stop: make(chan struct{})}
	t.Cleanup(func() { l.must(l.closeStore()) })
	if l.blobs, err = disk.Open(l.data, disk.Options{UID: -1, GID: -1}); err != nil {
		t.Fatal(err)
	}
	l.files = files.New(l.db, l.blobs, filepath.Join(l.data, "trees"), time.Now)
	key, err := runs.LoadOrCreateKey(filepath.Join(l.data, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	l.envs = envs.New(l.db, l.blobs, l.files.CheckTree, time.Now)
	l.runs = runs.New(runs.Config{
		DB: l.db, Blobs: l.blobs, Limits: runs.Limits{CPUs: 4, MemoryBytes: 8 << 30, DefaultMemory: 1 << 30},
		Key: key, Server: "0123456789abcdef", Now: time.Now,
	})
	studies := trials.New(trials.Config{DB: l.db, Blobs: l.blobs, Runs: l.runs, Envs: l.envs, Files: l.files, Now: time.Now})
	handler := httpd.New(httpd.Config{
		DB: l.db, Blobs: l.blobs, Files: l.files, Envs: l.envs, Runs: l.runs, Trials: studies, Data: l.data, Stop: l.stop,
		Doctor: func(context.Context) []api.Check {
			if l.sick.Load() {
				panic("a detail for the log")
			}
			return []api.Check{{Name: "docker", Status: "ok", Detail: "20.10.24"}}
		},
		Engine: func(context.Context) error { return petri.Errorf(petri.Unavailable, "Docker is away") },
		Log:    slog.New(slog.NewTextHandler(l.log, nil)), Version: "1.2.3", ServerID: "0123456789abcdef", Now: time.Now,
	})
	l.server = httptest.NewUnstartedServer(handler)
	l.server.Config = httpd.Server(handler, slog.New(slog.DiscardHandler))
	l.server.Start()
	t.Cleanup(l.server.Close)
	l.token, l.ada = l.user("ada", true)
	l.bobToken, l.bob = l.user("bob", false)
	return l
}

func (l *lab) user(name string, admin bool) (string, *api.Client) {
	l.Helper()
	user := petri.User{Name: name, Admin: admin}
	l.must(l.db.Update(l.Context(), func(tx *store.Tx) error { return tx.Users().Create(&user) }))
	token, err := access.Issue(l.Context(), l.db, user, "test")
	l.must(err)
	return token, l.client(token)
}

func (l *lab) client(token string) *api.Client {
	c := api.New(l.server.URL, token, api.Options{Patience: 5 * time.Second})
	l.Cleanup(c.Close)
	return c
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

func (l *lab) wantKind(err error, kind petri.Kind, words string) {
	l.Helper()
	if petri.KindOf(err) != kind || !strings.Contains(petri.MessageOf(err), words) {
		l.Errorf("got %s %q, want %s and %q", petri.KindOf(err), petri.MessageOf(err), kind, words)
	}
}

// image is what played builds end with.
func (l *lab) image() petri.Image {
	l.Helper()
	packages := petri.PackageList{{Ecosystem: "deb", Name: "bash", Version: "5.2"}}
	digest, err := l.blobs.PutBytes(packages.Encode())
	l.must(err)
	facts, err := l.blobs.PutBytes(petri.NewFacts([]petri.Fact{{Name: petri.FactLibc, Value: "glibc 2.36"}}).Encode())
	l.must(err)
	return petri.Image{Digest: petri.DigestBytes([]byte("an image")), Bytes: 100, Packages: digest, PackageCount: 1, Facts: facts}
}

// build plays the worker for the build that waits longest.
func (l *lab) build(events ...petri.BuildEvent) {
	l.Helper()
	ctx := l.Context()
	build, err := l.envs.ClaimBuild(ctx, "worker")
	l.must(err)
	l.must(os.MkdirAll(logs.BuildFolder(l.data, build.ID), 0o700))
	w, err := logs.NewEventWriter(logs.BuildLog(l.data, build))
	l.must(err)
	for _, e := range events {
		l.must(w.Append(e))
	}
	l.must(w.Close())
	if _, err := l.envs.BaseResolved(ctx, build, petri.DigestBytes([]byte("base"))); petri.KindOf(err) != petri.NotFound {
		l.must(err)
	}
	log, _, err := l.blobs.Adopt(ctx, logs.BuildLog(l.data, build))
	l.must(err)
	image := l.image()
	image.Digest = petri.DigestBytes(strconv.AppendInt(nil, int64(build.ID), 10))
	l.must(l.envs.SealReady(ctx, build.ID, image, "", log))
	l.must(os.RemoveAll(logs.BuildFolder(l.data, build.ID)))
}

// environment is a ready one of ada's.
func (l *lab) environment(name string) api.Environment {
	l.Helper()
	env, err := l.ada.CreateEnvironment(l.Context(), api.CreateEnvironment{
		Name: name, NewRevision: api.NewRevision{Base: &api.Base{Kind: "image", Ref: "debian:12"}},
	})
	l.must(err)
	l.build(petri.BuildEvent{Time: time.Now().UTC(), Step: 1, Name: "FROM debian:12", State: "done"})
	return env
}

// pack is a pack of blobs.
func pack(blobs ...[]byte) []byte {
	var b bytes.Buffer
	for _, blob := range blobs {
		var header [tree.PackHeader]byte
		tree.PutPackHeader(header[:], petri.DigestBytes(blob), int64(len(blob)))
		b.Write(header[:])
		b.Write(blob)
	}
	return b.Bytes()
}

// project is one of ada's, with a commit that holds these files.
func (l *lab) project(name, environment string, content map[string]string) (petri.ProjectRef, api.Commit) {
	l.Helper()
	ctx := l.Context()
	_, err := l.ada.CreateProject(ctx, api.CreateProject{Name: name, Environment: environment})
	l.must(err)
	ref := petri.ProjectRef{Owner: "ada", Name: name}
	root, blobs := treeOf(l.TB, content)
	l.must(l.ada.SendPack(ctx, bytes.NewReader(pack(blobs...)), false))
	commit, err := l.ada.CreateCommit(ctx, ref, api.NewCommit{Tree: string(root), Message: "begin"})
	l.must(err)
	return ref, commit
}

func treeOf(t testing.TB, content map[string]string) (petri.Digest, [][]byte) {
	t.Helper()
	var leaves []tree.Leaf
	var blobs [][]byte
	for path, text := range content {
		leaves = append(leaves, tree.Leaf{Path: path, Kind: tree.File, Size: int64(len(text)), Digest: petri.DigestBytes([]byte(text))})
		blobs = append(blobs, []byte(text))
	}
	root, _, _, err := tree.Build(leaves, func(b []byte) (petri.Digest, error) {
		blobs = append(blobs, bytes.Clone(b))
		return petri.DigestBytes(b), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return root, blobs
}

// carried is a run that the test carries as a worker would.
type carried struct {
	*lab
	run petri.Run
	log *os.File
}

// carry claims a run and gives it its log.
func (l *lab) carry(ref string) *carried {
	l.Helper()
	parsed, err := petri.ParseRunRef(ref, petri.ProjectRef{})
	l.must(err)
	run, err := l.runs.Get(l.Context(), access.Caller{User: petri.User{Name: "ada", Admin: true}}, parsed)
	l.must(err)
	l.must(l.runs.Claim(l.Context(), run.ID, "worker"))
	path := logs.RunLog(l.data, run.ID)
	l.must(os.MkdirAll(filepath.Dir(path), 0o700))
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	l.must(err)
	c := &carried{lab: l, run: run, log: file}
	c.run.Status = petri.RunStarting
	c.advance(petri.RunRunning, func(r *petri.Run) { r.StartedAt = time.Now() })
	return c
}

func (c *carried) advance(to petri.RunStatus, change func(*petri.Run)) {
	c.Helper()
	run, err := c.runs.Advance(c.Context(), c.run.ID, c.run.Status, to, change)
	c.must(err)
	c.run = run
}

// say appends a frame.
func (c *carried) say(stream byte, text string) {
	c.Helper()
	frame := make([]byte, petri.LogHeaderSize+len(text))
	petri.PutLogHeader(frame, stream, time.Now(), len(text))
	copy(frame[petri.LogHeaderSize:], text)
	_, err := c.log.Write(frame)
	c.must(err)
}

// seal ends the run with these files as its tree.
func (c *carried) seal(exitCode int, content map[string]string, changes ...petri.ResultChange) {
	c.Helper()
	ctx := c.Context()
	c.must(c.log.Close())
	c.advance(petri.RunCollecting, nil)
	log, size, err := logs.Seal(ctx, c.blobs.Adopt, logs.RunLog(c.data, c.run.ID))
	c.must(err)
	root, blobs := treeOf(c.TB, content)
	total := int64(0)
	for _, b := range blobs {
		_, err := c.blobs.PutBytes(b)
		c.must(err)
	}
	for _, text := range content {
		total += int64(len(text))
	}
	image := c.image()
	c.run, err = c.runs.Seal(ctx, c.run.ID, runs.Finished{
		Outcome:   petri.Outcome{ExitCode: exitCode, Wall: time.Second},
		Collected: runs.Collected{Tree: root, Files: int64(len(content)), Bytes: total, Changes: changes},
		Log:       log, LogBytes: size, PackagesBefore: image.Packages, PackagesAfter: image.Packages, Facts: image.Facts,
	})
	c.must(err)
	c.must(os.RemoveAll(logs.RunFolder(c.data, c.run.ID)))
}
