package disk

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// Free is what an unprivileged process may still write below dir, in bytes.
func Free(dir string) (int64, error) {
	var fs unix.Statfs_t
	if err := retry(func() error { return unix.Statfs(dir, &fs) }); err != nil {
		return 0, fmt.Errorf("ask for free space: %w", err)
	}
	return int64(fs.Bavail) * fs.Bsize, nil
}

// KeepFree makes Room leave so many bytes of the disk alone: the database, and runs that are
// coming to their end, need them. It is called before the store is used.
func (s *Store) KeepFree(bytes int64) { s.reserve = bytes }

// Room refuses, as kind exhausted, to begin what needs so many bytes where that would touch what
// is to stay free. It sets nothing aside: writing may still meet a full disk.
func (s *Store) Room(need int64) error {
	free, err := Free(s.dir)
	switch {
	case err != nil:
		return err
	case free < s.reserve:
		return petri.Errorf(petri.Exhausted, "the disk of the Petri server is nearly full: %s are free, and %s must stay free; free space under its data folder and try again", petri.FormatBytes(free), petri.FormatBytes(s.reserve))
	case free-s.reserve < need:
		return petri.Errorf(petri.Exhausted, "the disk of the Petri server has no room for %s: %s are free, of which %s must stay free; free space under its data folder and try again", petri.FormatBytes(need), petri.FormatBytes(free), petri.FormatBytes(s.reserve))
	}
	return nil
}
