package files_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/tree"
)

func TestCopyShowsTheTreeAndCollectGivesWhatIsLeft(t *testing.T) {
	h := newHouse(t)
	rapid.Check(t, func(rt *rapid.T) {
		what, folder := someTree(rt, 10), h.folder()
		if _, err := h.Stage(t.Context(), folder, h.tree(t, what), files.Copy, files.Owner{UID: 1000, GID: 1000}); err != nil {
			rt.Fatal(err)
		}
		ws, err := files.OpenWorkspace(folder)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(what, onDisk(t, ws.Copy)); diff != "" {
			rt.Fatalf("staged (-tree +copy):\n%s", diff)
		}
		inside, err := os.OpenRoot(ws.Copy)
		if err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(0, 12).Draw(rt, "acts") {
			disturb(rt, inside)
		}
		_ = inside.Close()
		checkCollected(rt, t, h, ws, what, func() map[string]string { return onDisk(t, ws.Copy) })
		if err := h.Discard(t.Context(), folder); err != nil {
			rt.Fatal(err)
		}
	})
	checkBlobs(t, h)
}

// inOverlay stages what, mounts it, lets act change it, and collects.
func (h *house) inOverlay(t *testing.T, what map[string]string, act func(dir string) error) (files.Workspace, files.Collected) {
	t.Helper()
	needRoot(t)
	ws, err := h.Stage(t.Context(), h.folder(), h.tree(t, what), files.Overlay, files.Owner{UID: 1000, GID: 1000})
	if err != nil {
		t.Fatal(err)
	}
	dir, unmount := mount(t, ws, "")
	if err := act(dir); err != nil {
		t.Fatal(err)
	}
	unmount()
	got, err := h.Collect(t.Context(), ws)
	if err != nil {
		t.Fatal(err)
	}
	return ws, got
}

func changes(c files.Collected) string {
	var out []string
	for _, r := range c.Changes {
		out = append(out, fmt.Sprintf("%s %s %d", r.Change, r.Path, r.Bytes))
	}
	return strings.Join(out, ", ")
}

func TestCollectTells(t *testing.T) {
	base := map[string]string{"keep/a": "1", "keep/b": "2", "in": "old", "tool": "x:#!"}
	for name, test := range map[string]struct {
		act  func(dir string) error
		want string
	}{
		"nothing":            {func(string) error { return nil }, ""},
		"touched":            {func(d string) error { return unix.Utimes(d+"/in", make([]unix.Timeval, 2)) }, ""},
		"same written again": {func(d string) error { return os.WriteFile(d+"/in", []byte("old"), 0o644) }, ""},
		"x bit set":          {func(d string) error { return os.Chmod(d+"/in", 0o744) }, "changed in 3"},
		"x bit taken":        {func(d string) error { return os.Chmod(d+"/tool", 0o666) }, "changed tool 2"},
		"other mode":         {func(d string) error { return os.Chmod(d+"/in", 0o600) }, ""},
		"owner":              {func(d string) error { return os.Chown(d+"/in", 1234, 1234) }, ""},
		"appended":           {func(d string) error { return appendTo(d+"/in", "er") }, "changed in 5"},
		"folder renamed":     {func(d string) error { return os.Rename(d+"/keep", d+"/kept") }, "removed keep/a 0, removed keep/b 0, added kept/a 1, added kept/b 1"},
		"renamed and back":   {func(d string) error { return errors.Join(os.Rename(d+"/keep", d+"/k"), os.Rename(d+"/k", d+"/keep")) }, ""},
		"renamed inside":     {func(d string) error { return errors.Join(os.Rename(d+"/keep", d+"/k"), os.Remove(d+"/k/a")) }, "added k/b 1, removed keep/a 0, removed keep/b 0"},
		"folder made anew": {func(d string) error {
			return errors.Join(os.RemoveAll(d+"/keep"), os.Mkdir(d+"/keep", 0o755), os.WriteFile(d+"/keep/a", []byte("1"), 0o644))
		}, "removed keep/b 0"},
		"empty folder":    {func(d string) error { return os.Mkdir(d+"/out", 0o755) }, ""},
		"file for folder": {func(d string) error { return errors.Join(os.RemoveAll(d+"/keep"), os.WriteFile(d+"/keep", nil, 0o644)) }, "added keep 0, removed keep/a 0, removed keep/b 0"},
		"sorted by path": {func(d string) error {
			return errors.Join(os.Mkdir(d+"/o", 0o755), touch(d+"/o-"), touch(d+"/o/z"), touch(d+"/o."))
		}, "added o- 0, added o. 0, added o/z 0"},
		"hard links": {func(d string) error {
			return errors.Join(os.WriteFile(d+"/h", []byte("hh"), 0o644), os.Link(d+"/h", d+"/h2"))
		}, "added h 2, added h2 2"},
		"unreadable to all": {func(d string) error { return errors.Join(os.WriteFile(d+"/s", []byte("s"), 0), os.Chmod(d+"/keep", 0)) }, "added s 1"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			if _, got := h.inOverlay(t, base, test.act); changes(got) != test.want {
				t.Errorf("changes: %s\nwant:    %s", changes(got), test.want)
			}
			checkBlobs(t, h)
		})
	}
}

func touch(path string) error { return os.WriteFile(path, nil, 0o644) }

func appendTo(path, more string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(more)
	return errors.Join(err, f.Close())
}

func TestCollectLeavesOutWhatNoTreeHolds(t *testing.T) {
	h := newHouse(t)
	deep := strings.Repeat("d/", 199)
	_, got := h.inOverlay(t, map[string]string{"was": "file"}, func(dir string) error {
		return errors.Join(
			unix.Mkfifo(dir+"/pipe", 0o644), unix.Mknod(dir+"/dev", unix.S_IFBLK, 1), unix.Mknod(dir+"/sock", unix.S_IFSOCK, 0),
			os.Symlink("/etc/passwd", dir+"/abs"), os.Symlink("../x", dir+"/up"), os.Symlink("was", dir+"/fine"),
			os.Remove(dir+"/was"), unix.Mkfifo(dir+"/was", 0o644),
			os.MkdirAll(dir+"/"+deep, 0o755), os.WriteFile(dir+"/"+deep+"fits", nil, 0o644), os.Mkdir(dir+"/"+deep+"z", 0o755), os.WriteFile(dir+"/"+deep+"z/over", nil, 0o644),
		)
	})
	var left []string
	for _, l := range got.LeftOut {
		if l.Why == "" {
			t.Errorf("%s has no reason", l.Path)
		}
		left = append(left, l.Path)
	}
	if diff := cmp.Diff([]string{"abs", deep + "z/over", "dev", "pipe", "sock", "up", "was"}, left); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	if want := "added " + deep + "fits 0, added fine 3, removed was 0"; changes(got) != want {
		t.Errorf("changes: %s\nwant:    %s", changes(got), want)
	}
	if err := h.CheckTree(t.Context(), got.Tree); err != nil {
		t.Errorf("what was collected would be refused: %v", err)
	}
}

func TestCollectMovesInsteadOfCopying(t *testing.T) {
	h := newHouse(t)
	ws, got := h.inOverlay(t, nil, func(dir string) error { return os.WriteFile(dir+"/big", make([]byte, 5<<20), 0o600) })
	path, err := h.blobs.Path(t.Context(), got.Changes[0].Digest, false)
	if err != nil {
		t.Fatal(err)
	}
	var a, b unix.Stat_t
	if err := errors.Join(unix.Stat(path, &a), unix.Stat(filepath.Join(ws.Upper, "big"), &b)); err != nil || a.Ino != b.Ino {
		t.Errorf("the blob is a copy: %v", err)
	}
}

func TestCollectFindsTheStoreFull(t *testing.T) {
	needRoot(t)
	h := newHouse(t)
	ws, err := h.Stage(t.Context(), h.folder(), h.tree(t, nil), files.Overlay, files.Owner{UID: 1000, GID: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ws.Upper, "f"), []byte("content"), 0o755); err != nil {
		t.Fatal(err)
	}
	tmp := filepath.Join(h.data, "tmp") // another, full file system: executables are copied
	if err := unix.Mount("tmpfs", tmp, "tmpfs", 0, "size=4k"); err != nil {
		t.Skipf("mount a small file system: %v", err)
	}
	defer func() { _ = unix.Unmount(tmp, unix.MNT_DETACH) }()
	if err := os.WriteFile(tmp+"/fill", make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Collect(t.Context(), ws); petri.KindOf(err) != petri.Exhausted {
		t.Errorf("Collect = %v; want kind exhausted", err)
	}
}

func TestStageAgainAfterACut(t *testing.T) {
	h := newHouse(t)
	root, folder := h.tree(t, map[string]string{"a": "1"}), h.folder()
	if _, err := files.OpenWorkspace(folder); petri.KindOf(err) != petri.NotFound {
		t.Errorf("OpenWorkspace before Stage = %v", err)
	}
	modes := []files.StageMode{files.Copy, files.Copy}
	if os.Geteuid() == 0 {
		modes = append(modes, files.Overlay, files.Overlay, files.Copy)
	}
	for _, mode := range modes {
		ws, err := h.Stage(t.Context(), folder, root, mode, files.Owner{UID: 1000, GID: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := files.OpenWorkspace(folder); err != nil || !cmp.Equal(ws, again) {
			t.Errorf("OpenWorkspace = %+v, %v; want %+v", again, err, ws)
		}
	}
	for range 2 {
		if err := h.Discard(t.Context(), folder); err != nil {
			t.Error(err)
		}
	}
}

func TestStageRefusesPathsThatCannotBeMounted(t *testing.T) {
	needRoot(t)
	h := newHouse(t)
	folder := filepath.Join(h.data, "runs", "a,b:c")
	if _, err := h.Stage(t.Context(), folder, "", files.Overlay, files.Owner{UID: 1000, GID: 1000}); petri.KindOf(err) != petri.Invalid {
		t.Errorf("Stage = %v; want kind invalid", err)
	}
}

// TestLayers: a neighbour is a delta, a stranger a whole layer, and what runs use stays.
func TestLayers(t *testing.T) {
	needRoot(t)
	h := newHouse(t)
	stage := func(what map[string]string) (string, files.Workspace) {
		folder := h.folder()
		ws, err := h.Stage(t.Context(), folder, h.tree(t, what), files.Overlay, files.Owner{UID: 1000, GID: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return folder, ws
	}
	_, whole := stage(filler(map[string]string{"a": "1"}))
	_, delta := stage(filler(map[string]string{"a": "2"}))
	_, same := stage(filler(map[string]string{"a": "2"}))
	if len(whole.Lower) != 1 || len(delta.Lower) != 2 || delta.Lower[1] != whole.Lower[0] || !cmp.Equal(same.Lower, delta.Lower) {
		t.Fatalf("layers: %v, %v, %v", whole.Lower, delta.Lower, same.Lower)
	}
	inDelta, err := os.ReadDir(delta.Lower[0])
	if err != nil || len(inDelta) != 1 {
		t.Errorf("the delta holds %d names, %v; want one", len(inDelta), err)
	}
	for i := range 120 { // far more than are kept
		folder, _ := stage(map[string]string{"n": fmt.Sprint(i)})
		if err := h.Discard(t.Context(), folder); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range delta.Lower {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("a layer in use is gone: %v", err)
		}
	}
	waitFor(t, "idle layers to go", func() bool {
		all, err := os.ReadDir(filepath.Join(h.data, "trees"))
		return err == nil && len(all) <= 60
	})
	if err := os.RemoveAll(filepath.Join(h.data, "trees")); err != nil { // an administrator clears the cache
		t.Fatal(err)
	}
	if _, ws := stage(filler(map[string]string{"a": "2"})); len(ws.Lower) != 1 {
		t.Errorf("layers after the cache was cleared: %v", ws.Lower)
	}
}

func TestStageAtOnce(t *testing.T) {
	needRoot(t)
	h := newHouse(t)
	roots := []petri.Digest{h.tree(t, filler(nil)), h.tree(t, filler(map[string]string{"a": "1"})), h.tree(t, map[string]string{"b": "2"})}
	var all sync.WaitGroup
	for i := range 24 {
		folder := h.folder()
		all.Go(func() {
			ws, err := h.Stage(context.Background(), folder, roots[i%3], files.Overlay, files.Owner{UID: 1000, GID: 1000})
			if err != nil {
				t.Error(err)
			}
			for _, path := range ws.Lower {
				if _, err := os.Lstat(path); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	left, err := os.ReadDir(filepath.Join(h.data, "trees"))
	for _, e := range left {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left", e.Name())
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestStageMoreEqualFilesThanOneInodeMayHaveLinks: past the limit a copy serves.
func TestStageMoreEqualFilesThanOneInodeMayHaveLinks(t *testing.T) {
	needRoot(t)
	h := newHouse(t)
	const count = 65_500 // ext4 allows 65,000
	one := h.leaf(t, "", "the same")
	var leaves []tree.Leaf
	for i := range count {
		one.Path = fmt.Sprintf("%d/%d", i/1000, i)
		leaves = append(leaves, one)
	}
	root, _, _, err := tree.Build(leaves, h.put)
	if err != nil {
		t.Fatal(err)
	}
	ws, err := h.Stage(t.Context(), h.folder(), root, files.Overlay, files.Owner{UID: 1000, GID: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"0/0", fmt.Sprintf("%d/%d", (count-1)/1000, count-1)} {
		if b, err := os.ReadFile(filepath.Join(ws.Lower[0], path)); err != nil || string(b) != "the same" {
			t.Errorf("%s holds %q, %v", path, b, err)
		}
	}
}
