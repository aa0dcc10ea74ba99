package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// maxMissing is how many blobs may be asked after at once.
const maxMissing = 1_000_000

// Missing gives those of the digests, without repetition, whose blobs are not here. Kind
// invalid for what is no digest.
func (f *Files) Missing(ctx context.Context, digests []petri.Digest) ([]petri.Digest, error) {
	if len(digests) > maxMissing {
		return nil, petri.Errorf(petri.Invalid, "%d digests are too many to ask after at once; ask for up to %d", len(digests), maxMissing)
	}
	seen := make(map[petri.Digest]bool, len(digests))
	var distinct []petri.Digest
	for _, d := range digests {
		if !seen[d] {
			seen[d] = true
			distinct = append(distinct, d)
		}
	}
	absent := make([]bool, len(distinct))
	err := parallel(ctx, len(distinct), func(ctx context.Context, i int) error {
		_, err := f.blobs.Stat(ctx, distinct[i])
		if absent[i] = petri.KindOf(err) == petri.NotFound; absent[i] {
			return nil
		}
		return err
	})
	missing := []petri.Digest{}
	for i, d := range distinct {
		if absent[i] {
			missing = append(missing, d)
		}
	}
	return missing, err
}

// workers is how many goroutines do what the disk and the processors can do side by side.
func workers() int { return max(4, runtime.GOMAXPROCS(0)) }

// parallel calls fn for 0 to n-1, several at once, and returns the first error.
func parallel(ctx context.Context, n int, fn func(ctx context.Context, i int) error) error {
	if n == 0 {
		return nil
	}
	const stride = 64
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(workers(), (n+stride-1)/stride) {
		group.Go(func() error {
			for {
				from := int(next.Add(stride)) - stride
				if from >= n {
					return nil
				}
				for i := from; i < min(from+stride, n); i++ {
					if err := ctx.Err(); err != nil {
						return err
					}
					if err := fn(ctx, i); err != nil {
						return err
					}
				}
			}
		})
	}
	return group.Wait()
}

// batchBytes is how much of a pack is read before a writer takes it; longer blobs are
// written as they come.
const batchBytes = 1 << 20

type packed struct {
	digest petri.Digest
	bytes  []byte
}

// ReceivePack keeps the blobs of a pack (see tree.PutPackHeader), each after its digest was
// verified; several writers share the work, and memory does not grow with the pack. Blobs that came
// whole before an error are kept. Kinds: invalid for wrong digests, lengths that lie and
// cut packs; exhausted for a full disk.
func (f *Files) ReceivePack(ctx context.Context, r io.Reader) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers())
	err := f.readPack(ctx, r, func(batch []packed) {
		group.Go(func() error { return f.keep(ctx, batch) })
	})
	if failed := group.Wait(); failed != nil {
		return fmt.Errorf("receive a pack: %w", failed)
	}
	if err != nil {
		return fmt.Errorf("receive a pack: %w", err)
	}
	return nil
}

func (f *Files) readPack(ctx context.Context, r io.Reader, give func([]packed)) error {
	var batch []packed
	buffer := make([]byte, 0, batchBytes)
	flush := func() {
		if len(batch) > 0 {
			give(batch)
			batch, buffer = nil, make([]byte, 0, batchBytes)
		}
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, length, err := tree.ReadPackHeader(r, tree.MaxPackBlob)
		if errors.Is(err, io.EOF) {
			flush()
			return nil
		}
		if err != nil {
			return cut(err)
		}
		if length > batchBytes {
			if err := f.receiveLong(ctx, r, d, length); err != nil {
				return err
			}
			continue
		}
		if len(buffer)+int(length) > batchBytes {
			flush()
			if err := f.blobs.Room(0); err != nil {
				return err
			}
		}
		at := len(buffer)
		buffer = buffer[:at+int(length)]
		if _, err := io.ReadFull(r, buffer[at:]); err != nil {
			return cut(err)
		}
		batch = append(batch, packed{d, buffer[at:]})
	}
}

func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return petri.Wrap(petri.Invalid, err, "the pack ends in the middle of a blob: it was cut on its way, or a length in it lies; send it again")
	}
	return err
}

// receiveLong keeps one blob that does not fit into a batch.
func (f *Files) receiveLong(ctx context.Context, r io.Reader, d petri.Digest, length int64) error {
	if err := f.blobs.Room(length); err != nil {
		return err
	}
	limited := &io.LimitedReader{R: r, N: length}
	_, size, err := f.blobs.Put(ctx, limited, d)
	if limited.N > 0 && (err == nil || petri.KindOf(err) == petri.Invalid) {
		return cut(io.ErrUnexpectedEOF)
	}
	if err == nil && size != length {
		return cut(io.ErrUnexpectedEOF)
	}
	return err
}

func (f *Files) keep(ctx context.Context, batch []packed) error {
	for _, p := range batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		if got := petri.DigestBytes(p.bytes); got != p.digest {
			return petri.Errorf(petri.Invalid, "the content sent for blob %s has digest %s: it was damaged on its way or changed while it was read; send it again", p.digest, got)
		}
		if err := f.blobs.PutKnown(p.bytes, p.digest); err != nil {
			return err
		}
	}
	return nil
}
