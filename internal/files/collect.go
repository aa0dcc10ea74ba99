package files

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/tree"
)

// Collected is what a run left.
type Collected struct {
	Tree petri.Digest
	// Files and Bytes are totals over the tree, as in a commit.
	Files, Bytes int64
	// Changes are the files and links that differ from the base, by path.
	Changes []petri.ResultChange
	// LeftOut is what no tree can hold, by path.
	LeftOut []petri.LeftOut
}

// maxLeftOut is how many left-out files are named; one more says how many others there are.
const maxLeftOut = 1000

// Collect reads what a run changed in its workspace into the store and gives the tree that
// results. Files are hashed where they lie and become blobs by a hard link. It may be done
// again, also after it was cut, and gives the same. The run's processes have ended. Kind:
// exhausted for a full disk.
func (f *Files) Collect(ctx context.Context, ws Workspace) (Collected, error) {
	c := &collector{files: f, ws: ws, inodes: map[uint64]*shared{}}
	root, err := c.collect(ctx)
	if err != nil {
		return Collected{}, fmt.Errorf("collect what the run left: %w", disk.Explain(err))
	}
	out := Collected{Tree: root, Changes: []petri.ResultChange{}, LeftOut: c.leftOut}
	totals, err := f.measure(ctx, ws.Base)
	if err != nil {
		return Collected{}, err
	}
	err = tree.Diff(ctx, f.source, ws.Base, root, func(path string, a, b *tree.Entry) error {
		out.note(path, a, b, &totals)
		return nil
	})
	if err != nil {
		return Collected{}, fmt.Errorf("compare what the run left: %w", err)
	}
	slices.SortFunc(out.Changes, func(a, b petri.ResultChange) int { return strings.Compare(a.Path, b.Path) })
	out.Files, out.Bytes = totals.Files, totals.Bytes
	f.syncer.start(f.blobs.Sync)
	return out, nil
}

// note adds a difference of leaves to the changes and to the totals. Empty folders are kept
// but are no results.
func (out *Collected) note(path string, a, b *tree.Entry, totals *tree.Totals) {
	a, b = notFolder(a), notFolder(b)
	change := petri.ResultChange{Path: path, Change: "changed"}
	switch {
	case a == nil && b == nil:
		return
	case a == nil:
		change.Change = "added"
	case b == nil:
		change.Change = "removed"
	}
	if a != nil {
		totals.Files--
		totals.Bytes -= bytesOf(a)
	}
	if b != nil {
		change.Bytes, change.Digest = b.Size, b.Digest
		totals.Files++
		totals.Bytes += bytesOf(b)
	}
	out.Changes = append(out.Changes, change)
}

func notFolder(e *tree.Entry) *tree.Entry {
	if e != nil && e.Kind == tree.Folder {
		return nil
	}
	return e
}

func bytesOf(e *tree.Entry) int64 {
	if e.Kind == tree.Link {
		return 0
	}
	return e.Size
}

// collector reads one workspace.
type collector struct {
	files *Files
	ws    Workspace

	group   *errgroup.Group
	mu      sync.Mutex
	inodes  map[uint64]*shared // of files with several names
	leftOut []petri.LeftOut
	omitted int
	entries int
}

// shared is a file that several names share, read once.
type shared struct {
	once   sync.Once
	digest petri.Digest
	size   int64
	err    error
}

// node is a folder that is being collected. Files and folders below are pointers, filled
// by others, until close.
type node struct {
	entries []tree.Entry           // as in the base, still
	changed map[string]*tree.Entry // a nil one is left out
	folders map[string]*node
}

func (c *collector) collect(ctx context.Context) (petri.Digest, error) {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(workers())
	c.group = group
	top := c.ws.Upper
	if c.ws.Mode == Copy {
		top = c.ws.Copy
	}
	root, err := c.folder(groupCtx, place{dir: top, base: c.ws.Base, known: true})
	if failed := group.Wait(); failed != nil {
		err = failed
	}
	if err != nil {
		return "", err
	}
	c.sortLeftOut()
	e, err := c.close(root)
	return e.Digest, err
}

func (c *collector) sortLeftOut() {
	slices.SortFunc(c.leftOut, func(a, b petri.LeftOut) int { return strings.Compare(a.Path, b.Path) })
	if c.omitted > 0 {
		c.leftOut = append(c.leftOut, petri.LeftOut{Path: "", Why: fmt.Sprintf("and %d more", c.omitted)})
	}
}

// place is a folder to collect.
type place struct {
	dir  string // on this machine
	path string // in the project
	// base is the folder of the staged tree that shows through; origin where it lies in that tree.
	base   petri.Digest
	origin string
	known  bool // there is such a folder
}

// folder reads a folder and has its files hashed.
func (c *collector) folder(ctx context.Context, p place) (*node, error) {
	n := &node{changed: map[string]*tree.Entry{}, folders: map[string]*node{}}
	var err error
	if p.known {
		if n.entries, err = tree.Load(ctx, c.files.source, p.base); err != nil {
			return nil, err
		}
	}
	names, err := readNames(p.dir)
	if err != nil {
		return nil, err
	}
	if c.ws.Mode == Copy { // what is not there is gone
		there := make(map[string]bool, len(names))
		for _, name := range names {
			there[name] = true
		}
		n.entries = slices.DeleteFunc(n.entries, func(e tree.Entry) bool { return !there[e.Name] })
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := c.entry(ctx, p, n, name); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// readNames lists a folder, opened without following links.
func readNames(dir string) ([]string, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

func (c *collector) leave(n *node, p place, name, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n != nil {
		n.changed[name] = nil
	}
	if len(c.leftOut) < maxLeftOut {
		c.leftOut = append(c.leftOut, petri.LeftOut{Path: joinPath(p.path, name), Why: why})
	} else {
		c.omitted++
	}
}

func joinPath(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// close makes the folders' blobs, from the bottom up.
func (c *collector) close(n *node) (tree.Entry, error) {
	entries := slices.DeleteFunc(n.entries, func(e tree.Entry) bool {
		_, changed := n.changed[e.Name]
		return changed || n.folders[e.Name] != nil
	})
	for name, e := range n.changed {
		if e != nil {
			e.Name = name
			entries = append(entries, *e)
		}
	}
	for name, sub := range n.folders {
		e, err := c.close(sub)
		if err != nil {
			return e, err
		}
		e.Name = name
		entries = append(entries, e)
	}
	d, size, err := tree.PutFolder(entries, c.files.put)
	return tree.Entry{Kind: tree.Folder, Digest: d, Size: size}, err
}
