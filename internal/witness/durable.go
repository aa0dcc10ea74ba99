package witness

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// durable is a file that appears under its name only when it is whole and on disk. Space
// for it can be set aside early, so that it can be written on a disk that has filled up since.
type durable struct {
	file *os.File
	path string
}

func newDurable(folder, name string, reserve int64) (*durable, error) {
	path := filepath.Join(folder, name)
	// The server, too, writes here, where a command that is root may have left a link.
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	if reserve > 0 {
		// Where the file system cannot, the file is as good as any other.
		_ = unix.Fallocate(int(file.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, reserve)
	}
	return &durable{file: file, path: path}, nil
}

// write replaces the content and brings it to the disk, still under the temporary name.
func (d *durable) write(content []byte) error {
	_, err := d.file.WriteAt(content, 0)
	return errors.Join(err, d.file.Truncate(int64(len(content))), d.file.Sync())
}

// publish gives the file its name.
func (d *durable) publish() error {
	return errors.Join(d.file.Close(), os.Rename(d.path+".new", d.path))
}

// drop gives the file up.
func (d *durable) drop() error {
	return errors.Join(d.file.Close(), os.Remove(d.path+".new"))
}
