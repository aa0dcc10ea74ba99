package inspect

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// tree reads files below a root and never outside of it: a link that leaves a root other
// than / leads nowhere. It never blocks on what is no file, and never reads more than it was
// told to.
type tree struct {
	inside *os.Root // nil for /, where nothing is outside and the kernel may look names up
	opened atomic.Int64
}

// maxOpened bounds all that one listing opens, whatever the system looked at was built like.
const maxOpened = 300_000

type fileID struct{ device, inode uint64 }

func openTree(root string) (*tree, error) {
	if filepath.Clean(root) == "/" {
		return &tree{}, nil
	}
	inside, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	return &tree{inside: inside}, nil
}

func (t *tree) close() {
	if t.inside != nil {
		_ = t.inside.Close()
	}
}

const openFlags = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC

func relative(path string) string {
	if path = strings.Trim(path, "/"); path == "" {
		return "."
	}
	return path
}

// read gives at most the first most bytes of a file; nil where there is none.
func (t *tree) read(path string, most int) []byte {
	if t.opened.Add(1) > maxOpened {
		return nil
	}
	if t.inside != nil {
		file, err := t.inside.OpenFile(relative(path), openFlags, 0)
		if err != nil {
			return nil
		}
		defer file.Close()
		return readAll(int(file.Fd()), most)
	}
	fd, err := unix.Open(path, openFlags, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = unix.Close(fd) }()
	return readAll(fd, most)
}

// firstRead suits nearly every file that tells of a package.
const firstRead = 8 << 10

func readAll(fd, most int) []byte {
	buf := make([]byte, min(firstRead, most))
	n := 0
	for n < most {
		if n == len(buf) {
			buf = append(buf, make([]byte, min(3*len(buf), most-n))...)
		}
		got, err := unix.Read(fd, buf[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || got <= 0 {
			break
		}
		n += got
		if got < 4096 && n < len(buf) {
			break // a short read is the end of a small file: spares a call
		}
	}
	return buf[:n]
}

// names are a folder's entries, in no order; none where there is no such folder.
func (t *tree) names(dir string) []string {
	if t.opened.Add(1) > maxOpened {
		return nil
	}
	var folder *os.File
	var err error
	if t.inside != nil {
		folder, err = t.inside.OpenFile(relative(dir), openFlags|unix.O_DIRECTORY, 0)
	} else {
		folder, err = os.OpenFile(dir, openFlags|unix.O_DIRECTORY, 0)
	}
	if err != nil {
		return nil
	}
	defer folder.Close()
	names, _ := folder.Readdirnames(maxEntries)
	return names
}

// folder identifies a folder whatever way led to it.
func (t *tree) folder(path string) (fileID, bool) {
	if t.inside != nil {
		info, err := t.inside.Stat(relative(path))
		if err != nil || !info.IsDir() {
			return fileID{}, false
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return fileID{}, false
		}
		return fileID{uint64(stat.Dev), stat.Ino}, true
	}
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil || stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return fileID{}, false
	}
	return fileID{uint64(stat.Dev), stat.Ino}, true
}

// link is where a symbolic link leads, as it is written; "" for what is none.
func (t *tree) link(path string) string {
	if t.opened.Add(1) > maxOpened {
		return ""
	}
	target := ""
	if t.inside != nil {
		target, _ = t.inside.Readlink(relative(path))
	} else {
		target, _ = os.Readlink(path)
	}
	return target
}

// has tells whether there is anything at path.
func (t *tree) has(path string) bool {
	if t.opened.Add(1) > maxOpened {
		return false
	}
	if t.inside != nil {
		_, err := t.inside.Stat(relative(path))
		return err == nil
	}
	return unix.Access(path, unix.F_OK) == nil
}
