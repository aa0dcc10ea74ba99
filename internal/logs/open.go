package logs

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// Open opens the log of a living run for reading. A command that is root in its container, or
// runs as the server's own account, can put something else in the log's place: a link to a
// file of the machine, or a pipe that nobody writes to. That is kind invalid. A log that is
// not there yet is fs.ErrNotExist.
func Open(path string) (*os.File, error) { return open(path, os.O_RDONLY) }

func open(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, how|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.EISDIR) {
		return nil, notALog(err)
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		return file, nil
	}
	return nil, errors.Join(notALog(err), file.Close())
}

func notALog(err error) error {
	return petri.Wrap(petri.Invalid, fmt.Errorf("open a log: %w", err), "the run has put something else in its log's place")
}
