package workdir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
	"github.com/petri-dev/petri/internal/workdir/ignore"
)

// ScanOptions of a scan. The zero value is fit for use.
type ScanOptions struct {
	// Progress is told of every file that was read, with its size; any goroutine calls it.
	Progress func(bytes int64)
	// pack receives the content of what had to be read, so that it is not read twice.
	pack *packer
}

// Scan looks at every file of the folder that is not ignored. What the index knows is not
// read; all else is read once. The folder may change meanwhile: a file that changes while it
// is read is read again and, if it does not come to rest, refused (kind conflict). Special files
// and links out of the project are refused by name (kind invalid).
func (f Folder) Scan(ctx context.Context, opts ScanOptions) (*Snapshot, error) {
	s := &scan{
		ctx: ctx, dir: f.Root, opts: opts, index: readIndex(f.own("index")), crew: newCrew(ctx),
		depth: tree.MaxDepth,
	}
	root := &folder{}
	s.crew.add(func() error { return s.folder(root, nil) })
	if err := s.crew.work(workers()); err != nil {
		return nil, err
	}
	if err := s.refused(); err != nil {
		return nil, err
	}
	root.seal()
	return &Snapshot{folder: f, root: root, changed: s.behind(root), Read: s.read}, nil
}

// The index is left as it is while reading what it does not know costs less than writing it
// anew.
const (
	leaveFiles = 32
	leaveBytes = 1 << 20
)

// behind tells whether the index on disk should be written anew.
func (s *scan) behind(root *folder) bool {
	if s.index.text != "" && s.unread <= leaveFiles && s.read <= leaveBytes && s.entries > 32*leaveFiles {
		return false
	}
	return s.changed || !root.clean
}

// workers is how many goroutines stat and read: more than processors, for disks that answer
// several at once.
func workers() int { return min(2*runtime.GOMAXPROCS(0), 16) }

// Save keeps what the snapshot knows, so that the next scan is quick.
func (s *Snapshot) Save() error {
	if !s.changed {
		return nil
	}
	if err := s.folder.makeOwn(); err != nil {
		return err
	}
	if err := writeIndex(s.folder.own("index"), s.root); err != nil {
		return fmt.Errorf("keep the folder's index: %w", err)
	}
	s.changed = false
	return nil
}

// scan is one scan under way.
type scan struct {
	ctx   context.Context
	dir   string
	opts  ScanOptions
	index index
	crew  *crew
	depth int

	mu      sync.Mutex
	bad     []string // what no commit can hold, with the reason
	read    int64
	unread  int // files that had to be read
	entries int
	changed bool
}

func (s *scan) refuse(path, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bad = append(s.bad, fmt.Sprintf("%s %s", Quote(path), why))
}

// refused is the error about all that no commit can hold.
func (s *scan) refused() error {
	if len(s.bad) == 0 {
		return nil
	}
	slices.Sort(s.bad)
	const most = 10
	list := s.bad[:min(len(s.bad), most)]
	more := ""
	if n := len(s.bad) - len(list); n > 0 {
		more = fmt.Sprintf("\n  and %d more", n)
	}
	return petri.Errorf(petri.Invalid, "the folder holds what no commit can keep; remove it, or name it in %s:\n  %s%s",
		ignore.PetriFile, strings.Join(list, "\n  "), more)
}

// folder looks at one folder's names, and puts up tasks for the folders in it and the files to read.
func (s *scan) folder(f *folder, above *ignore.Rules) error {
	f.known = s.index.folder(f.path)
	looked := time.Now()
	fd, err := openFolder(s.path(f.path))
	if err != nil {
		return unreadable("folder", f.path, err)
	}
	defer unix.Close(fd)
	names, err := readNames(fd)
	if err != nil {
		return unreadable("folder", f.path, err)
	}
	rules, err := s.rules(fd, f.path, names, above)
	if err != nil {
		return err
	}
	f.entries = make([]entry, len(names))
	if err := s.stat(fd, f, names, rules); err != nil {
		return err
	}
	f.entries = slices.DeleteFunc(f.entries, func(e entry) bool { return e.kind == 0 })
	unread := s.recall(f, looked)
	if err := s.count(len(f.entries), len(unread)); err != nil {
		return err
	}
	return s.descend(f, rules, unread)
}

func (s *scan) path(path string) string {
	if path == "" {
		return s.dir
	}
	return s.dir + "/" + path
}

func (s *scan) count(n, unread int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unread += unread
	if s.entries += n; s.entries > tree.MaxEntries {
		return petri.Errorf(petri.Invalid, "the folder has more than %d files, the most that a project may have; name what does not belong in %s", tree.MaxEntries, ignore.PetriFile)
	}
	return nil
}

// rules are those of a folder with these names.
func (s *scan) rules(fd int, path string, names []string, above *ignore.Rules) (*ignore.Rules, error) {
	for _, name := range []string{ignore.PetriFile, ignore.GitFile} {
		if _, there := slices.BinarySearch(names, name); !there {
			continue
		}
		text, err := readAt(fd, name)
		switch {
		case errors.Is(err, unix.ELOOP), errors.Is(err, unix.EISDIR), errors.Is(err, unix.ENOENT):
			continue // git does not follow a link here either
		case err != nil:
			return nil, unreadable("file", join(path, name), err)
		}
		return ignore.Parse(above, path, text), nil
	}
	return above, nil
}

// statChunk is how many names of one very large folder one goroutine looks at.
const statChunk = 2048

// stat looks at names; entries of kind 0 are ignored or gone.
func (s *scan) stat(fd int, f *folder, names []string, rules *ignore.Rules) error {
	var wg sync.WaitGroup
	errs := make([]error, len(names)/statChunk+1)
	for i := 0; i < len(names); i += statChunk {
		part := names[i:min(i+statChunk, len(names))]
		work := func() {
			for j, name := range part {
				if err := s.statOne(fd, f, &f.entries[i+j], name, rules); err != nil {
					errs[i/statChunk] = err
					return
				}
			}
		}
		if len(names) > statChunk {
			wg.Go(work)
		} else {
			work()
		}
	}
	wg.Wait()
	return cmp.Or(errs...)
}

func (s *scan) statOne(fd int, f *folder, e *entry, name string, rules *ignore.Rules) error {
	if ignore.Always(name) {
		return nil
	}
	var st unix.Stat_t
	err := retried(func() error { return unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	if errors.Is(err, unix.ENOENT) {
		return nil // gone since its name was read
	}
	if err != nil {
		return unreadable("file", f.join(name), err)
	}
	stamp := stampOf(&st)
	kind := stamp.kind()
	if rules != nil && rules.Ignored(f.join(name), kind == tree.Folder) {
		return nil
	}
	if kind == 0 {
		s.refuse(f.join(name), "is "+stamp.special())
		return nil
	}
	e.name, e.kind, e.stamp = name, kind, stamp
	return nil
}

// recall takes over what the index knows of the folder's files and gives the entries of
// those to be read.
func (s *scan) recall(f *folder, looked time.Time) []*entry {
	old := f.known.entries
	f.same = f.known.found && f.known.sum != sum{} && len(old) == len(f.entries)
	var unread []*entry
	for i := range f.entries {
		e := &f.entries[i]
		for len(old) > 0 && old[0].name < e.name {
			old = old[1:]
		}
		var was *entry
		if len(old) > 0 && old[0].name == e.name {
			was = &old[0]
		}
		if was == nil || was.kind != e.kind {
			f.same = false
		}
		if e.kind == tree.Folder {
			continue
		}
		e.racy = e.stamp.racy(looked)
		if was != nil && !was.racy && was.stamp == e.stamp {
			e.sum = was.sum
			e.racy = false
			continue
		}
		if was != nil {
			e.sum = was.sum // to compare with what is read
		}
		unread = append(unread, e)
	}
	f.known.forget()
	return unread
}

// A task reads so many files or bytes at most, so that all workers have something to do.
const (
	taskFiles = 64
	taskBytes = 4 << 20
)

// descend puts up tasks for all that is below.
func (s *scan) descend(f *folder, rules *ignore.Rules, unread []*entry) error {
	var tasks []func() error
	depth := strings.Count(f.path, "/") + 2
	for i := range f.entries {
		e := &f.entries[i]
		if e.kind != tree.Folder {
			continue
		}
		e.child = &folder{path: f.join(e.name)}
		if depth >= s.depth || len(e.child.path) > tree.MaxPath-tree.MaxName {
			return petri.Errorf(petri.Invalid, "the folder %s lies deeper than Petri goes; name it in %s", Quote(e.child.path), ignore.PetriFile)
		}
		tasks = append(tasks, func() error { return s.folder(e.child, rules) })
	}
	begin, bytes := 0, int64(0)
	for i, e := range unread {
		bytes += e.stamp.size
		if i+1-begin == taskFiles || bytes >= taskBytes || i+1 == len(unread) {
			part := unread[begin : i+1]
			tasks = append(tasks, func() error { return s.readFiles(f, part) })
			begin, bytes = i+1, 0
		}
	}
	s.crew.add(tasks...)
	return nil
}

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

func cutPath(path string) (name, rest string, deeper bool) { return strings.Cut(path, "/") }

func (f *folder) find(name string) *entry {
	i, found := slices.BinarySearchFunc(f.entries, name, func(e entry, name string) int { return strings.Compare(e.name, name) })
	if !found {
		return nil
	}
	return &f.entries[i]
}
