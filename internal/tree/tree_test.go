package tree_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// memory keeps blobs in a map.
type memory map[petri.Digest][]byte

func (m memory) put(b []byte) (petri.Digest, error) {
	d := petri.DigestBytes(b)
	m[d] = b
	return d, nil
}

func (m memory) source(_ context.Context, d petri.Digest) ([]byte, error) {
	if b, ok := m[d]; ok {
		return b, nil
	}
	return nil, petri.Errorf(petri.NotFound, "there is no blob %s", d)
}

func (m memory) file(t testing.TB, path, content string) tree.Leaf {
	d, err := m.put([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return tree.Leaf{Path: path, Kind: tree.File, Size: int64(len(content)), Digest: d}
}

func (m memory) link(t testing.TB, path, target string) tree.Leaf {
	l := m.file(t, path, target)
	l.Kind = tree.Link
	return l
}

func (m memory) build(t testing.TB, leaves ...tree.Leaf) petri.Digest {
	root, _, _, err := tree.Build(leaves, m.put)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// leaves is a tree as a map from path to kind and digest.
func (m memory) leaves(t testing.TB, root petri.Digest) map[string]string {
	got := map[string]string{}
	err := tree.Walk(t.Context(), m.source, root, func(path string, e tree.Entry) error {
		if e.Kind != tree.Folder || e.Digest == tree.Empty {
			got[path] = string(e.Kind) + e.Digest.Short()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEmptyIsTheDigestOfNoEntries(t *testing.T) {
	if got := petri.DigestBytes(tree.Encode(nil)); got != tree.Empty {
		t.Errorf("Encode(nil) has digest %s, Empty is %s", got, tree.Empty)
	}
}

func TestBuildTotals(t *testing.T) {
	m := memory{}
	root, files, bytes, err := tree.Build([]tree.Leaf{
		m.file(t, "z", "12345"), m.file(t, "a/b/c", "123"), m.link(t, "a/l", "b/c"),
		{Path: "empty", Kind: tree.Folder}, {Path: "a", Kind: tree.Folder}, m.file(t, "a-b", "1"), m.file(t, "nl\n\xff", ""),
	}, m.put)
	if err != nil || files != 5 || bytes != 9 {
		t.Fatalf("Build = %d files, %d bytes, %v; want 5, 9, nil", files, bytes, err)
	}
	totals, err := (&tree.Checker{Source: m.source}).Check(t.Context(), root)
	if want := (tree.Totals{Files: 5, Entries: 8, Bytes: 9}); err != nil || totals != want {
		t.Errorf("Check = %+v, %v; want %+v", totals, err, want)
	}
	var paths []string
	_ = tree.Walk(t.Context(), m.source, root, func(path string, _ tree.Entry) error { paths = append(paths, path); return nil })
	if diff := cmp.Diff([]string{"a", "a/b", "a/b/c", "a/l", "a-b", "empty", "nl\n\xff", "z"}, paths); diff != "" {
		t.Errorf("Walk (-want +got):\n%s", diff)
	}
}

func TestBuildRefuses(t *testing.T) {
	m := memory{}
	for name, leaves := range map[string][]tree.Leaf{
		"twice":              {m.file(t, "a", "1"), m.file(t, "a", "2")},
		"file and folder":    {m.file(t, "a", "1"), m.file(t, "a/b", "2")},
		"dot dot":            {m.file(t, "a/../b", "1")},
		"absolute":           {m.file(t, "/a", "1")},
		"empty path":         {m.file(t, "", "1")},
		"trailing slash":     {m.file(t, "a/", "1")},
		"double slash":       {m.file(t, "a//b", "1")},
		"NUL":                {m.file(t, "a\x00b", "1")},
		"too deep":           {m.file(t, strings.Repeat("d/", tree.MaxDepth)+"f", "1")},
		"path too long":      {m.file(t, strings.Repeat(strings.Repeat("n", 200)+"/", 20)+"f", "1")},
		"name too long":      {m.file(t, strings.Repeat("n", 256), "1")},
		"file, then empties": {m.file(t, "a", "1"), {Path: "a", Kind: tree.Folder}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, _, err := tree.Build(leaves, m.put); petri.KindOf(err) != petri.Invalid {
				t.Errorf("Build = %v; want kind invalid", err)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	hex := strings.Repeat("0", 64)
	entry := func(kind, size, name string) string { return kind + " " + size + " " + hex + " " + name + "\x00" }
	const head = "petri-tree 1\n"
	for name, blob := range map[string]string{
		"nothing":         "",
		"other header":    "petri-tree 2\n",
		"cut":             head + strings.TrimSuffix(entry("f", "1", "a"), "\x00"),
		"unknown kind":    head + entry("q", "1", "a"),
		"long kind":       head + entry("ff", "1", "a"),
		"leading zero":    head + entry("f", "01", "a"),
		"plus":            head + entry("f", "+1", "a"),
		"negative":        head + entry("f", "-1", "a"),
		"beyond int64":    head + entry("f", "99999999999999999999", "a"),
		"absurd size":     head + entry("f", "9223372036854775807", "a"),
		"absurd sum":      head + entry("f", "1152921504606846976", "a") + entry("f", "1", "b"),
		"dot":             head + entry("d", "1", "."),
		"dot dot":         head + entry("d", "1", ".."),
		"slash":           head + entry("f", "1", "a/b"),
		"no name":         head + entry("f", "1", ""),
		"unsorted":        head + entry("f", "1", "b") + entry("f", "1", "a"),
		"repeated":        head + entry("f", "1", "a") + entry("f", "1", "a"),
		"upper-case hex":  head + "f 1 " + strings.Repeat("A", 64) + " a\x00",
		"short hex":       head + "f 1 abcd a\x00",
		"no target":       head + entry("l", "0", "a"),
		"endless target":  head + entry("l", "4096", "a"),
		"missing fields":  head + "f\x00",
		"trailing spaces": head + "f  1 " + hex + " a\x00",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := tree.Decode([]byte(blob)); petri.KindOf(err) != petri.Invalid {
				t.Errorf("Decode = %v; want kind invalid", err)
			}
		})
	}
}

func TestCheckLink(t *testing.T) {
	for _, test := range []struct {
		path, target string
		ok           bool
	}{
		{"a", "b", true}, {"a", "./b/", true}, {"d/a", "../b", true}, {"d/e/a", "../../b", true}, {"d/a", "..", true},
		{"a", "..", false}, {"a", "../b", false}, {"d/a", "../../b", false}, {"a", "/etc/passwd", false}, {"a", "", false},
		{"d/a", "e/../../..", false}, {"d/a", "e/../f", false}, {"a", "b\x00", false}, {"d/a", ".././..//x", false},
	} {
		if err := tree.CheckLink(test.path, test.target); (err == nil) != test.ok {
			t.Errorf("CheckLink(%q, %q) = %v", test.path, test.target, err)
		}
	}
}

func TestWalkSkipsFolders(t *testing.T) {
	m := memory{}
	root := m.build(t, m.file(t, "a/b", "1"), m.file(t, "c", "2"))
	var paths []string
	err := tree.Walk(t.Context(), m.source, root, func(path string, e tree.Entry) error {
		paths = append(paths, path)
		return tree.SkipFolder
	})
	if err == nil || !errors.Is(err, tree.SkipFolder) { // SkipFolder for a file is an error like any other
		t.Errorf("Walk = %v", err)
	}
	if diff := cmp.Diff([]string{"a", "c"}, paths); diff != "" {
		t.Error(diff)
	}
}

func TestLookup(t *testing.T) {
	m := memory{}
	root := m.build(t, m.file(t, "a/b", "1"))
	if e, err := tree.Lookup(t.Context(), m.source, root, "a/b"); err != nil || e.Size != 1 {
		t.Errorf("Lookup(a/b) = %+v, %v", e, err)
	}
	for path, kind := range map[string]petri.Kind{"a/c": petri.NotFound, "a/b/c": petri.NotFound, "..": petri.Invalid, "a/": petri.Invalid} {
		if _, err := tree.Lookup(t.Context(), m.source, root, path); petri.KindOf(err) != kind {
			t.Errorf("Lookup(%q) = %v; want %s", path, err, kind)
		}
	}
}

// randomLeaves draws a set of leaves without collisions; names are few, so that two draws
// meet each other in every way.
func randomLeaves(m memory, t *rapid.T, label string) []tree.Leaf {
	taken := map[string]tree.Leaf{}
	for range rapid.IntRange(0, 12).Draw(t, label) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "a-", "a.", "\xff"}), 1, 4).Draw(t, "path")
		leaf := tree.Leaf{Path: strings.Join(parts, "/"), Kind: rapid.SampledFrom([]tree.Kind{tree.File, tree.Executable, tree.Folder}).Draw(t, "kind")}
		if leaf.Kind != tree.Folder {
			content := rapid.SampledFrom([]string{"", "1", "22"}).Draw(t, "content")
			leaf.Digest, _ = m.put([]byte(content))
			leaf.Size = int64(len(content))
		}
		clash := false
		for path := range taken {
			clash = clash || tree.Within(path, leaf.Path) || tree.Within(leaf.Path, path)
		}
		if !clash {
			taken[leaf.Path] = leaf
		}
	}
	return slices.Collect(maps.Values(taken))
}

func TestDiffAndApplyAreInverse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := memory{}
		a := m.build(t, randomLeaves(m, rt, "a")...)
		b := m.build(t, randomLeaves(m, rt, "b")...)
		edits, err := tree.Changes(t.Context(), m.source, a, b)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := tree.Apply(t.Context(), m.source, m.put, a, edits)
		if err != nil || got != b {
			rt.Fatalf("Apply(a, Diff(a, b)) = %v, %v; want %v", m.leaves(t, got), err, m.leaves(t, b))
		}
		checkSameTotals(rt, m, a, b)
	})
}

// checkSameTotals: verifying the difference finds what verifying all finds.
func checkSameTotals(t *rapid.T, m memory, a, b petri.Digest) {
	ctx := context.Background()
	before, err := (&tree.Checker{Source: m.source}).Check(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := (&tree.Checker{Source: m.source}).Check(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	if part, err := (&tree.Checker{Source: m.source}).CheckChange(ctx, a, before, b); err != nil || part != whole {
		t.Fatalf("CheckChange = %+v, %v; want %+v", part, err, whole)
	}
	if measured, err := tree.Measure(ctx, m.source, b); err != nil || measured != whole {
		t.Fatalf("Measure = %+v, %v; want %+v", measured, err, whole)
	}
}

func TestMergeProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := memory{}
		base := m.build(t, randomLeaves(m, rt, "base")...)
		ours := m.build(t, randomLeaves(m, rt, "ours")...)
		theirs := m.build(t, randomLeaves(m, rt, "theirs")...)
		merge := func(a, b petri.Digest) (petri.Digest, []string) {
			root, conflicts, err := tree.Merge(context.Background(), m.source, m.put, base, a, b)
			if err != nil {
				rt.Fatal(err)
			}
			return root, conflicts
		}
		if root, _ := merge(base, theirs); root != theirs {
			rt.Fatalf("merging theirs into base gives %v", m.leaves(t, root))
		}
		if root, _ := merge(ours, base); root != ours {
			rt.Fatalf("merging base into ours gives %v", m.leaves(t, root))
		}
		if root, _ := merge(ours, ours); root != ours {
			rt.Fatalf("merging ours into ours gives %v", m.leaves(t, root))
		}
		there, conflicts := merge(ours, theirs)
		back, same := merge(theirs, ours)
		if there != back || !slices.Equal(conflicts, same) {
			rt.Fatalf("merging is not symmetric: %v %v, %v %v", m.leaves(t, there), conflicts, m.leaves(t, back), same)
		}
	})
}

func TestMergeConflicts(t *testing.T) {
	m := memory{}
	base := m.build(t, m.file(t, "both", "0"), m.file(t, "gone", "0"), m.file(t, "kept", "0"))
	ours := m.build(t, m.file(t, "both", "1"), m.file(t, "kept", "0"), m.file(t, "new", "1"))
	theirs := m.build(t, m.file(t, "both", "2"), m.file(t, "gone", "2"), m.file(t, "kept", "2"), m.file(t, "new/below", "2"))
	root, conflicts, err := tree.Merge(t.Context(), m.source, m.put, base, ours, theirs)
	if diff := cmp.Diff([]string{"both", "gone", "new/below"}, conflicts); err != nil || root != "" || diff != "" {
		t.Errorf("Merge = %q, %v (-want +got):\n%s", root, err, diff)
	}
}

func FuzzDecode(f *testing.F) {
	m := memory{}
	f.Add(tree.Encode(nil))
	f.Add(tree.Encode([]tree.Entry{m.file(f, "a", "1").Entry(), m.link(f, "b", "a").Entry(), {Name: "c", Kind: tree.Folder, Digest: tree.Empty}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := tree.Decode(b)
		if err != nil {
			return
		}
		if again := tree.Encode(entries); string(again) != string(b) {
			t.Errorf("Decode took %q, which Encode writes as %q", b, again)
		}
		for _, e := range entries {
			if tree.CheckPath(e.Name) != nil {
				t.Errorf("Decode took the name %q", e.Name)
			}
		}
	})
}

func FuzzCheckLink(f *testing.F) {
	f.Add("d/e/a", "../../b")
	f.Fuzz(func(t *testing.T, path, target string) {
		if tree.CheckPath(path) != nil || tree.CheckLink(path, target) != nil {
			return
		}
		depth := strings.Count(path, "/")
		for name := range strings.SplitSeq(target, "/") {
			switch name {
			case "", ".":
			case "..":
				depth--
			default:
				depth++
			}
			if depth < 0 {
				t.Fatalf("%q -> %q leaves the project", path, target)
			}
		}
	})
}
