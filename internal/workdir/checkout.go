package workdir

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// CheckoutOptions of a Checkout.
type CheckoutOptions struct {
	// Overwrite writes also over what a person changed.
	Overwrite bool
	// Restore writes also what a person deleted.
	Restore bool
	// Progress is told what was done since it was told last; any goroutine calls it. It may be nil.
	Progress func(files, bytes int64)
}

// Checkout makes in the folder the changes that lead from the tree base (Root "" for none)
// to the tree target. What differs here from both is never overwritten or deleted: then nothing is
// changed at all (kind conflict, with the list). It returns how many files it wrote or deleted.
// Afterwards the index is up to date.
func (f Folder) Checkout(ctx context.Context, remote Remote, base, target Tree, opts CheckoutOptions) (int, error) {
	if err := f.makeOwn(); err != nil {
		return 0, err
	}
	known := f.openTrees()
	for _, t := range []Tree{base, target} {
		if t.Root == "" {
			continue
		}
		if err := fetchFolders(ctx, remote, t, known); err != nil {
			return 0, err
		}
	}
	changes, err := diff(ctx, known.source(nil), base.Root, target.Root)
	if err != nil {
		return 0, err
	}
	if err := f.apply(ctx, remote, target, changes, opts); err != nil {
		return 0, err
	}
	return len(changes), known.save()
}

// Take makes some of the changes that lead from the tree base to the tree target, those for
// whose path wanted says so, with Checkout's promises. The folder need not be a project's, and nothing
// but those files is written into it.
func (f Folder) Take(ctx context.Context, remote Remote, base, target Tree, wanted func(path string, to *tree.Entry) bool, opts CheckoutOptions) error {
	known := f.openTrees()
	for _, t := range []Tree{base, target} {
		if err := fetchFolders(ctx, remote, t, known); err != nil {
			return err
		}
	}
	changes, err := diff(ctx, known.source(nil), base.Root, target.Root)
	if err != nil {
		return err
	}
	opts.Restore = true
	changes = slices.DeleteFunc(changes, func(c Change) bool { return !wanted(c.Path, c.To) })
	return f.apply(ctx, remote, target, changes, opts)
}

// apply makes changes in the folder, fetching content from what of reaches.
func (f Folder) apply(ctx context.Context, remote Remote, of Tree, changes []Change, opts CheckoutOptions) error {
	if opts.Progress == nil {
		opts.Progress = func(int64, int64) {}
	}
	snapshot, err := f.Scan(ctx, ScanOptions{})
	if err != nil {
		return err
	}
	todo, blocked := f.plan(snapshot, changes, opts)
	if len(blocked) > 0 && !opts.Overwrite {
		return refuseOverwrite(blocked)
	}
	w, err := newWriter(ctx, f, opts)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.remove(todo); err != nil {
		return err
	}
	if err := w.folders(todo); err != nil {
		return err
	}
	if err := w.fetch(remote, of, todo); err != nil {
		return err
	}
	return f.refresh(ctx, snapshot, w)
}

func refuseOverwrite(blocked []string) error {
	const most = 20
	list, more := blocked[:min(len(blocked), most)], ""
	for i := range list {
		list[i] = Quote(list[i])
	}
	if n := len(blocked) - len(list); n > 0 {
		more = fmt.Sprintf("\n  and %d more", n)
	}
	return petri.Errorf(petri.Conflict, "nothing was written, since it would overwrite what you changed here; move it away or undo it first:\n  %s%s",
		strings.Join(list, "\n  "), more)
}

// plan leaves out the changes that are made here already, and lists those that would
// destroy something.
func (f Folder) plan(s *Snapshot, changes []Change, opts CheckoutOptions) (todo []Change, blocked []string) {
	removed := map[string]bool{}
	for _, c := range changes {
		if c.To == nil {
			removed[c.Path] = true
		}
	}
	for _, c := range changes {
		here := f.here(s, c.Path)
		switch {
		case same(here, c.To):
			continue
		case isFolder(here) && (isFolder(c.From) || isFolder(c.To) || f.emptied(c.Path, removed)):
			// What a person has in a folder is looked at file by file.
		case !same(here, c.From) && (here != nil || !opts.Restore):
			blocked = append(blocked, c.Path)
		case here == nil && c.To != nil:
			if way := f.inTheWay(s, c.Path, removed); way != "" {
				blocked = append(blocked, way)
			}
		}
		todo = append(todo, c)
	}
	slices.Sort(blocked)
	return todo, slices.Compact(blocked)
}

// here is what the folder has at a path; an ignored file, or a folder that is not empty, is
// something that equals nothing. A folder where only empty ones are lies in nobody's way.
func (f Folder) here(s *Snapshot, path string) *tree.Entry {
	if e := s.find(path); e != nil {
		found := e.entry()
		return &found
	}
	if _, err := os.Lstat(f.Root + "/" + path); err == nil {
		return &tree.Entry{Name: path}
	}
	return nil
}

func isFolder(e *tree.Entry) bool { return e != nil && e.Kind == tree.Folder }

// emptied tells whether all that lies in a folder is to be removed.
func (f Folder) emptied(path string, removed map[string]bool) bool {
	return filepath.WalkDir(f.Root+"/"+path, func(full string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !removed[strings.TrimPrefix(full, f.Root+"/")] {
			return fs.ErrExist
		}
		return err
	}) == nil
}

func same(a, b *tree.Entry) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Digest == b.Digest
}

// inTheWay is a file above path, other than one that is to be removed; "" for none.
func (f Folder) inTheWay(s *Snapshot, path string, removed map[string]bool) string {
	for i := range len(path) {
		if path[i] != '/' {
			continue
		}
		above := path[:i]
		if info, err := os.Lstat(f.Root + "/" + above); err != nil {
			return ""
		} else if !info.IsDir() && !removed[above] {
			return above
		}
	}
	return ""
}

// refresh brings the index up to date: what was written is known without being read again.
func (f Folder) refresh(ctx context.Context, before *Snapshot, w *writer) error {
	if _, err := os.Lstat(f.own("")); err != nil {
		return nil // not a project's folder
	}
	time.Sleep(fineTick) // so that what was just written is not taken for racy
	if err := writeIndex(f.own("index"), w.indexed(before)); err != nil {
		return fmt.Errorf("keep the folder's index: %w", err)
	}
	after, err := f.Scan(ctx, ScanOptions{})
	if err != nil {
		return err
	}
	return after.Save()
}

// indexed is the snapshot from before with what was written since.
func (w *writer) indexed(before *Snapshot) *folder {
	folders := map[string]map[string]entry{}
	put := func(folder string, e entry) {
		if folders[folder] == nil {
			folders[folder] = map[string]entry{}
		}
		folders[folder][e.name] = e
	}
	before.root.each(func(f *folder) {
		for _, e := range f.entries {
			if e.child == nil {
				put(f.path, e)
			}
		}
	})
	for path, e := range w.written {
		folder, name := splitPath(path)
		e.name = name
		put(folder, e)
	}
	// The scan needs no more than files by folder: all lie side by side below a root that is
	// in truth none of theirs.
	root := &folder{}
	for path, entries := range folders {
		f := root
		if path != "" {
			f = &folder{path: path}
			root.entries = append(root.entries, entry{kind: tree.Folder, child: f})
		}
		for _, e := range entries {
			f.entries = append(f.entries, e)
		}
		if path != "" {
			sortEntries(f.entries)
		}
	}
	sortEntries(root.entries)
	return root
}

func sortEntries(entries []entry) {
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
}

func splitPath(path string) (folder, name string) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}

// modeOf is the permission that a new file gets, before the person's umask.
func modeOf(k tree.Kind) uint32 {
	if k == tree.Executable {
		return 0o777
	}
	return 0o666
}
