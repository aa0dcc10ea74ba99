package workdir

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// Quote shows a path in a message: as it is where it is plain, else on one line with what is
// unusual in it escaped.
func Quote(path string) string {
	for i := range len(path) {
		if c := path[i]; c < ' ' || c == 0x7f || c == '"' || c == '\\' {
			return strconv.Quote(path)
		}
	}
	if quoted := strconv.Quote(path); quoted[1:len(quoted)-1] != path || path == "" {
		return quoted
	}
	return path
}

func unreadable(sort, path string, err error) error {
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		return petri.Wrap(petri.Denied, err, "the %s %s cannot be read: you have no permission. Give it to yourself, or name it in .petriignore", sort, Quote(path))
	}
	return petri.Wrap(petri.Invalid, err, "the %s %s cannot be read: %v", sort, Quote(path), err)
}

// retried calls fn again while a signal interrupts it.
func retried(fn func() error) error {
	for {
		if err := fn(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func openFolder(path string) (fd int, err error) {
	err = retried(func() error {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		return err
	})
	return fd, err
}

// readNames gives the sorted names in an open folder.
func readNames(fd int) ([]string, error) {
	buf := direntBuffers.Get().(*[]byte)
	defer direntBuffers.Put(buf)
	var names []string
	for {
		n := 0
		err := retried(func() (err error) { n, err = unix.ReadDirent(fd, *buf); return err })
		if err != nil {
			return nil, err
		}
		if n <= 0 {
			break
		}
		_, _, names = unix.ParseDirent((*buf)[:n], -1, names)
	}
	slices.Sort(names)
	return names, nil
}

var direntBuffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

// readAt reads a small file of an open folder, unless it is a link.
func readAt(folder int, name string) ([]byte, error) {
	fd, err := unix.Openat(folder, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, unix.EISDIR
	}
	b := make([]byte, info.Size())
	n, err := file.ReadAt(b, 0)
	if n < len(b) {
		return b[:n], nil
	}
	return b, err
}

// readFiles reads some of a folder's files and links and fills in their sums.
func (s *scan) readFiles(f *folder, entries []*entry) error {
	h := hasher{scan: s, hash: sha256.New()}
	if s.opts.pack != nil {
		h.pack = s.opts.pack.take()
		defer func() { s.opts.pack.give(h.pack) }()
	} else {
		h.buf = readBuffers.Get().(*[]byte)
		defer readBuffers.Put(h.buf)
	}
	same := true
	read := int64(0)
	for _, e := range entries {
		was, kind := e.sum, e.kind
		err := h.entry(f, e)
		if errors.Is(err, errGone) {
			e.kind, same = 0, false // seal leaves it out
			continue
		}
		if err != nil {
			return err
		}
		same = same && e.sum == was && e.kind == kind
		read += e.stamp.size
		if s.opts.Progress != nil {
			s.opts.Progress(e.stamp.size)
		}
		if h.pack != nil && len(h.pack.buf) >= packBytes {
			if err := s.opts.pack.full(h.pack); err != nil {
				return err
			}
			h.pack = s.opts.pack.take()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !same {
		f.same = false
	}
	s.changed = true
	s.read += read
	return nil
}

var readBuffers = sync.Pool{New: func() any { b := make([]byte, 256<<10); return &b }}

// errGone: the file went away after the scan saw it.
var errGone = errors.New("gone")

// hasher reads files for one task.
type hasher struct {
	scan *scan
	hash hash.Hash
	buf  *[]byte
	pack *pack // nil where content is not wanted
}

// tries is how often a file is read that changes meanwhile.
const tries = 4

func (h *hasher) entry(f *folder, e *entry) error {
	path := f.join(e.name)
	if e.kind == tree.Link {
		return h.link(path, e)
	}
	for try := range tries {
		still, err := h.file(path, e)
		switch {
		case errors.Is(err, unix.ENOENT):
			return errGone
		case err != nil:
			return unreadable("file", path, err)
		case still:
			return nil
		}
		select {
		case <-h.scan.ctx.Done():
			return h.scan.ctx.Err()
		case <-time.After(time.Duration(10<<(2*try)) * time.Millisecond):
		}
	}
	return petri.Errorf(petri.Conflict, "the file %s changed each of the %d times that it was read; try again when nothing writes to it, or name it in .petriignore", Quote(path), tries)
}

// file reads a file once; still tells that it did not change meanwhile. The entry gets the
// stamp that it had at the end.
func (h *hasher) file(path string, e *entry) (still bool, err error) {
	fd, err := unix.Open(h.scan.path(path), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)
	before := e.stamp
	if before.kind() == 0 || before.kind() == tree.Folder {
		return false, nil
	}
	content, err := h.content(fd, before.size)
	if err != nil {
		return false, err
	}
	looked := time.Now()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return false, err
	}
	after := stampOf(&st)
	if kind := after.kind(); kind != tree.File && kind != tree.Executable {
		return false, fmt.Errorf("it became something else than a file")
	}
	e.stamp, e.kind = after, after.kind()
	if after != before || content != before.size {
		h.dropped()
		return false, nil
	}
	h.hash.Sum(e.sum[:0])
	e.racy = after.racy(looked)
	if h.pack != nil {
		h.scan.opts.pack.keep(h.pack, e.sum, path, after.size)
	}
	return true, nil
}

func (h *hasher) dropped() {
	if h.pack != nil {
		h.pack.drop()
	}
}

// content reads all of a file into the hash, and into the pack where it is wanted and fits.
func (h *hasher) content(fd int, size int64) (int64, error) {
	h.hash.Reset()
	if h.pack != nil && size <= maxPacked {
		return h.packed(fd, int(size))
	}
	buf := h.buf
	if buf == nil {
		buf = readBuffers.Get().(*[]byte)
		defer readBuffers.Put(buf)
	}
	total := int64(0)
	for {
		n := 0
		err := retried(func() (err error) { n, err = unix.Read(fd, *buf); return err })
		if err != nil || n == 0 {
			return total, err
		}
		_, _ = h.hash.Write((*buf)[:n])
		if total += int64(n); total > size {
			return total, nil // it grew; the stamp will say so
		}
		if err := h.scan.ctx.Err(); err != nil {
			return total, err
		}
		if n < len(*buf) && total == size {
			return total, nil
		}
	}
}

func (h *hasher) packed(fd, size int) (int64, error) {
	room := h.pack.begin(size)
	total := 0
	for total < size {
		n := 0
		err := retried(func() (err error) { n, err = unix.Read(fd, room[total:]); return err })
		if err != nil {
			h.pack.drop()
			return 0, err
		}
		if n == 0 {
			break
		}
		total += n
	}
	_, _ = h.hash.Write(room[:total])
	return int64(total), nil
}

func (h *hasher) link(path string, e *entry) error {
	buf := make([]byte, tree.MaxTarget+1)
	n, err := unix.Readlink(h.scan.path(path), buf)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EINVAL) {
		return errGone
	}
	if err != nil {
		return unreadable("link", path, err)
	}
	target := buf[:n]
	if err := tree.CheckLink(path, string(target)); err != nil {
		h.scan.refuse(path, "is a link to "+Quote(string(target))+", which leaves the project")
		return nil
	}
	e.sum = sha256.Sum256(target)
	e.stamp.size = int64(n)
	if h.pack != nil {
		copy(h.pack.begin(n), target)
		h.scan.opts.pack.keep(h.pack, e.sum, path, int64(n))
	}
	return nil
}
