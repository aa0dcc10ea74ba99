package workdir

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// trees keeps folder blobs of commits in one file, appended to: 32 bytes of sum, 4 of length
// (little-endian), the blob, and so on. What does not hash to its sum is not there.
type trees struct {
	path  string
	text  []byte
	blobs map[sum][]byte
	added []byte
}

// maxTrees is from what length on the file is begun anew with only what is in use.
const maxTrees = 64 << 20

// openTrees reads the file; one that is missing or damaged is empty from there on.
func (f Folder) openTrees() *trees {
	t := &trees{path: f.own("trees"), blobs: map[sum][]byte{}}
	t.text, _ = os.ReadFile(t.path)
	for rest := t.text; len(rest) >= 36; {
		length := int(binary.LittleEndian.Uint32(rest[32:]))
		if len(rest) < 36+length {
			break
		}
		t.blobs[sum(rest[:32])] = rest[36 : 36+length]
		rest = rest[36+length:]
	}
	return t
}

// source gives blobs from the file, and other's for those it has not.
func (t *trees) source(other tree.Source) tree.Source {
	return func(ctx context.Context, d petri.Digest) ([]byte, error) {
		if b, ok := t.blobs[sumOf(d)]; ok && petri.DigestBytes(b) == d {
			return b, nil
		}
		if other == nil {
			return nil, petri.Errorf(petri.NotFound, "folder %s is not known here", d.Short())
		}
		b, err := other(ctx, d)
		if err == nil {
			t.add(sumOf(d), b)
		}
		return b, err
	}
}

func (t *trees) add(s sum, b []byte) {
	if _, known := t.blobs[s]; known {
		return
	}
	t.blobs[s] = b
	t.added = append(t.added, s[:]...)
	t.added = binary.LittleEndian.AppendUint32(t.added, uint32(len(b)))
	t.added = append(t.added, b...)
}

// save keeps what was added.
func (t *trees) save() error {
	if len(t.added) == 0 {
		return nil
	}
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if len(t.text)+len(t.added) > maxTrees && len(t.added) < maxTrees {
		if err := os.Remove(t.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("keep folders: %w", err)
		}
	}
	file, err := os.OpenFile(t.path, flags, 0o644)
	if err != nil {
		return fmt.Errorf("keep folders: %w", err)
	}
	_, err = file.Write(t.added)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("keep folders: %w", err)
	}
	t.added = nil
	return nil
}
