package files_test

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

func (h *house) commit(t testing.TB, parent petri.CommitID, what map[string]string) petri.CommitID {
	t.Helper()
	id, err := h.Commit(t.Context(), h.project, parent, petri.Commit{Tree: h.tree(t, what), Author: "alice", Message: "m"})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestCommitAndResolve(t *testing.T) {
	h := newHouse(t)
	if _, _, err := h.Resolve(t.Context(), h.project, "head"); petri.KindOf(err) != petri.NotFound {
		t.Errorf("Resolve before the first commit = %v", err)
	}
	first := h.commit(t, "", map[string]string{"a": "12", "b/c": "345", "l": "l:a"})
	second := h.commit(t, first, map[string]string{"a": "12", "b/c": "6", "b/d": "x:7890"})
	for spec, want := range map[string]petri.CommitID{"head": second, "": second, string(first[:8]): first, string(second): second} {
		id, c, err := h.Resolve(t.Context(), h.project, spec)
		if err != nil || id != want || c.ID() != want {
			t.Errorf("Resolve(%q) = %s, %v; want %s", spec, id, err, want)
		}
	}
	_, c, _ := h.Resolve(t.Context(), h.project, "head")
	if c.Files != 3 || c.Bytes != 7 || !cmp.Equal(c.Parents, []petri.CommitID{first}) {
		t.Errorf("the second commit is %+v", c)
	}
	if b, err := h.source(t.Context(), second.Digest()); err != nil || string(b) != string(c.Encode()) {
		t.Errorf("the commit's blob is %q, %v", b, err)
	}
	for spec, kind := range map[string]petri.Kind{"ffff": petri.NotFound, "xyz": petri.Invalid, "../..": petri.Invalid} {
		if _, _, err := h.Resolve(t.Context(), h.project, spec); petri.KindOf(err) != kind {
			t.Errorf("Resolve(%q) = %v; want %s", spec, err, kind)
		}
	}
}

func TestCommitRefuses(t *testing.T) {
	h := newHouse(t)
	first := h.commit(t, "", map[string]string{"a": "1"})
	folder := func(entries ...tree.Entry) petri.Digest {
		d, err := h.put(tree.Encode(entries))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	missing := petri.DigestBytes([]byte("never uploaded"))
	one := h.leaf(t, "one", "1").Entry()
	lying := one
	lying.Size = 2
	raw := func(name string) petri.Digest {
		d, err := h.put(fmt.Appendf(nil, "petri-tree 1\nf 1 %s %s\x00", one.Digest.Hex(), name))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	exploding := folder(one)
	size := int64(1)
	for range 50 {
		exploding = folder(tree.Entry{Name: "a", Kind: tree.Folder, Size: size, Digest: exploding}, tree.Entry{Name: "b", Kind: tree.Folder, Size: size, Digest: exploding})
		size *= 2
	}
	for name, test := range map[string]struct {
		parent petri.CommitID
		c      petri.Commit
		kind   petri.Kind
		says   string
	}{
		"no tree":          {first, petri.Commit{}, petri.Invalid, "digest"},
		"missing tree":     {first, petri.Commit{Tree: missing}, petri.Invalid, "upload"},
		"missing file":     {first, petri.Commit{Tree: folder(tree.Entry{Name: "f", Kind: tree.File, Size: 3, Digest: missing})}, petri.Invalid, "not uploaded"},
		"missing folder":   {first, petri.Commit{Tree: folder(tree.Entry{Name: "f", Kind: tree.Folder, Size: 3, Digest: missing})}, petri.Invalid, "upload"},
		"missing link":     {first, petri.Commit{Tree: folder(tree.Entry{Name: "f", Kind: tree.Link, Size: 3, Digest: missing})}, petri.Invalid, "upload"},
		"size of a file":   {first, petri.Commit{Tree: folder(lying)}, petri.Invalid, "bytes"},
		"size of a folder": {first, petri.Commit{Tree: folder(tree.Entry{Name: "d", Kind: tree.Folder, Size: 5, Digest: folder(one)})}, petri.Invalid, "size"},
		"dot dot":          {first, petri.Commit{Tree: raw("..")}, petri.Invalid, "name"},
		"slash":            {first, petri.Commit{Tree: raw("a/b")}, petri.Invalid, "slash"},
		"absolute":         {first, petri.Commit{Tree: raw("/etc/cron.d/x")}, petri.Invalid, "slash"},
		"escaping link":    {first, petri.Commit{Tree: folder(h.leaf(t, "l", "l:../../etc/passwd").Entry())}, petri.Invalid, "outside"},
		"absolute link":    {first, petri.Commit{Tree: folder(h.leaf(t, "l", "l:/etc/passwd").Entry())}, petri.Invalid, "absolute"},
		"exploding":        {first, petri.Commit{Tree: exploding}, petri.Invalid, "more than"},
		"a file as tree":   {first, petri.Commit{Tree: one.Digest}, petri.Invalid, "not a folder"},
		"wrong files":      {first, petri.Commit{Tree: folder(one), Files: 7}, petri.Invalid, "7 files"},
		"wrong bytes":      {first, petri.Commit{Tree: folder(one), Bytes: 7}, petri.Invalid, "7"},
		"endless message":  {first, petri.Commit{Tree: folder(one), Message: strings.Repeat("m", 1<<20)}, petri.Invalid, "message"},
		"no parent":        {"", petri.Commit{Tree: folder(one)}, petri.Conflict, "meanwhile"},
		"unknown parent":   {petri.CommitID(strings.Repeat("0", 64)), petri.Commit{Tree: folder(one)}, petri.Conflict, "meanwhile"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.Commit(t.Context(), h.project, test.parent, test.c)
			if petri.KindOf(err) != test.kind || !strings.Contains(fmt.Sprint(err), test.says) {
				t.Errorf("Commit = %v; want %s, %q", err, test.kind, test.says)
			}
			if test.kind == petri.Invalid && test.c.Files+test.c.Bytes == 0 && test.c.Message == "" {
				if err := h.CheckTree(t.Context(), test.c.Tree); petri.KindOf(err) != petri.Invalid {
					t.Errorf("CheckTree = %v; want kind invalid", err)
				}
			}
			if id, _, err := h.Resolve(t.Context(), h.project, "head"); id != first || err != nil {
				t.Errorf("the head is %s now, %v", id, err)
			}
		})
	}
}

func TestReadFile(t *testing.T) {
	h := newHouse(t)
	root := h.tree(t, map[string]string{"a/b": "content", "l": "l:a/b", "nl\n\xff": "odd"})
	for path, want := range map[string]string{"a/b": "content", "l": "a/b", "nl\n\xff": "odd"} {
		r, e, err := h.ReadFile(t.Context(), root, path)
		if err != nil {
			t.Errorf("ReadFile(%q) = %v", path, err)
			continue
		}
		if b, err := io.ReadAll(r); err != nil || string(b) != want || e.Size != int64(len(want)) {
			t.Errorf("ReadFile(%q) gives %q, %v", path, b, err)
		}
		r.Close()
	}
	for path, kind := range map[string]petri.Kind{
		"a": petri.Invalid, "": petri.Invalid, "a/x": petri.NotFound, "l/x": petri.NotFound, "../a/b": petri.Invalid, "/a/b": petri.Invalid, "a//b": petri.Invalid,
	} {
		if _, _, err := h.ReadFile(t.Context(), root, path); petri.KindOf(err) != kind {
			t.Errorf("ReadFile(%q) = %v; want %s", path, err, kind)
		}
	}
	list, err := h.List(t.Context(), root)
	var paths []string
	for _, f := range list {
		paths = append(paths, f.Path)
	}
	if diff := cmp.Diff([]string{"a", "a/b", "l", "nl\n\xff"}, paths); err != nil || diff != "" {
		t.Errorf("List: %v\n%s", err, diff)
	}
}

func TestExtract(t *testing.T) {
	h := newHouse(t)
	what := map[string]string{"a/b": "content", "x": "x:#!", "l": "l:a/b", "e": "d", "empty": "", "nl\n\xff": "odd"}
	dir := filepath.Join(t.TempDir(), "out")
	if err := h.Extract(t.Context(), h.tree(t, what), dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(what, onDisk(t, dir)); diff != "" {
		t.Error(diff)
	}
	if err := h.Extract(t.Context(), "", filepath.Join(t.TempDir(), "nothing")); err != nil {
		t.Error(err)
	}
}

// results makes a run of a commit that left what.
func (h *house) results(t *testing.T, of petri.CommitID, what map[string]string) petri.Run {
	t.Helper()
	c := petri.Commit{Tree: h.tree(t, what), Parents: []petri.CommitID{of}, Author: "petri"}
	if err := h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.Commits().Insert(h.project.ID, c) }); err != nil {
		t.Fatal(err)
	}
	return petri.Run{Ref: petri.RunRef{Project: h.project.Ref(), Number: 17}, Commit: of, Results: c.ID()}
}

func TestAdopt(t *testing.T) {
	base := map[string]string{"code": "1", "in": "1", "old": "1"}
	left := map[string]string{"code": "1", "in": "2", "out/a": "a", "out/b": "b"}
	for name, test := range map[string]struct {
		head      map[string]string
		paths     []string
		want      map[string]string
		conflicts []string
		kind      petri.Kind
	}{
		"all":             {base, nil, left, nil, ""},
		"some":            {base, []string{"out/a", "in"}, map[string]string{"code": "1", "in": "2", "old": "1", "out/a": "a"}, nil, ""},
		"a folder":        {base, []string{"out/"}, map[string]string{"code": "1", "in": "1", "old": "1", "out/a": "a", "out/b": "b"}, nil, ""},
		"a removal":       {base, []string{"old"}, map[string]string{"code": "1", "in": "1"}, nil, ""},
		"what is not":     {base, []string{"code"}, nil, nil, petri.NotFound},
		"head went on":    {map[string]string{"code": "2", "in": "1", "old": "1", "new": "n"}, nil, map[string]string{"code": "2", "in": "2", "new": "n", "out/a": "a", "out/b": "b"}, nil, ""},
		"both changed":    {map[string]string{"code": "2", "in": "3", "old": "2"}, nil, nil, []string{"in", "old"}, ""},
		"changed, unused": {map[string]string{"code": "2", "in": "3", "old": "2"}, []string{"out"}, map[string]string{"code": "2", "in": "3", "old": "2", "out/a": "a", "out/b": "b"}, nil, ""},
		"file and folder": {map[string]string{"code": "1", "in": "1", "old": "1", "out": "file"}, nil, nil, []string{"out/a", "out/b"}, ""},
		"there already":   {left, nil, left, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first := h.commit(t, "", base)
			run := h.results(t, first, left)
			head := first
			if !cmp.Equal(test.head, base) {
				head = h.commit(t, first, test.head)
			}
			id, conflicts, err := h.Adopt(t.Context(), h.project, run, test.paths, "", "alice")
			if diff := cmp.Diff(test.conflicts, conflicts); petri.KindOf(err) != test.kind || diff != "" {
				t.Fatalf("Adopt = %v; conflicts (-want +got):\n%s", err, diff)
			}
			now, c, err := h.Resolve(t.Context(), h.project, "head")
			if err != nil {
				t.Fatal(err)
			}
			if test.want == nil {
				if now != head {
					t.Errorf("the head moved to %s", now)
				}
				return
			}
			if now != id {
				t.Errorf("the head is %s; Adopt said %s", now, id)
			}
			if diff := cmp.Diff(test.want, h.leaves(t, c.Tree)); diff != "" {
				t.Errorf("the head (-want +got):\n%s", diff)
			}
			again, _, err := h.Adopt(t.Context(), h.project, run, test.paths, "", "alice")
			if test.kind == "" && name != "a removal" && (again != id || err != nil) {
				t.Errorf("Adopt again = %s, %v; want the head", again, err)
			}
		})
	}
}
