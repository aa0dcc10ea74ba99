package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
)

// xattrShed marks a file whose content was let go; its value is how long it was. The first is
// for root, the second for any other account.
func xattrShed() []string { return []string{"trusted.petri.shed", "user.petri.shed"} }

// Shed lets go of most of what a run wrote, after it filled the disk: of its new and changed
// files only the smallest, of together at most keep bytes, stay. What is let go a later Collect
// leaves out, and says why. It needs no space itself, and doing it again is no error; but it must
// not be done once Collect was, since files are blobs from then on. It returns the bytes freed.
func (f *Files) Shed(ctx context.Context, ws Workspace, keep int64) (freed int64, err error) {
	written, err := ws.written(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for what the run wrote: %w", err)
	}
	slices.SortFunc(written, func(a, b occupant) int { return cmp.Compare(a.bytes, b.bytes) })
	for _, o := range written {
		if keep -= o.bytes; keep >= 0 {
			continue
		}
		if err := shed(o.path); err != nil {
			return freed, fmt.Errorf("let go of what the run wrote: %w", err)
		}
		freed += o.bytes
	}
	return freed, nil
}

// occupant is a file that takes room on the disk.
type occupant struct {
	path  string
	bytes int64 // on the disk
}

// written are the files in the workspace that are not just as they were staged.
func (ws Workspace) written(ctx context.Context) (list []occupant, err error) {
	top := ws.Upper
	if ws.Mode == Copy {
		top = ws.Copy
	}
	err = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			if errors.Is(err, fs.ErrPermission) {
				return nil
			}
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return &os.PathError{Op: "lstat", Path: path, Err: err}
		}
		staged := ws.Mode == Copy && st.Mtim.Nano() == disk.FixedTime // or a copy that kept it: no harm
		if !staged && st.Blocks > 0 {
			list = append(list, occupant{path, st.Blocks * 512})
		}
		return ctx.Err()
	})
	return list, err
}

// shed marks a file and empties it, in this order: what is empty without a mark is a result.
func shed(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|unix.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrPermission) && os.Chmod(path, 0o600) == nil {
		file, err = os.OpenFile(path, os.O_WRONLY|unix.O_NOFOLLOW, 0)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	length := strconv.AppendInt(nil, info.Size(), 10)
	for _, name := range xattrShed() {
		if err = unix.Fsetxattr(int(file.Fd()), name, length, 0); err == nil {
			return file.Truncate(0)
		}
	}
	return os.Remove(path) // a file system without marks: better no file than a false one
}

// shedLength tells whether an empty file was let go, and how long it was.
func shedLength(path string) (length int64, was bool) {
	for _, name := range xattrShed() {
		if text, err := xattr(path, name); err == nil && text != "" {
			length, err := strconv.ParseInt(text, 10, 64)
			return length, err == nil
		}
	}
	return 0, false
}

func whyShed(length int64) string {
	return fmt.Sprintf("the run filled the server's disk, and its %s were let go", petri.FormatBytes(length))
}
