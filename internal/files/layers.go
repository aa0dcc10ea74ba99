package files

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/tree"
)

// layers keeps trees laid out as folders of hard links, the lower layers of overlays. A whole
// layer is named by its tree; a delta, which holds only what differs from a whole one and
// lies above it, by both. They are a cache: built aside, renamed into place, never changed, made
// again when missing.
type layers struct {
	blobs *disk.Store
	dir   string

	mu       sync.Mutex
	loaded   bool
	byName   map[string]*layer
	clock    int64
	serial   int64
	building map[petri.Digest]chan struct{}
	cleaning bool
}

type layer struct {
	name string
	tree petri.Digest
	base petri.Digest // of the whole layer below; "" for a whole one
	used int64
	pins int
}

const (
	keptLayers = 48   // kept though no run uses them
	maxEdits   = 2000 // a delta has at most so many leaves
	smallTree  = 256  // of so many entries a whole layer costs no more than a delta
	candidates = 12   // whole layers that are looked at for a delta
	deltaMark  = "-on-"
	building   = ".building-"
	removing   = ".removing-"
)

func newLayers(blobs *disk.Store, dir string) *layers {
	return &layers{blobs: blobs, dir: dir, byName: map[string]*layer{}, building: map[petri.Digest]chan struct{}{}}
}

// use gives the folders to stack for a tree, topmost first, building what is missing. They
// stay until release is called, and after that for as long as a workspace names them.
func (l *layers) use(ctx context.Context, src tree.Source, root petri.Digest) (lower []string, release func(), err error) {
	for {
		l.mu.Lock()
		if err := l.load(); err != nil {
			l.mu.Unlock()
			return nil, nil, err
		}
		if stack := l.find(root); stack != nil {
			l.pin(stack)
			l.mu.Unlock()
			return l.paths(stack), func() { l.unpin(stack) }, nil
		}
		wait := l.building[root]
		if wait == nil {
			wait = make(chan struct{})
			l.building[root] = wait
			l.mu.Unlock()
			err := l.build(ctx, src, root)
			l.mu.Lock()
			delete(l.building, root)
			close(wait)
			l.mu.Unlock()
			if err != nil {
				return nil, nil, err
			}
			continue
		}
		l.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// load reads what an earlier process built, once, and removes what it left half-done.
func (l *layers) load() error {
	if l.loaded {
		return nil
	}
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return fmt.Errorf("make the folder for trees: %w", disk.Explain(err))
	}
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return fmt.Errorf("list the trees: %w", err)
	}
	var left []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			left = append(left, e.Name())
			continue
		}
		above, below, delta := strings.Cut(e.Name(), deltaMark)
		found := &layer{name: e.Name(), tree: petri.Digest("sha256:" + above)}
		if delta {
			found.base = petri.Digest("sha256:" + below)
		}
		l.byName[found.name] = found
	}
	l.loaded = true
	l.serial = time.Now().UnixNano() // names of this process's own, while those left go; in containers every server is process 1
	go l.remove(left)
	return nil
}

func (l *layers) remove(names []string) {
	for _, name := range names {
		_ = removeAll(filepath.Join(l.dir, name)) // left ones are tried again by the next process
	}
}

// find gives the layers that show a tree, topmost first; nil if they have to be built.
func (l *layers) find(root petri.Digest) []*layer {
	if whole := l.there(root.Hex()); whole != nil {
		return []*layer{whole}
	}
	for _, delta := range l.byName {
		if delta.tree != root || delta.base == "" {
			continue
		}
		below := l.there(delta.base.Hex())
		if above := l.there(delta.name); above != nil && below != nil {
			return []*layer{above, below}
		}
	}
	return nil
}

// there gives a layer if its folder is still there: an administrator may clear the cache.
func (l *layers) there(name string) *layer {
	found := l.byName[name]
	if found == nil {
		return nil
	}
	if _, err := os.Lstat(filepath.Join(l.dir, name)); err != nil {
		delete(l.byName, name)
		return nil
	}
	return found
}

func (l *layers) pin(stack []*layer) {
	l.clock++
	for _, layer := range stack {
		layer.pins++
		layer.used = l.clock
	}
}

func (l *layers) unpin(stack []*layer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, layer := range stack {
		layer.pins--
	}
	if len(l.byName) > keptLayers && !l.cleaning {
		l.cleaning = true
		go l.clean()
	}
}

func (l *layers) paths(stack []*layer) []string {
	var paths []string
	for _, layer := range stack {
		paths = append(paths, filepath.Join(l.dir, layer.name))
	}
	return paths
}

// build makes a delta where a whole layer is close, else a whole layer.
func (l *layers) build(ctx context.Context, src tree.Source, root petri.Digest) error {
	base, err := l.near(ctx, src, root)
	if err != nil {
		return err
	}
	made := &layer{name: root.Hex(), tree: root}
	if base != nil {
		defer l.unpin([]*layer{base})
		made.name, made.base = root.Hex()+deltaMark+base.tree.Hex(), base.tree
	}
	l.mu.Lock()
	l.serial++
	tmp := filepath.Join(l.dir, fmt.Sprintf("%s%d", building, l.serial))
	l.mu.Unlock()
	owner := l.blobs.Owner()
	lay := &layout{source: src, blobs: l.blobs, owner: Owner{owner.UID, owner.GID}}
	err = os.MkdirAll(l.dir, 0o755) // an administrator may clear the cache
	if err == nil {
		err = lay.mkdir(tmp)
	}
	if err == nil && base == nil {
		err = lay.tree(ctx, root, tmp)
	} else if err == nil {
		err = lay.delta(ctx, base.tree, root, tmp)
	}
	if err == nil {
		err = os.Rename(tmp, filepath.Join(l.dir, made.name))
	}
	if err != nil {
		_ = removeAll(tmp)
		return fmt.Errorf("lay out the tree: %w", disk.Explain(err))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock++
	made.used = l.clock
	l.byName[made.name] = made
	return nil
}

var errFar = errors.New("files: the trees differ too much")

// near finds and pins a whole layer from which root differs little; nil if there is none, or
// it would not pay.
func (l *layers) near(ctx context.Context, src tree.Source, root petri.Digest) (*layer, error) {
	entries := 0
	err := tree.Walk(ctx, src, root, func(string, tree.Entry) error {
		if entries++; entries > smallTree {
			return errFar
		}
		return nil
	})
	if !errors.Is(err, errFar) {
		return nil, err
	}
	recent := l.recent()
	for i, c := range recent {
		err := differLittle(ctx, src, c.tree, root)
		if err == nil {
			l.unpin(recent[i+1:])
			return c, nil
		}
		l.unpin(recent[i : i+1])
		if !errors.Is(err, errFar) && petri.KindOf(err) != petri.NotFound {
			l.unpin(recent[i+1:])
			return nil, err
		}
	}
	return nil, nil
}

// differLittle is errFar for trees that differ in more than maxEdits leaves.
func differLittle(ctx context.Context, src tree.Source, a, b petri.Digest) error {
	edits := 0
	return tree.Diff(ctx, src, a, b, func(string, *tree.Entry, *tree.Entry) error {
		if edits++; edits > maxEdits {
			return errFar
		}
		return nil
	})
}

// recent gives the whole layers used last, all pinned.
func (l *layers) recent() []*layer {
	l.mu.Lock()
	defer l.mu.Unlock()
	var whole []*layer
	for _, layer := range l.byName {
		if layer.base == "" {
			whole = append(whole, layer)
		}
	}
	slices.SortFunc(whole, func(a, b *layer) int { return cmp.Compare(b.used, a.used) })
	whole = whole[:min(len(whole), candidates)]
	for _, layer := range whole {
		layer.pins++
	}
	return whole
}

// clean removes the layers that were not used for longest, down to keptLayers, but none that a
// call or a run's workspace uses.
func (l *layers) clean() {
	l.mu.Lock()
	busy := l.named()
	var idle []*layer
	for _, layer := range l.byName {
		if layer.pins == 0 && !busy[layer.name] {
			idle = append(idle, layer)
		}
	}
	slices.SortFunc(idle, func(a, b *layer) int { return cmp.Compare(a.used, b.used) })
	var gone []string
	for _, layer := range idle {
		if len(l.byName) <= keptLayers {
			break
		}
		l.serial++
		name := fmt.Sprintf("%s%d", removing, l.serial)
		if err := os.Rename(filepath.Join(l.dir, layer.name), filepath.Join(l.dir, name)); err == nil {
			gone = append(gone, name)
		}
		delete(l.byName, layer.name)
	}
	l.mu.Unlock()
	l.remove(gone)
	l.mu.Lock()
	l.cleaning = false
	l.mu.Unlock()
}

// named are the layers that workspaces of runs use.
func (l *layers) named() map[string]bool {
	busy := map[string]bool{}
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(l.dir), "runs", "*", workspaceFile))
	for _, file := range files {
		b, err := os.ReadFile(file)
		var ws Workspace
		if err != nil || json.Unmarshal(b, &ws) != nil {
			continue
		}
		for _, path := range ws.Lower {
			busy[filepath.Base(path)] = true
		}
	}
	return busy
}
