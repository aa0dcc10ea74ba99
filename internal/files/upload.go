package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
)

// maxUpload bounds one blob; the disk is full long before.
const maxUpload = 1 << 44

// UploadOffset tells how much of a long blob a user has sent, and whether the blob is here,
// whole; then the offset is its length.
func (f *Files) UploadOffset(ctx context.Context, user petri.UserID, d petri.Digest) (offset int64, done bool, err error) {
	size, err := f.blobs.Stat(ctx, d)
	switch petri.KindOf(err) {
	case "":
		return size, true, nil
	case petri.NotFound:
	default:
		return 0, false, err
	}
	info, err := os.Lstat(f.uploadPath(user, d))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look up an upload: %w", err)
	}
	return info.Size(), false, nil
}

func (f *Files) uploadPath(user petri.UserID, d petri.Digest) string {
	return filepath.Join(f.sibling("uploads"), fmt.Sprintf("%d-%s", user, d.Hex()))
}

// Upload appends what r yields to one long blob of total bytes, at offset, which must be what
// UploadOffset says (else kind conflict). It keeps what came also when r fails, so that the
// user can go on from there. Once all is there the digest is verified: another is kind invalid,
// and the upload begins anew. It returns the new offset and whether the blob is whole.
func (f *Files) Upload(ctx context.Context, user petri.UserID, d petri.Digest, offset, total int64, r io.Reader) (int64, bool, error) {
	if total < 0 || total > maxUpload || offset < 0 || offset > total {
		return 0, false, petri.Errorf(petri.Invalid, "an upload of %d bytes cannot go on at byte %d", total, offset)
	}
	have, done, err := f.UploadOffset(ctx, user, d)
	if err != nil || done {
		return have, done, err
	}
	if err := f.blobs.Room(total - offset); err != nil {
		return 0, false, err
	}
	release, err := f.claimUpload(user, d)
	if err != nil {
		return 0, false, err
	}
	defer release()
	path := f.uploadPath(user, d)
	have, err = appendUpload(path, offset, total, r)
	if err != nil || have < total {
		return have, false, err
	}
	if _, err := f.blobs.AdoptKnown(ctx, path, d); err != nil {
		if petri.KindOf(err) == petri.Invalid {
			_ = os.Remove(path)
		}
		return 0, false, fmt.Errorf("finish an upload: %w", err)
	}
	if err := os.Remove(path); err != nil {
		return 0, false, fmt.Errorf("finish an upload: %w", err)
	}
	return total, true, nil
}

// claimUpload makes sure that one call at a time writes to an upload.
func (f *Files) claimUpload(user petri.UserID, d petri.Digest) (release func(), err error) {
	if err := os.MkdirAll(f.sibling("uploads"), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for uploads: %w", disk.Explain(err))
	}
	key := f.uploadPath(user, d)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.uploading[key] {
		return nil, petri.Errorf(petri.Conflict, "blob %s is being uploaded by another call of yours; wait for it", d.Short())
	}
	f.uploading[key] = true
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.uploading, key)
	}, nil
}

func appendUpload(path string, offset, total int64, r io.Reader) (have int64, err error) {
	flags := os.O_WRONLY
	if offset == 0 {
		flags |= os.O_CREATE // only a beginning makes the file
	}
	file, err := os.OpenFile(path, flags, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, standsAt(0, offset)
	}
	if err != nil {
		return 0, fmt.Errorf("open an upload: %w", disk.Explain(err))
	}
	defer func() {
		if closed := file.Close(); err == nil && closed != nil {
			err = disk.Explain(closed)
		}
	}()
	have, err = file.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, fmt.Errorf("open an upload: %w", err)
	}
	if have != offset {
		return have, standsAt(have, offset)
	}
	n, err := io.Copy(file, io.LimitReader(r, total-offset))
	have += n
	if petri.KindOf(disk.Explain(err)) == petri.Exhausted {
		_ = os.Remove(path) // or the disk would stay full
		return 0, fmt.Errorf("receive an upload: %w", disk.Explain(err))
	}
	if err != nil {
		return have, fmt.Errorf("receive an upload: %w", disk.Explain(err))
	}
	if have == total {
		if extra, _ := r.Read(make([]byte, 1)); extra > 0 {
			_ = os.Remove(path)
			return 0, petri.Errorf(petri.Invalid, "the upload is longer than the %d bytes it said", total)
		}
	}
	return have, nil
}

func standsAt(have, offset int64) error {
	return petri.Errorf(petri.Conflict, "the upload stands at byte %d, not %d; go on from there", have, offset)
}
