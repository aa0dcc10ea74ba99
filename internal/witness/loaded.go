package witness

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/inspect"
)

// loads sees which packages are loaded: it watches the folders of their code and notes where
// a file is opened. It needs nothing of the command and holds nothing up; where the
// kernel does not let it watch, nobody knows what was loaded, and nothing else is different.
type loads struct {
	list   petri.PackageList
	fd     int
	file   *os.File
	add    func(fd int, path string, mask uint32) (int, error)
	budget int

	mu      sync.Mutex // while watches are set; later the reader alone is at work
	folders map[int32][]inspect.CodeFolder
	watches map[inspect.Unit][]int32
	failure error // why what was seen cannot be relied on

	seen map[inspect.Unit]bool
	done chan struct{}
}

// watched is what we ask of a folder. Files that are deleted and still open say nothing.
const watched = unix.IN_OPEN | unix.IN_ONLYDIR | unix.IN_EXCL_UNLINK

// Watches are the machine's, one number for all who run as one user: a run takes at most a
// quarter of them, and so many.
const (
	maxWatches    = 50_000
	watchesShare  = 4
	watchesLimit  = "/proc/sys/fs/inotify/max_user_watches"
	fewestWatches = 8192 // what every kernel allows
)

// watchLoads sets watches for the packages of a list, and begins to follow them.
func watchLoads(list petri.PackageList) *loads {
	l := newLoads(list)
	l.watch()
	return l
}

func newLoads(list petri.PackageList) *loads {
	return &loads{
		list: list, fd: -1, add: unix.InotifyAddWatch, budget: watchBudget(),
		folders: map[int32][]inspect.CodeFolder{}, watches: map[inspect.Unit][]int32{}, seen: map[inspect.Unit]bool{}, done: make(chan struct{}),
	}
}

func watchBudget() int {
	limit := fewestWatches
	if text, err := os.ReadFile(watchesLimit); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			limit = n
		}
	}
	return min(maxWatches, limit/watchesShare)
}

func (l *loads) watch() {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		l.failure = fmt.Errorf("inotify: %w", err)
		close(l.done)
		return
	}
	l.fd, l.file = fd, os.NewFile(uintptr(fd), "inotify")
	inspect.CodeFolders(l.list, l.found)
	if l.failure != nil {
		_ = l.file.Close() // gives all watches back
		close(l.done)
		return
	}
	go l.follow()
}

// found watches one folder; false where there is none, or no more can be watched.
func (l *loads) found(folder inspect.CodeFolder) bool {
	l.mu.Lock()
	full := l.failure != nil || len(l.folders) >= l.budget
	if full && l.failure == nil {
		l.failure = fmt.Errorf("more than %d folders would have to be watched", l.budget)
	}
	l.mu.Unlock()
	if full {
		return false
	}
	watch, err := l.add(l.fd, folder.Path, watched)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.EACCES), errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENAMETOOLONG):
		return false
	default:
		l.failure = fmt.Errorf("watch %s: %w", folder.Path, err)
		return false
	}
	l.folders[int32(watch)] = append(l.folders[int32(watch)], folder)
	if !folder.Shared {
		l.watches[folder.Unit] = append(l.watches[folder.Unit], int32(watch))
	}
	return true
}

// follow takes what the kernel says, until end asks it to stop; then all that is left.
func (l *loads) follow() {
	defer close(l.done)
	events := make([]byte, 64<<10)
	for {
		n, err := l.file.Read(events)
		if err != nil {
			break
		}
		l.take(events[:n])
	}
	for {
		n, err := unix.Read(l.fd, events)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			break
		}
		l.take(events[:n])
	}
	_ = l.file.Close()
}

func (l *loads) take(events []byte) {
	for len(events) >= unix.SizeofInotifyEvent {
		watch, mask := int32(binary.NativeEndian.Uint32(events)), binary.NativeEndian.Uint32(events[4:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[12:]))
		if end > len(events) {
			return
		}
		name := unix.ByteSliceToString(events[unix.SizeofInotifyEvent:end])
		events = events[end:]
		switch {
		case mask&unix.IN_Q_OVERFLOW != 0:
			l.failure = errors.New("files were opened faster than they could be noted")
		case mask&unix.IN_OPEN != 0 && mask&unix.IN_ISDIR == 0 && name != "":
			l.opened(watch, name)
		}
	}
}

// opened notes the units that were loaded, and watches them no longer.
func (l *loads) opened(watch int32, name string) {
	for _, folder := range l.folders[watch] {
		unit, ok := folder.Loads(name)
		if !ok || l.seen[unit] {
			continue
		}
		l.seen[unit] = true
		for _, spent := range l.watches[unit] {
			if len(l.folders[spent]) > 1 {
				continue // somebody else's, too
			}
			_, _ = unix.InotifyRmWatch(l.fd, uint32(spent))
			delete(l.folders, spent)
		}
	}
}

// end stops watching. It may be called again.
func (l *loads) end() {
	if l.file != nil {
		_ = l.file.SetReadDeadline(time.Unix(1, 0)) // fails once it is closed
	}
	<-l.done
}

// packages are those of the list that were loaded. Valid after end.
func (l *loads) packages() (petri.PackageList, error) {
	if l.failure != nil {
		return nil, l.failure
	}
	units := make([]inspect.Unit, 0, len(l.seen))
	for unit := range l.seen {
		units = append(units, unit)
	}
	return inspect.Owners(l.list, units), nil
}

// saveLoaded leaves what was loaded, where that was seen. The command has ended.
func (r *run) saveLoaded() {
	list, err := r.loads.packages()
	if err == nil {
		err = WriteFile(r.folder, LoadedFile, list.Encode())
	}
	if err != nil {
		r.say("what the command loaded is not known: %v", err)
	}
}
