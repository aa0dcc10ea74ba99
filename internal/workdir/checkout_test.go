package workdir_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
	"github.com/petri-dev/petri/internal/workdir"
)

// commit makes a tree of files on the server.
func (s *server) commit(t *testing.T, files map[string]string) petri.Digest {
	t.Helper()
	f := workdir.Folder{Root: t.TempDir()}
	lay(t, f.Root, files)
	return push(t, f, s, "").Tree()
}

func TestPull(t *testing.T) {
	base := map[string]string{"a": "f 1", "b": "f 1", "dir/x": "f 1", "dir/y": "f 1", "gone/deep/z": "f 1", "tofolder": "f 1", "tofile/in": "f 1", "tolink": "f 1", "mode": "f 1"}
	next := map[string]string{"a": "f 2", "b": "f 1", "dir/x": "f 1", "dir/new": "x 1", "tofolder/in": "f 2", "tofile": "f 2", "tolink": "l a", "mode": "x 1", "empty": "d"}
	cases := map[string]struct {
		change  func(root string) error
		blocked string            // a path in the message; nothing may change then
		want    map[string]string // besides next
	}{
		"nothing of one's own": {nil, "", nil},
		"another file changed": {func(r string) error { return os.WriteFile(r+"/b", []byte("mine"), 0o644) }, "", map[string]string{"b": "f mine"}},
		"a file of one's own":  {func(r string) error { return os.WriteFile(r+"/own", []byte("mine"), 0o644) }, "", map[string]string{"own": "f mine"}},
		"same change here":     {func(r string) error { return os.WriteFile(r+"/a", []byte("2"), 0o644) }, "", nil},
		"changed on both":      {func(r string) error { return os.WriteFile(r+"/a", []byte("mine"), 0o644) }, "a", nil},
		"deleted here":         {func(r string) error { return os.Remove(r + "/a") }, "a", nil},
		"changed, deleted":     {func(r string) error { return os.WriteFile(r+"/dir/y", []byte("mine"), 0o644) }, "dir/y", nil},
		"added on both":        {func(r string) error { return os.WriteFile(r+"/dir/new", []byte("mine"), 0o644) }, "dir/new", nil},
		"ignored in the way":   {func(r string) error { return write(r, ".petriignore", "new\n", "dir/new", "mine") }, "dir/new", nil},
		"file in the way":      {func(r string) error { return os.WriteFile(r+"/empty", []byte("mine"), 0o644) }, "empty", nil},
		"own file in a folder that goes": {
			func(r string) error { return os.WriteFile(r+"/gone/deep/mine", []byte("mine"), 0o644) }, "", map[string]string{"gone": "d", "gone/deep": "d", "gone/deep/mine": "f mine"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, f := newServer(), workdir.Folder{Root: t.TempDir()}
			first, second := s.commit(t, base), s.commit(t, next)
			checkout(t, f, s, "", first)
			if c.change != nil {
				if err := c.change(f.Root); err != nil {
					t.Fatal(err)
				}
			}
			before := look(t, f.Root)
			_, err := f.Checkout(t.Context(), s, workdir.Tree{Root: first}, workdir.Tree{Root: second}, workdir.CheckoutOptions{})
			if c.blocked != "" {
				if petri.KindOf(err) != petri.Conflict || !strings.Contains(err.Error(), "\n  "+c.blocked) {
					t.Errorf("error %v, want a conflict about %s", err, c.blocked)
				}
				if diff := cmp.Diff(before, look(t, f.Root)); diff != "" {
					t.Errorf("a refused pull changed the folder: %s", diff)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"dir": "d", "tofolder": "d"}
			for _, m := range []map[string]string{next, c.want} {
				for path, what := range m {
					want[path] = what
				}
			}
			if diff := cmp.Diff(want, look(t, f.Root)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func write(root string, pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := os.WriteFile(filepath.Join(root, pairs[i]), []byte(pairs[i+1]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// TestNothingIsWrittenThroughALink: a folder of the project that a person turned into a link
// elsewhere.
func TestNothingIsWrittenThroughALink(t *testing.T) {
	s, f, outside := newServer(), workdir.Folder{Root: t.TempDir()}, t.TempDir()
	first := s.commit(t, map[string]string{"dir/x": "f 1", "other": "f 1"})
	second := s.commit(t, map[string]string{"dir/x": "f 2", "dir/y": "f 2", "other": "f 1"})
	checkout(t, f, s, "", first)
	if err := os.RemoveAll(f.Root + "/dir"); err != nil {
		t.Fatal(err)
	}
	lay(t, f.Root, map[string]string{"dir": "l " + outside, ".petriignore": "f dir\n"})
	_, err := f.Checkout(t.Context(), s, workdir.Tree{Root: first}, workdir.Tree{Root: second}, workdir.CheckoutOptions{})
	if petri.KindOf(err) != petri.Conflict {
		t.Errorf("error %v, want a conflict", err)
	}
	_, _ = f.Checkout(t.Context(), s, workdir.Tree{Root: first}, workdir.Tree{Root: second}, workdir.CheckoutOptions{Overwrite: true})
	if found := look(t, outside); len(found) > 0 {
		t.Errorf("written outside of the project: %v", found)
	}
}

func TestHostileTrees(t *testing.T) {
	file := petri.DigestBytes([]byte("x"))
	cases := map[string]func(s *server) petri.Digest{
		"link out": func(s *server) petri.Digest {
			target := s.put([]byte("../../etc"))
			return s.put(tree.Encode([]tree.Entry{{Name: "l", Kind: tree.Link, Size: 9, Digest: target}}))
		},
		"name with a slash": func(s *server) petri.Digest {
			return s.put(tree.Encode([]tree.Entry{{Name: "../x", Kind: tree.File, Size: 1, Digest: file}}))
		},
		"name of dots": func(s *server) petri.Digest {
			return s.put(tree.Encode([]tree.Entry{{Name: "..", Kind: tree.File, Size: 1, Digest: file}}))
		},
		"wrong size": func(s *server) petri.Digest {
			return s.put(tree.Encode([]tree.Entry{{Name: "f", Kind: tree.File, Size: 5, Digest: file}}))
		},
		"too deep": func(s *server) petri.Digest {
			d := s.put(tree.Encode(nil))
			for range 300 {
				d = s.put(tree.Encode([]tree.Entry{{Name: "d", Kind: tree.Folder, Digest: d}}))
			}
			return d
		},
	}
	for name, make := range cases {
		t.Run(name, func(t *testing.T) {
			s, f := newServer(), workdir.Folder{Root: t.TempDir()}
			s.put([]byte("x"))
			root := make(s)
			if _, err := f.Checkout(t.Context(), s, workdir.Tree{}, workdir.Tree{Root: root}, workdir.CheckoutOptions{}); err == nil {
				t.Error("it was written")
			}
			if found := look(t, f.Root); len(found) > 0 {
				t.Errorf("left behind: %v", found)
			}
		})
	}
}

// A commit that no petri made may hold git's settings, which name programs for git to start,
// or Petri's own.
func TestSettingsInACommit(t *testing.T) {
	s, f := newServer(), workdir.Folder{Root: t.TempDir()}
	s.put([]byte("x"))
	s.put(tree.Encode(nil))
	var leaves []tree.Leaf
	for _, path := range []string{".git/config", ".petri/state.json", "sub/.git/hooks/post-commit", "sub/.gitignore", "ours"} {
		leaves = append(leaves, tree.Leaf{Path: path, Kind: tree.File, Size: 1, Digest: petri.DigestBytes([]byte("x"))})
	}
	root, _, _, err := tree.Build(leaves, func(b []byte) (petri.Digest, error) { return s.put(b), nil })
	if err != nil {
		t.Fatal(err)
	}
	checkout(t, f, s, "", root)
	for _, path := range []string{".git", ".petri/state.json", "sub/.git"} {
		if _, err := os.Lstat(filepath.Join(f.Root, path)); err == nil {
			t.Errorf("%s was written", path)
		}
	}
	for _, path := range []string{"ours", "sub/.gitignore"} {
		if _, err := os.Lstat(filepath.Join(f.Root, path)); err != nil {
			t.Errorf("%s was not written", path)
		}
	}
}

func (s *server) put(b []byte) petri.Digest {
	d := petri.DigestBytes(b)
	s.blobs[d] = b
	return d
}

func TestCutAndLies(t *testing.T) {
	files := map[string]string{"a": "f " + strings.Repeat("a", 5000), "b": "f " + strings.Repeat("b", 5000), "c": "f " + strings.Repeat("c", 5000)}
	s, f := newServer(), workdir.Folder{Root: t.TempDir()}
	root := s.commit(t, files)
	s.cutAfter = 7000
	checkout(t, f, s, "", root)
	if diff := cmp.Diff(files, look(t, f.Root)); diff != "" {
		t.Errorf("after a cut: %s", diff)
	}
	s, f = newServer(), workdir.Folder{Root: t.TempDir()}
	root = s.commit(t, files)
	s.lie = true
	if _, err := f.Checkout(t.Context(), s, workdir.Tree{}, workdir.Tree{Root: root}, workdir.CheckoutOptions{}); err == nil {
		t.Error("wrong bytes were believed")
	}
	if found := look(t, f.Root); len(found) > 0 {
		t.Errorf("wrong bytes were kept: %v", found)
	}
}

func TestTake(t *testing.T) {
	s := newServer()
	before := s.commit(t, map[string]string{"in": "f 1", "changed": "f 1", "removed": "f 1"})
	after := s.commit(t, map[string]string{"in": "f 1", "changed": "f 2", "out/a": "f 1", "out/b": "f 1"})
	take := func(root string, opts workdir.CheckoutOptions) error {
		return workdir.Folder{Root: root}.Take(t.Context(), s, workdir.Tree{Root: before}, workdir.Tree{Root: after},
			func(path string, _ *tree.Entry) bool { return path != "out/b" }, opts)
	}
	empty := t.TempDir()
	if err := take(empty, workdir.CheckoutOptions{}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"changed": "f 2", "out": "d", "out/a": "f 1"}
	if diff := cmp.Diff(want, look(t, empty)); diff != "" {
		t.Error(diff)
	}
	mine := t.TempDir()
	lay(t, mine, map[string]string{"changed": "f mine"})
	if err := take(mine, workdir.CheckoutOptions{}); petri.KindOf(err) != petri.Conflict {
		t.Errorf("error %v, want a conflict", err)
	}
	if err := take(mine, workdir.CheckoutOptions{Overwrite: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, look(t, mine)); diff != "" {
		t.Error(diff)
	}
}
