package workdir

import (
	"context"
	"slices"
	"sync"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// Snapshot is a folder as a scan found it. It does not change and may be used concurrently.
type Snapshot struct {
	folder  Folder
	root    *folder
	changed bool // the index on disk is behind
	sealed  sync.Once
	bySum   map[sum]*folder
	// Read counts what had to be read: files whose digest was not known.
	Read int64
}

// folder is one folder of a snapshot.
type folder struct {
	path    string // "" for the root
	entries []entry
	// known is what the index had of it, without entries; same tells that all names, kinds and sums
	// here are what they were.
	known known
	same  bool
	// Set when all below is done:
	sum          sum
	bytes, files int64
	clean        bool // same, and so all below
}

type entry struct {
	name  string
	kind  tree.Kind
	racy  bool
	stamp stamp
	sum   sum
	child *folder
}

func (f *folder) join(name string) string {
	if f.path == "" {
		return name
	}
	return f.path + "/" + name
}

// each calls fn for f and all folders below, parents first, sorted.
func (f *folder) each(fn func(*folder)) {
	fn(f)
	for i := range f.entries {
		if child := f.entries[i].child; child != nil {
			child.each(fn)
		}
	}
}

// seal computes sums and totals from the leaves up.
func (f *folder) seal() {
	if !f.same { // a file may have gone while it was to be read
		f.entries = slices.DeleteFunc(f.entries, func(e entry) bool { return e.kind == 0 })
	}
	f.clean = f.same
	for i := range f.entries {
		if child := f.entries[i].child; child != nil {
			child.seal()
			f.clean = f.clean && child.clean
		}
	}
	if f.clean {
		f.sum, f.bytes, f.files = f.known.sum, f.known.bytes, f.known.files
		return
	}
	for i := range f.entries {
		switch e := &f.entries[i]; e.kind {
		case tree.Folder:
			f.bytes += e.child.bytes
			f.files += e.child.files
		case tree.Link:
			f.files++
		default:
			f.bytes += e.stamp.size
			f.files++
		}
	}
	f.sum = sumOf(petri.DigestBytes(f.encode()))
}

// encode is the folder's blob.
func (f *folder) encode() []byte {
	entries := make([]tree.Entry, len(f.entries))
	for i := range f.entries {
		entries[i] = f.entries[i].entry()
	}
	return tree.Encode(entries)
}

func (e *entry) entry() tree.Entry {
	if e.child != nil {
		return tree.Entry{Name: e.name, Kind: tree.Folder, Size: e.child.bytes, Digest: e.child.sum.digest()}
	}
	return tree.Entry{Name: e.name, Kind: e.kind, Size: e.stamp.size, Digest: e.sum.digest()}
}

// Tree is the digest of the folder's tree.
func (s *Snapshot) Tree() petri.Digest { return s.root.sum.digest() }

// Files counts files and links; Bytes adds up the files' sizes.
func (s *Snapshot) Files() int64 { return s.root.files }

// Bytes adds up the files' sizes.
func (s *Snapshot) Bytes() int64 { return s.root.bytes }

// blob is the blob of one of the snapshot's folders.
func (s *Snapshot) blob(want sum) ([]byte, bool) {
	s.sealed.Do(func() {
		s.bySum = map[sum]*folder{}
		s.root.each(func(f *folder) { s.bySum[f.sum] = f })
	})
	f, ok := s.bySum[want]
	if !ok {
		return nil, false
	}
	return f.encode(), true
}

// Source gives the snapshot's folder blobs, and other's for those it has not.
func (s *Snapshot) Source(other tree.Source) tree.Source {
	return func(ctx context.Context, d petri.Digest) ([]byte, error) {
		if b, ok := s.blob(sumOf(d)); ok {
			return b, nil
		}
		return other(ctx, d)
	}
}

// find gives the entry at a path; nil where there is none.
func (s *Snapshot) find(path string) *entry {
	f := s.root
	for {
		name, rest, deeper := cutPath(path)
		e := f.find(name)
		if e == nil || !deeper {
			return e
		}
		if e.child == nil {
			return nil
		}
		f, path = e.child, rest
	}
}
