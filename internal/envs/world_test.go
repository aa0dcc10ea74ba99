package envs_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

// world is a service over a database in memory and blobs in a folder, with three people.
type world struct {
	*testing.T
	*envs.Service
	db               *store.DB
	blobs            *disk.Store
	alice, bob, root access.Caller
	now              time.Time
}

var ctx = context.Background()

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { w.now = w.now.Add(time.Second); return w.now }
	var err error
	if w.db, err = store.Open(ctx, ":memory:", store.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close() })
	if w.blobs, err = disk.Open(t.TempDir(), disk.Options{UID: -1, GID: -1}); err != nil {
		t.Fatal(err)
	}
	check := func(ctx context.Context, root petri.Digest) error {
		return tree.Walk(ctx, w.read, root, func(string, tree.Entry) error { return nil })
	}
	w.Service = envs.New(w.db, w.blobs, check, clock)
	w.alice, w.bob, w.root = w.person("alice", false), w.person("bob", false), w.person("root", true)
	return w
}

func (w *world) person(name string, admin bool) access.Caller {
	user := petri.User{Name: name, Admin: admin}
	w.must(w.db.Update(ctx, func(tx *store.Tx) error { return tx.Users().Create(&user) }))
	return access.Caller{User: user, Origin: "cli"}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// refused fails unless err is of that kind and says that.
func (w *world) refused(err error, kind petri.Kind, says string) {
	w.Helper()
	if petri.KindOf(err) != kind || !strings.Contains(petri.MessageOf(err), says) {
		w.Errorf("got %v (%s), want %s: …%s…", err, petri.KindOf(err), kind, says)
	}
}

func (w *world) read(ctx context.Context, d petri.Digest) ([]byte, error) {
	return w.blobs.ReadAll(ctx, d, 1<<20)
}

func (w *world) put(content string) petri.Digest {
	w.Helper()
	d, _, err := w.blobs.Put(ctx, strings.NewReader(content), "")
	w.must(err)
	return d
}

// files makes a tree of files that hold their own paths.
func (w *world) files(paths ...string) petri.Digest {
	w.Helper()
	var leaves []tree.Leaf
	for _, path := range paths {
		leaves = append(leaves, tree.Leaf{Path: path, Kind: tree.File, Size: int64(len(path)), Digest: w.put(path)})
	}
	root, _, _, err := tree.Build(leaves, func(b []byte) (petri.Digest, error) { return w.put(string(b)), nil })
	w.must(err)
	return root
}

func ref(s string) petri.EnvironmentRef {
	r, err := petri.ParseEnvironmentRef(s, "alice")
	if err != nil {
		panic(err)
	}
	return r
}

func from(base string) *petri.Base { return &petri.Base{Kind: envs.BaseAuto, Ref: base} }

func ptr[T any](v T) *T { return &v }

// create makes an environment of alice's whose first revision waits to be built.
func (w *world) create(name string, ch envs.Change) petri.Revision {
	w.Helper()
	_, r, err := w.Create(ctx, w.alice, envs.Creation{Name: name, Change: ch})
	w.must(err)
	return r
}

// digest is a digest for tests, told from others by its word.
func digest(word string) petri.Digest { return petri.DigestBytes([]byte(word)) }

// build carries out the build that has waited longest, on a base of that digest.
func (w *world) build(base string) petri.Revision {
	w.Helper()
	build, err := w.ClaimBuild(ctx, "worker")
	w.must(err)
	r, err := w.ByID(ctx, build.RevisionID)
	w.must(err)
	earlier, err := w.BaseResolved(ctx, build, digest(base))
	image := petri.Image{Digest: digest("image of " + r.Ref.String()), Bytes: 7, Packages: w.packages("base " + base), PackageCount: 1}
	reused := ""
	if petri.KindOf(err) != petri.NotFound {
		w.must(err)
		image, reused = earlier.Image, earlier.Ref.String()
	}
	w.must(w.SealReady(ctx, build.ID, image, reused, w.put("log")))
	r, err = w.ByID(ctx, build.RevisionID)
	w.must(err)
	return r
}

func (w *world) packages(name string) petri.Digest {
	list := petri.NewPackageList([]petri.Package{{Ecosystem: "deb", Name: strings.ReplaceAll(name, " ", "-"), Version: "1"}})
	return w.put(string(list.Encode()))
}

func (w *world) active(name string) int {
	w.Helper()
	env, err := w.Get(ctx, w.root, ref(name))
	w.must(err)
	return env.Active
}
