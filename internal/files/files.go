// Package files keeps projects' trees and lends them to runs: it receives and sends packs of
// blobs, accepts commits after verifying them, lays trees out as workspaces, and collects what a
// run changed.
//
// httpd calls it for commits and content, envs and runs for trees, the worker for
// workspaces. It decides no permission and no state of a run; it never trusts a tree, a
// pack or a path that came from outside, and never follows a link that a run left.
package files

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

// Files is the service. All methods may be called concurrently; each workspace by one
// caller at a time.
type Files struct {
	db     *store.DB
	blobs  *disk.Store
	dir    string // materialised trees
	now    func() time.Time
	layers *layers
	syncer syncer

	mu sync.Mutex
	// totals remembers what trees that were verified or collected add up to.
	totals map[petri.Digest]tree.Totals
	// reach is what belongs to the tree that was last sent.
	reach *reach
	// uploading are the uploads that somebody is writing to.
	uploading map[string]bool
}

// New uses dir, which lies beside the other folders of the data folder, for materialised trees.
func New(db *store.DB, blobs *disk.Store, dir string, now func() time.Time) *Files {
	return &Files{
		db: db, blobs: blobs, dir: dir, now: now, layers: newLayers(blobs, dir),
		totals: map[petri.Digest]tree.Totals{}, uploading: map[string]bool{},
	}
}

// sibling is another folder of the data folder.
func (f *Files) sibling(name string) string { return filepath.Join(filepath.Dir(f.dir), name) }

func (f *Files) source(ctx context.Context, d petri.Digest) ([]byte, error) {
	return f.blobs.ReadAll(ctx, d, tree.MaxTreeBlob)
}

func (f *Files) put(b []byte) (petri.Digest, error) { return f.blobs.PutBytes(b) }

const rememberedTotals = 256

func (f *Files) remember(root petri.Digest, t tree.Totals) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.totals) >= rememberedTotals {
		clear(f.totals)
	}
	f.totals[root] = t
}

// measure gives the totals of a tree that was verified before.
func (f *Files) measure(ctx context.Context, root petri.Digest) (tree.Totals, error) {
	f.mu.Lock()
	t, ok := f.totals[root]
	f.mu.Unlock()
	if ok {
		return t, nil
	}
	t, err := tree.Measure(ctx, f.source, root)
	if err != nil {
		return t, fmt.Errorf("measure tree %s: %w", root.Short(), err)
	}
	f.remember(root, t)
	return t, nil
}

// syncer brings blobs to the disk behind the callers' backs, one sync at a time.
type syncer struct {
	mu      sync.Mutex
	running bool
	again   bool
}

// start begins a sync unless one is waiting to begin already. An error of it is the disk's,
// and shows in the next write.
func (s *syncer) start(sync func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		s.again = true
		return
	}
	s.running = true
	go func() {
		for {
			_ = sync()
			s.mu.Lock()
			if !s.again {
				s.running = false
				s.mu.Unlock()
				return
			}
			s.again = false
			s.mu.Unlock()
		}
	}()
}
