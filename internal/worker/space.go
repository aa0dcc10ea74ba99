package worker

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/files"
)

// space chooses which run is ended when the disk is nearly full: the one that takes most of it,
// and no other before that one is sealed and what it took is free again. Where something else
// fills the disk, runs that take next to nothing go on.
type space struct {
	mu      sync.Mutex
	writing map[petri.RunID]string // the folders of running runs
	ending  petri.RunID            // 0 for none
}

// enter counts a run among those that may be ended, until leave.
func (s *space) enter(id petri.RunID, folder string) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing == nil {
		s.writing = map[petri.RunID]string{}
	}
	s.writing[id] = folder
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.writing, id)
	}
}

// worthwhile is what a run must take of the disk for its end to help.
const worthwhile = 1 << 20

// goes tells whether the disk is to be relieved of this run. The answer stays the same until
// the chosen run is sealed.
func (s *space) goes(id petri.RunID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending == 0 {
		most := int64(worthwhile)
		for other, folder := range s.writing {
			if taken := taken(folder); taken > most {
				most, s.ending = taken, other
			}
		}
	}
	return s.ending == id
}

// sealed lets the next one be chosen, if there is still need.
func (s *space) sealed(id petri.RunID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending == id {
		s.ending = 0
	}
}

// taken is how many bytes of the disk a folder takes, as far as can be seen.
func taken(folder string) (total int64) {
	_ = filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		var st unix.Stat_t
		if err == nil && unix.Lstat(path, &st) == nil {
			total += st.Blocks * 512
		}
		return nil // what went away meanwhile takes nothing
	})
	return total
}

// share is the part of the reserve that a run which filled the disk may keep of its results.
const share = 16

// makeRoom lets go of most of what a run wrote that was ended for want of disk, or that failed
// on a disk that it had filled itself. Otherwise its results, which are never deleted, would keep
// the disk full for good.
func (a *attempt) makeRoom(ctx context.Context) error {
	if !a.outcome.DiskFull && !a.filledDisk() {
		return nil
	}
	space, err := files.OpenWorkspace(a.folder())
	if err != nil {
		return fmt.Errorf("find the workspace: %w", err)
	}
	freed, err := a.Files.Shed(ctx, space, a.DiskReserve/share)
	if err != nil {
		return err
	}
	a.log.Warn("the run filled the disk; most of what it wrote was let go", "freed_bytes", freed)
	a.markDiskFull()
	a.outcome.DiskFull = true
	return nil
}

// filledDisk tells whether the command failed while next to nothing was free on the disk, and no
// other run had taken as much of it.
func (a *attempt) filledDisk() bool {
	o := a.outcome
	if o.ExitCode == 0 || o.Stopped || o.TimedOut || o.OOMKilled || o.StartError != "" {
		return false
	}
	free, err := freeBytes(a.Data)
	return err == nil && free < a.DiskReserve/share && a.space.goes(a.run.ID)
}

// markDiskFull leaves a mark for whoever reads the outcome next. It is an empty file: on a full
// disk nothing else may fit. Without it the witness's own word must do.
func (a *attempt) markDiskFull() {
	mark, err := os.OpenFile(filepath.Join(a.folder(), diskFullFile), os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		err = mark.Close()
	}
	if err != nil {
		a.log.Warn("mark the run as ended for want of disk", "error", err)
	}
}
