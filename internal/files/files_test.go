package files_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

// house is a data folder with what files needs, and one project.
type house struct {
	*files.Files
	blobs   *disk.Store
	db      *store.DB
	data    string
	project petri.Project
	runs    int
}

func newHouse(t testing.TB) *house {
	t.Helper()
	data := t.TempDir()
	if err := os.Chmod(data, 0o755); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	db, err := store.Open(context.Background(), filepath.Join(data, "petri.db"), store.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	blobs, err := disk.Open(data, disk.Options{UID: 1000, GID: 1000})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Files: files.New(db, blobs, filepath.Join(data, "trees"), now), blobs: blobs, db: db, data: data}
	err = db.Update(context.Background(), func(tx *store.Tx) error {
		user := petri.User{Name: "alice"}
		if err := tx.Users().Create(&user); err != nil {
			return err
		}
		h.project = petri.Project{Owner: "alice", Name: "p", Visibility: petri.Private, CreatedBy: "alice"}
		return tx.Projects().Create(&h.project)
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) put(b []byte) (petri.Digest, error) { return h.blobs.PutBytes(b) }

func (h *house) source(ctx context.Context, d petri.Digest) ([]byte, error) {
	return h.blobs.ReadAll(ctx, d, 1<<30)
}

// leaf makes a leaf from "content", "x:content" (executable), "l:target" or "d" (empty folder).
func (h *house) leaf(t testing.TB, path, what string) tree.Leaf {
	t.Helper()
	l := tree.Leaf{Path: path, Kind: tree.File}
	content := what
	switch {
	case what == "d":
		return tree.Leaf{Path: path, Kind: tree.Folder}
	case strings.HasPrefix(what, "x:"):
		l.Kind, content = tree.Executable, what[2:]
	case strings.HasPrefix(what, "l:"):
		l.Kind, content = tree.Link, what[2:]
	}
	d, err := h.put([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	l.Digest, l.Size = d, int64(len(content))
	return l
}

// tree builds a tree of leaves as leaf makes them.
func (h *house) tree(t testing.TB, what map[string]string) petri.Digest {
	t.Helper()
	var leaves []tree.Leaf
	for path, w := range what {
		leaves = append(leaves, h.leaf(t, path, w))
	}
	root, _, _, err := tree.Build(leaves, h.put)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// leaves is a tree as leaf would make it.
func (h *house) leaves(t testing.TB, root petri.Digest) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := tree.Walk(context.Background(), h.source, root, func(path string, e tree.Entry) error {
		if e.Kind == tree.Folder {
			if e.Digest == tree.Empty {
				got[path] = "d"
			}
			return nil
		}
		b, err := h.source(context.Background(), e.Digest)
		got[path] = map[tree.Kind]string{tree.File: "", tree.Executable: "x:", tree.Link: "l:"}[e.Kind] + string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// onDisk is a folder as leaf would make it; what no tree can hold is not in it.
func onDisk(t testing.TB, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel := path[len(dir)+1:]
		switch info, err := d.Info(); {
		case err != nil:
			return err
		case d.IsDir():
			inside, err := os.ReadDir(path)
			if err == nil {
				err = keptInside(path, rel, inside, got)
			}
			return err
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if tree.CheckLink(rel, target) == nil {
				got[rel] = "l:" + target
			}
			return err
		case d.Type().IsRegular():
			b, err := os.ReadFile(path)
			got[rel] = string(b)
			if info.Mode()&0o100 != 0 {
				got[rel] = "x:" + string(b)
			}
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// keptInside notes a folder in which nothing can be kept.
func keptInside(path, rel string, inside []fs.DirEntry, got map[string]string) error {
	for _, d := range inside {
		switch {
		case d.IsDir(), d.Type().IsRegular():
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(filepath.Join(path, d.Name()))
			if err != nil || tree.CheckLink(rel+"/"+d.Name(), target) == nil {
				return err
			}
		}
	}
	got[rel] = "d"
	return nil
}

func (h *house) folder() string {
	h.runs++
	return filepath.Join(h.data, "runs", fmt.Sprint(h.runs))
}

// needRoot skips on a laptop and fails in CI.
func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("overlays need root, and CI must test them")
	}
	t.Skip("overlays need root")
}

// mount mounts a workspace as the engine does, and gives the folder and how to unmount it.
func mount(t testing.TB, ws files.Workspace, more string) (dir string, unmount func()) {
	t.Helper()
	dir = filepath.Join(filepath.Dir(ws.Upper), "merged")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s,redirect_dir=on%s", strings.Join(ws.Lower, ":"), ws.Upper, ws.Work, more)
	if err := unix.Mount("overlay", dir, "overlay", 0, options); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("mount an overlay: %v", err)
		}
		t.Skipf("mount an overlay: %v", err)
	}
	mounted := true
	unmount = func() {
		if mounted {
			mounted = false
			if err := unix.Unmount(dir, 0); err != nil {
				t.Errorf("unmount: %v", err)
			}
		}
	}
	t.Cleanup(unmount)
	return dir, unmount
}

// pack makes a pack of contents.
func pack(contents ...[]byte) []byte {
	var out bytes.Buffer
	for _, c := range contents {
		var header [tree.PackHeader]byte
		tree.PutPackHeader(header[:], petri.DigestBytes(c), int64(len(c)))
		out.Write(header[:])
		out.Write(c)
	}
	return out.Bytes()
}

// waitFor waits for what happens in the background.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 500 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("waited in vain for %s", what)
}
