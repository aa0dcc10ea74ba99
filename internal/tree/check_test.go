package tree_test

import (
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

func (m memory) folder(t testing.TB, entries ...tree.Entry) petri.Digest {
	d, err := m.put(tree.Encode(entries))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCheckRefuses(t *testing.T) {
	m := memory{}
	nest := func(d petri.Digest, size int64, levels int) petri.Digest {
		for range levels {
			d = m.folder(t, tree.Entry{Name: "d", Kind: tree.Folder, Size: size, Digest: d})
		}
		return d
	}
	deepLink := m.folder(t, m.link(t, "l", "../../../x").Entry())
	for name, test := range map[string]struct {
		root petri.Digest
		kind petri.Kind
		says string
	}{
		"escaping link":   {m.folder(t, m.link(t, "l", "../x").Entry()), petri.Invalid, "outside"},
		"absolute link":   {m.folder(t, m.link(t, "l", "/etc").Entry()), petri.Invalid, "absolute"},
		"link one short":  {nest(deepLink, 0, 2), petri.Invalid, "outside"},
		"link just fits":  {nest(deepLink, 0, 3), "", ""},
		"too deep":        {nest(m.folder(t, m.file(t, "f", "").Entry()), 0, tree.MaxDepth), petri.Invalid, "deep"},
		"just deep":       {nest(m.folder(t, m.file(t, "f", "").Entry()), 0, tree.MaxDepth-1), "", ""},
		"lying total":     {nest(m.folder(t, m.file(t, "f", "123").Entry()), 4, 1), petri.Invalid, "size"},
		"missing folder":  {m.folder(t, tree.Entry{Name: "d", Kind: tree.Folder, Digest: petri.DigestBytes([]byte("?"))}), petri.NotFound, ""},
		"file as folder":  {m.folder(t, tree.Entry{Name: "d", Kind: tree.Folder, Digest: m.file(t, "f", "no folder").Digest}), petri.Invalid, "not a folder"},
		"path too long":   {longPath(t, m), petri.Invalid, "longer"},
		"exploding":       {explode(t, m, 60), petri.Invalid, "more than"},
		"exploding bytes": {explodeBytes(t, m), petri.Invalid, "claims more"},
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			for _, trusted := range []petri.Digest{"", m.build(t, m.file(t, "other", "1"))} {
				totals, _ := tree.Measure(t.Context(), m.source, trusted)
				_, err := (&tree.Checker{Source: m.source}).CheckChange(t.Context(), trusted, totals, test.root)
				if petri.KindOf(err) != test.kind || err != nil && !strings.Contains(err.Error(), test.says) {
					t.Errorf("CheckChange from %q = %v; want %s, %q", trusted, err, test.kind, test.says)
				}
			}
			_, err := (&tree.Checker{Source: m.source}).Check(t.Context(), test.root)
			if petri.KindOf(err) != test.kind || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("Check = %v; want %s, %q", err, test.kind, test.says)
			}
			if time.Since(begun) > 5*time.Second {
				t.Errorf("took %s", time.Since(begun))
			}
		})
	}
}

// explode is a tree of 2^levels files in levels blobs.
func explode(t *testing.T, m memory, levels int) petri.Digest {
	d := m.folder(t, m.file(t, "f", "").Entry())
	for range levels {
		d = m.folder(t, tree.Entry{Name: "a", Kind: tree.Folder, Digest: d}, tree.Entry{Name: "b", Kind: tree.Folder, Digest: d})
	}
	return d
}

func explodeBytes(t *testing.T, m memory) petri.Digest {
	e := m.file(t, "f", "")
	e.Size = tree.MaxBytes
	d := m.folder(t, e.Entry())
	return m.folder(t, tree.Entry{Name: "a", Kind: tree.Folder, Size: tree.MaxBytes, Digest: d}, m.file(t, "b", "1").Entry())
}

func longPath(t *testing.T, m memory) petri.Digest {
	d := m.folder(t, m.file(t, "f", "").Entry())
	for range 16 {
		d = m.folder(t, tree.Entry{Name: strings.Repeat("n", 250), Kind: tree.Folder, Digest: d})
	}
	return d
}

func TestWalkAndDiffStopOnExplodingTrees(t *testing.T) {
	m := memory{}
	root := explode(t, m, 40)
	err := tree.Walk(t.Context(), m.source, root, func(string, tree.Entry) error { return nil })
	if petri.KindOf(err) != petri.Invalid {
		t.Errorf("Walk = %v", err)
	}
}

func TestCheckGivesEachDistinctLeafOnce(t *testing.T) {
	m := memory{}
	root := explode(t, m, 10)
	var leaves []tree.Leaf
	c := &tree.Checker{Source: m.source, Leaves: func(l []tree.Leaf) error { leaves = append(leaves, l...); return nil }}
	totals, err := c.Check(t.Context(), root)
	if err != nil || totals.Files != 1024 || len(leaves) != 1 {
		t.Errorf("Check = %+v, %v with %d leaves; want 1024 files, 1 leaf", totals, err, len(leaves))
	}
}
