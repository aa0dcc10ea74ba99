package workdir

import (
	"encoding/hex"
	"io/fs"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// sum is a digest's 32 bytes: an array, because a scan holds very many of them.
type sum [32]byte

func (s sum) digest() petri.Digest { return petri.DigestSum(s[:]) }

func sumOf(d petri.Digest) (s sum) {
	_, _ = hex.Decode(s[:], []byte(d.Hex()))
	return s
}

// stamp is what the file system says of a file without its being read. While it stays the
// same, so does the content.
type stamp struct {
	size         int64
	mtime, ctime int64 // nanoseconds since 1970
	ino          uint64
	mode         uint32
}

func stampOf(st *unix.Stat_t) stamp {
	return stamp{
		size: st.Size, mtime: unix.TimespecToNsec(st.Mtim), ctime: unix.TimespecToNsec(st.Ctim),
		ino: st.Ino, mode: uint32(st.Mode),
	}
}

// The clock that file systems stamp with ticks more slowly than ours: up to 10 ms in Linux,
// a whole second (FAT: two) where stamps have no fraction.
const (
	fineTick   = 20 * time.Millisecond
	coarseTick = 2 * time.Second
)

// racy tells whether a file looked at at that time may still change without its stamp
// changing, because it was written within the same tick.
func (s stamp) racy(looked time.Time) bool {
	tick := fineTick
	if s.mtime%int64(time.Second) == 0 && s.ctime%int64(time.Second) == 0 {
		tick = coarseTick
	}
	return max(s.mtime, s.ctime) >= looked.Add(-tick).UnixNano()
}

// kind is the tree's word for the file; 0 for what no tree can hold.
func (s stamp) kind() tree.Kind {
	switch s.mode & unix.S_IFMT {
	case unix.S_IFREG:
		if s.mode&0o100 != 0 {
			return tree.Executable
		}
		return tree.File
	case unix.S_IFLNK:
		return tree.Link
	case unix.S_IFDIR:
		return tree.Folder
	}
	return 0
}

// special is what a file is that no tree can hold.
func (s stamp) special() string {
	switch s.mode & unix.S_IFMT {
	case unix.S_IFSOCK:
		return "a socket"
	case unix.S_IFIFO:
		return "a named pipe"
	case unix.S_IFBLK, unix.S_IFCHR:
		return "a device"
	}
	return "of an unknown kind"
}

// statOf is the stamp of what os.Lstat found.
func statOf(info fs.FileInfo) (stamp, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return stamp{}, false
	}
	return stamp{
		size: st.Size, mtime: time.Unix(st.Mtim.Unix()).UnixNano(), ctime: time.Unix(st.Ctim.Unix()).UnixNano(),
		ino: st.Ino, mode: st.Mode,
	}, true
}
