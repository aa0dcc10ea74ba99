package files_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/petri-dev/petri/internal/files"
)

var names = []string{"a", "b", "c", "a-", "\xff\n"}

func somePath(t *rapid.T, label string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(names), 1, 4).Draw(t, label), "/")
}

// someTree draws leaves without collisions.
func someTree(t *rapid.T, most int) map[string]string {
	what := map[string]string{}
	for range rapid.IntRange(0, most).Draw(t, "leaves") {
		path := somePath(t, "path")
		clash := false
		for other := range what {
			clash = clash || strings.HasPrefix(other+"/", path+"/") || strings.HasPrefix(path+"/", other+"/")
		}
		if !clash {
			what[path] = rapid.SampledFrom([]string{"", "1", "22", "x:1", "x:", "l:a", "d"}).Draw(t, "what")
		}
	}
	return what
}

// disturb does something to a folder as a run's command might; what cannot be done is not.
// The links that it makes lead anywhere, and we are root and in no container: everything goes
// through an os.Root, which never leaves the folder.
func disturb(t *rapid.T, dir *os.Root) {
	path, other := somePath(t, "path"), somePath(t, "other")
	content := []byte(rapid.SampledFrom([]string{"", "1", "22", "new"}).Draw(t, "content"))
	switch rapid.IntRange(0, 13).Draw(t, "act") {
	case 0:
		write(dir, path, os.O_CREATE|os.O_TRUNC, content)
	case 1:
		_ = dir.Remove(path)
	case 2:
		_ = dir.RemoveAll(path)
	case 3:
		_ = dir.MkdirAll(path, 0o755)
	case 4, 5:
		_ = dir.Rename(path, other)
	case 6:
		_ = dir.Chmod(path, os.FileMode(rapid.SampledFrom([]int{0o755, 0o644, 0o600, 0o700}).Draw(t, "mode")))
	case 7:
		_ = dir.Symlink(rapid.SampledFrom([]string{"a", "../b", "/nowhere/at/all", "../../../../..", "b/../c"}).Draw(t, "target"), path)
	case 8:
		_ = dir.Link(path, other)
	case 9:
		write(dir, path, os.O_APPEND, content)
	case 10:
		mkfifo(dir, path+"|") // a name that nothing is looked for below: opening would wait
	case 11:
		_ = dir.RemoveAll(path)
		_ = dir.Mkdir(path, 0o755)
		write(dir, path+"/a", os.O_CREATE, content)
	case 12:
		_ = dir.Chtimes(path, time.Unix(1e9, 0), time.Unix(1e9, 0))
	case 13:
		write(dir, path, os.O_TRUNC, []byte("t"))
	}
}

// write opens as a command does, but never waits for the reader of a named pipe.
func write(dir *os.Root, path string, flags int, content []byte) {
	if f, err := dir.OpenFile(path, os.O_WRONLY|unix.O_NONBLOCK|flags, 0o644); err == nil {
		_, _ = f.Write(content)
		_ = f.Close()
	}
}

func mkfifo(dir *os.Root, path string) {
	if parent, err := dir.Open(filepath.Dir(path)); err == nil {
		_ = unix.Mkfifoat(int(parent.Fd()), filepath.Base(path), 0o644)
		_ = parent.Close()
	}
}

// filler makes a tree so large that staging a neighbour of it makes a delta.
func filler(what map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, what)
	for i := range 300 {
		all[fmt.Sprintf("fill/%d", i)] = "f"
	}
	return all
}

func TestOverlayShowsTheTreeAndCollectGivesWhatWasMounted(t *testing.T) {
	needRoot(t)
	h := newHouse(t)
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		first, second := someTree(rt, 10), someTree(rt, 10)
		if rapid.Bool().Draw(rt, "large") {
			first, second = filler(first), filler(second)
		}
		for _, what := range []map[string]string{first, second} {
			root := h.tree(t, what)
			folder := h.folder()
			ws, err := h.Stage(ctx, folder, root, files.Overlay, files.Owner{UID: 1000, GID: 1000})
			if err != nil {
				rt.Fatal(err)
			}
			if ws, err = files.OpenWorkspace(folder); err != nil {
				rt.Fatal(err)
			}
			dir, unmount := mount(t, ws, rapid.SampledFrom([]string{"", ",metacopy=on"}).Draw(rt, "options"))
			if diff := cmp.Diff(what, onDisk(t, dir)); diff != "" {
				unmount()
				rt.Fatalf("staged %d layers (-tree +mount):\n%s", len(ws.Lower), diff)
			}
			inside, err := os.OpenRoot(dir)
			if err != nil {
				rt.Fatal(err)
			}
			for range rapid.IntRange(0, 12).Draw(rt, "acts") {
				disturb(rt, inside)
			}
			_ = inside.Close()
			left := onDisk(t, dir)
			unmount()
			checkCollected(rt, t, h, ws, what, func() map[string]string { return left })
			if err := h.Discard(ctx, folder); err != nil {
				rt.Fatal(err)
			}
		}
	})
	checkLayersIntact(t, h)
}

func checkCollected(rt *rapid.T, t *testing.T, h *house, ws files.Workspace, before map[string]string, after func() map[string]string) {
	var left map[string]string
	var last files.Collected
	for i := range 2 { // doing it again gives the same
		got, err := h.Collect(context.Background(), ws)
		if err != nil {
			rt.Fatal(err)
		}
		if i == 0 {
			left = after()
		}
		if diff := cmp.Diff(left, h.leaves(t, got.Tree)); diff != "" {
			rt.Fatalf("collected (-mount +tree), time %d:\n%s", i+1, diff)
		}
		if i > 0 && !cmp.Equal(got, last) {
			rt.Fatalf("collected again: %s", cmp.Diff(last, got))
		}
		last = got
	}
	var count, bytes int64
	changes := map[string]string{}
	for path, what := range left {
		if what == "d" {
			continue
		}
		count++
		bytes += int64(len(strings.TrimPrefix(what, "x:")))
		if strings.HasPrefix(what, "l:") {
			bytes -= int64(len(what))
		}
		if old, was := before[path]; !was || old == "d" {
			changes[path] = "added"
		} else if old != what {
			changes[path] = "changed"
		}
	}
	for path, what := range before {
		if now, is := left[path]; what != "d" && (!is || now == "d") {
			changes[path] = "removed"
		}
	}
	got := map[string]string{}
	for _, c := range last.Changes {
		got[c.Path] = c.Change
	}
	if diff := cmp.Diff(changes, got); diff != "" || !slices.IsSortedFunc(last.Changes, byPath) {
		rt.Fatalf("changes (-want +got):\n%s", diff)
	}
	if last.Files != count || last.Bytes != bytes {
		rt.Fatalf("%d files with %d bytes; want %d with %d", last.Files, last.Bytes, count, bytes)
	}
}

// checkLayersIntact: whatever runs did, the blobs below are what they were.
func checkLayersIntact(t *testing.T, h *house) {
	t.Helper()
	checkBlobs(t, h)
}
