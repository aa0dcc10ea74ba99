package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/petri-dev/petri"
)

// Adopter makes a blob of a file where it stands; blob/disk does.
type Adopter func(ctx context.Context, path string) (petri.Digest, int64, error)

// Seal keeps a finished run's log as a blob, without copying it, and returns its digest and
// length. A last frame that was cut is dropped; a run without a log has an empty one. The
// file stays where it is, and sealing again comes to the same.
func Seal(ctx context.Context, adopt Adopter, path string) (petri.Digest, int64, error) {
	if _, err := trim(path); errors.Is(err, fs.ErrNotExist) {
		if err := makeEmpty(path); err != nil {
			return "", 0, fmt.Errorf("keep an empty log: %w", err)
		}
	} else if err != nil {
		return "", 0, fmt.Errorf("close the log: %w", err)
	}
	digest, size, err := adopt(ctx, path)
	if err != nil {
		return "", 0, fmt.Errorf("keep the log: %w", err)
	}
	return digest, size, nil
}

// Putter makes a blob of what it reads; blob.Store's Put does.
type Putter func(ctx context.Context, r io.Reader, want petri.Digest) (petri.Digest, int64, error)

// Keep copies what stands in a log that may still grow, up to its last whole frame, into a
// blob: a run that Petri gives up has shown it already. "" where there is no log.
func Keep(ctx context.Context, put Putter, path string) (petri.Digest, error) {
	file, err := Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("open the log: %w", err)
	}
	defer file.Close()
	end, err := length(file)
	if err != nil {
		return "", fmt.Errorf("read the log: %w", err)
	}
	digest, _, err := put(ctx, io.NewSectionReader(file, 0, end), "")
	if err != nil {
		return "", fmt.Errorf("keep the log: %w", err)
	}
	return digest, nil
}

func makeEmpty(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}
