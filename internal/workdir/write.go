package workdir

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// writer makes changes in a folder. It reaches every file through os.Root, which follows no
// link out, and opens the folder that holds a file without following any link at all.
type writer struct {
	ctx  context.Context
	root *os.Root
	opts CheckoutOptions

	mu      sync.Mutex
	written map[string]entry
	serial  int
}

func newWriter(ctx context.Context, f Folder, opts CheckoutOptions) (*writer, error) {
	root, err := os.OpenRoot(f.Root)
	if err != nil {
		return nil, fmt.Errorf("open the project's folder: %w", err)
	}
	return &writer{ctx: ctx, root: root, opts: opts, written: map[string]entry{}}, nil
}

func (w *writer) close() { _ = w.root.Close() }

// remove deletes what the changes take away or turn into another kind of thing, and the
// folders that this leaves empty.
func (w *writer) remove(changes []Change) error {
	for i := len(changes) - 1; i >= 0; i-- {
		c := changes[i]
		switch {
		case c.To == nil:
			if err := w.root.Remove(c.Path); err != nil && !errors.Is(err, fs.ErrNotExist) && !notEmpty(err) {
				return fmt.Errorf("delete %s: %w", Quote(c.Path), err)
			}
			w.removeEmpty(c.Path)
			w.opts.Progress(1, 0)
		case c.From != nil && (c.From.Kind == tree.Folder) != (c.To.Kind == tree.Folder), w.opts.Overwrite:
			if err := w.root.Remove(c.Path); err != nil && !errors.Is(err, fs.ErrNotExist) && !notEmpty(err) {
				return fmt.Errorf("replace %s: %w", Quote(c.Path), err)
			}
		}
	}
	return nil
}

// removeEmpty removes the folders above path that are empty now.
func (w *writer) removeEmpty(path string) {
	for {
		folder, _ := splitPath(path)
		if folder == "" || w.root.Remove(folder) != nil {
			return
		}
		path = folder
	}
}

func notEmpty(err error) bool { return errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST) }

// folders makes all folders that the changes need.
func (w *writer) folders(changes []Change) error {
	last := ""
	for _, c := range changes {
		if c.To == nil {
			continue
		}
		folder, _ := splitPath(c.Path)
		if c.To.Kind == tree.Folder {
			folder = c.Path
			w.opts.Progress(1, 0)
		}
		if folder == "" || folder == last {
			continue
		}
		last = folder
		if err := w.root.MkdirAll(folder, 0o777); err != nil {
			return fmt.Errorf("make the folder %s: %w", Quote(folder), err)
		}
	}
	return nil
}

// A request fetches so many files or bytes at most.
const (
	fetchFiles = 2000
	fetchBytes = 16 << 20
)

// fetch gets the content of all files and links, over several connections.
func (w *writer) fetch(remote Remote, of Tree, changes []Change) error {
	group, ctx := errgroup.WithContext(w.ctx)
	group.SetLimit(2 * connections)
	batch := fetching{}
	files, bytes := 0, int64(0)
	begin := func() {
		mine := batch
		batch, files, bytes = fetching{}, 0, 0
		if len(mine.order) > 0 {
			group.Go(func() error { return w.fetchBatch(ctx, remote, of, mine) })
		}
	}
	for _, c := range changes {
		if c.To == nil || c.To.Kind == tree.Folder {
			continue
		}
		batch.add(c)
		files++
		if bytes += c.To.Size; files >= fetchFiles || bytes >= fetchBytes {
			begin()
		}
		if ctx.Err() != nil {
			break
		}
	}
	begin()
	if err := group.Wait(); err != nil {
		return err
	}
	return w.ctx.Err()
}

// fetching are the blobs of one request, in the order of their paths, so that a folder's
// files come one after another.
type fetching struct {
	order   []petri.Digest
	changes map[petri.Digest][]Change
}

func (f *fetching) add(c Change) {
	if f.changes == nil {
		f.changes = map[petri.Digest][]Change{}
	}
	d := c.To.Digest
	if f.changes[d] == nil {
		f.order = append(f.order, d)
	}
	f.changes[d] = append(f.changes[d], c)
}

// wanted drops from order what came.
func (f *fetching) wanted() []petri.Digest {
	f.order = slices.DeleteFunc(f.order, func(d petri.Digest) bool { return f.changes[d] == nil })
	return f.order
}

// fetchBatch gets some blobs; after a cut it asks again for those that did not come.
func (w *writer) fetchBatch(ctx context.Context, remote Remote, of Tree, batch fetching) error {
	folders := &folderCache{root: w.root}
	defer folders.close()
	want := batch.wanted()
	for try := 0; len(want) > 0; try++ {
		before := len(want)
		err := fetchBlobs(ctx, remote, of, want, func(d petri.Digest, size int64, r io.Reader) error {
			if err := w.blob(folders, d, size, r, batch.changes[d]); err != nil {
				return err
			}
			delete(batch.changes, d)
			return nil
		})
		want = batch.wanted()
		switch {
		case err == nil && len(want) == before:
			return petri.Errorf(petri.Internal, "the server did not send %d of the files that were asked for", len(want))
		case err != nil && (petri.KindOf(err) != petri.Unavailable || try == tries || ctx.Err() != nil):
			return err
		}
	}
	return nil
}

// blob writes one blob to every path that wants it.
func (w *writer) blob(folders *folderCache, d petri.Digest, size int64, r io.Reader, changes []Change) error {
	for i, c := range changes {
		if size != c.To.Size {
			return petri.Errorf(petri.Internal, "the server sent %d bytes for %s, which has %d", size, Quote(c.Path), c.To.Size)
		}
		if i > 0 { // the same content again
			folder, err := folders.open(parent(changes[0].Path))
			if err != nil {
				return err
			}
			_, name := splitPath(changes[0].Path)
			source, err := folder.Open(name)
			if err != nil {
				return fmt.Errorf("copy %s: %w", Quote(changes[0].Path), err)
			}
			defer source.Close()
			r = source
		}
		if c.To.Kind == tree.Link && i > 0 {
			target, err := w.root.Readlink(changes[0].Path)
			if err != nil {
				return err
			}
			r = strings.NewReader(target)
		}
		if err := w.leaf(folders, c, d, r); err != nil {
			return err
		}
	}
	return nil
}

func parent(path string) string {
	folder, _ := splitPath(path)
	return folder
}

// leaf writes one file or link under a temporary name and renames it.
func (w *writer) leaf(folders *folderCache, c Change, d petri.Digest, r io.Reader) error {
	folder, err := folders.open(parent(c.Path))
	if err != nil {
		return fmt.Errorf("open the folder of %s: %w", Quote(c.Path), err)
	}
	_, name := splitPath(c.Path)
	w.mu.Lock()
	w.serial++
	temporary := ".petri-" + strconv.Itoa(os.Getpid()) + "-" + strconv.Itoa(w.serial)
	w.mu.Unlock()
	var st stamp
	if c.To.Kind == tree.Link {
		err = w.link(folder, temporary, c, d, r)
	} else {
		st, err = writeFile(folder, temporary, c, d, r)
	}
	if err == nil {
		err = folder.Rename(temporary, name)
	}
	if err != nil {
		_ = folder.Remove(temporary)
		if petri.KindOf(err) != petri.Internal || errors.As(err, new(*petri.Error)) {
			return err
		}
		return fmt.Errorf("write %s: %w", Quote(c.Path), err)
	}
	if c.To.Kind != tree.Link {
		w.note(folder, name, c, st)
	}
	w.opts.Progress(1, c.To.Size)
	return nil
}

// note remembers the stamp that a written file has after its renaming, which touched its ctime.
func (w *writer) note(folder *os.Root, name string, c Change, written stamp) {
	info, err := folder.Lstat(name)
	if err != nil {
		return
	}
	st, ok := statOf(info)
	if !ok || st.ino != written.ino || st.mtime != written.mtime || st.size != c.To.Size {
		return // somebody else's by now
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.written[c.Path] = entry{kind: st.kind(), stamp: st, sum: sumOf(c.To.Digest)}
}

func (w *writer) link(folder *os.Root, temporary string, c Change, d petri.Digest, r io.Reader) error {
	target, err := io.ReadAll(io.LimitReader(r, tree.MaxTarget+1))
	if err != nil {
		return cut(err)
	}
	if petri.DigestBytes(target) != d {
		return wrongBytes(c)
	}
	if err := tree.CheckLink(c.Path, string(target)); err != nil {
		return err
	}
	return folder.Symlink(string(target), temporary)
}

func wrongBytes(c Change) error {
	return petri.Errorf(petri.Internal, "the server sent other bytes than those of %s; nothing of it was kept", Quote(c.Path))
}

var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 128<<10); return &b }}

// writeFile writes what r yields to a new file, and gives its stamp.
func writeFile(folder *os.Root, name string, c Change, d petri.Digest, r io.Reader) (stamp, error) {
	file, err := folder.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fs.FileMode(modeOf(c.To.Kind)))
	if err != nil {
		return stamp{}, err
	}
	defer file.Close()
	h := sha256.New()
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	for total := int64(0); total < c.To.Size; {
		n, err := r.Read(*buf)
		if n > 0 {
			_, _ = h.Write((*buf)[:n])
			if _, err := file.Write((*buf)[:n]); err != nil {
				return stamp{}, full(err, c)
			}
			total += int64(n)
		}
		if err == io.EOF && total < c.To.Size {
			return stamp{}, cut(io.ErrUnexpectedEOF)
		}
		if err != nil && err != io.EOF {
			return stamp{}, cut(err)
		}
	}
	if petri.DigestHash(h) != d {
		return stamp{}, wrongBytes(c)
	}
	info, err := file.Stat()
	if err != nil {
		return stamp{}, err
	}
	st, _ := statOf(info)
	return st, nil
}

func full(err error, c Change) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return petri.Wrap(petri.Exhausted, err, "the disk is full: %s could not be written. Free some space and do it again; what is written already is not fetched twice", Quote(c.Path))
	}
	return err
}

// folderCache keeps the folder open that was used last.
type folderCache struct {
	root    *os.Root
	path    string
	current *os.Root
}

// open gives a folder of the project, refusing one that is reached over a link.
func (f *folderCache) open(path string) (*os.Root, error) {
	if path == "" {
		return f.root, nil
	}
	if f.current != nil && f.path == path {
		return f.current, nil
	}
	f.close()
	at := ""
	for name := range strings.SplitSeq(path, "/") {
		at = join(at, name)
		info, err := f.root.Lstat(at)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			return nil, petri.Errorf(petri.Conflict, "%s is no folder any more; nothing is written through it", Quote(at))
		}
	}
	opened, err := f.root.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	f.path, f.current = path, opened
	return opened, nil
}

func (f *folderCache) close() {
	if f.current != nil {
		_ = f.current.Close()
		f.current = nil
	}
}
