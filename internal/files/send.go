package files

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// reach is what belongs to a tree, in the order in which it is sent: a folder before what is in it.
type reach struct {
	root  petri.Digest
	order []petri.Digest
	sizes map[petri.Digest]int64 // -1 for folders, whose blobs' sizes no tree says
}

// SendPack writes blobs of the tree root as a pack: those wanted, or everything, the root
// first, when want is empty. A wanted blob that does not belong to the tree is kind not_found, whether
// or not it is in the store; then nothing was written. Blobs of any length are sent.
func (f *Files) SendPack(ctx context.Context, w io.Writer, root petri.Digest, want []petri.Digest) error {
	known, err := f.reachable(ctx, root)
	if err != nil {
		return fmt.Errorf("list what belongs to tree %s: %w", root.Short(), err)
	}
	if len(want) == 0 {
		want = known.order
	}
	for _, d := range want {
		if _, ok := known.sizes[d]; !ok {
			return petri.Errorf(petri.NotFound, "blob %s does not belong to this commit", d)
		}
	}
	if err := f.send(ctx, w, want, known.sizes); err != nil {
		return fmt.Errorf("send a pack: %w", err)
	}
	return nil
}

func (f *Files) reachable(ctx context.Context, root petri.Digest) (*reach, error) {
	f.mu.Lock()
	known := f.reach
	f.mu.Unlock()
	if known != nil && known.root == root {
		return known, nil
	}
	known = &reach{root: root, sizes: map[petri.Digest]int64{}}
	if err := f.gather(ctx, known, root); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.reach = known
	f.mu.Unlock()
	// A clone asks several times at once; long after it the list would only take memory.
	time.AfterFunc(reachAge, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.reach == known {
			f.reach = nil
		}
	})
	return known, nil
}

// reachAge is how long what belongs to a tree is remembered.
const reachAge = 20 * time.Second

// gather notes a folder and what is below it; equal folders once.
func (f *Files) gather(ctx context.Context, known *reach, folder petri.Digest) error {
	if _, ok := known.sizes[folder]; ok {
		return nil
	}
	known.sizes[folder] = -1
	known.order = append(known.order, folder)
	entries, err := tree.Load(ctx, f.source, folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Kind == tree.Folder {
			if err := f.gather(ctx, known, e.Digest); err != nil {
				return err
			}
			continue
		}
		if _, ok := known.sizes[e.Digest]; !ok {
			known.sizes[e.Digest] = e.Size
			known.order = append(known.order, e.Digest)
		}
	}
	return nil
}

// sendBatch is how many short blobs one reader reads ahead.
const sendBatch = 32

// piece is some of a pack, or why there is none.
type piece struct {
	bytes []byte
	err   error
}

// send writes blobs in order while others are read ahead, as many at once as ahead holds.
func (f *Files) send(ctx context.Context, w io.Writer, want []petri.Digest, sizes map[petri.Digest]int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ahead := make(chan chan piece, workers())
	queue := func(read func() ([]byte, error)) error {
		result := make(chan piece, 1) // room for one, so that no reader waits for a writer that gave up
		select {
		case ahead <- result:
		case <-ctx.Done():
			return ctx.Err()
		}
		go func() {
			b, err := read()
			result <- piece{b, err}
		}()
		return nil
	}
	go func() {
		defer close(ahead)
		if err := f.queueAll(ctx, want, sizes, queue); err != nil {
			_ = queue(func() ([]byte, error) { return nil, err })
		}
	}()
	for result := range ahead {
		p := <-result
		if p.err != nil {
			return p.err
		}
		if _, err := w.Write(p.bytes); err != nil {
			return petri.Wrap(petri.Canceled, err, "the receiver went away")
		}
	}
	return ctx.Err()
}

// queueAll cuts want into batches of short blobs and pieces of long ones.
func (f *Files) queueAll(ctx context.Context, want []petri.Digest, sizes map[petri.Digest]int64, queue func(func() ([]byte, error)) error) error {
	for len(want) > 0 {
		n, total := 0, int64(0)
		for n < len(want) && n < sendBatch && (n == 0 || total < batchBytes) {
			size := max(sizes[want[n]], 0)
			if n > 0 && size > batchBytes {
				break
			}
			total += size
			n++
		}
		batch := want[:n]
		want = want[n:]
		var err error
		if total > batchBytes && n == 1 {
			err = f.queueLong(ctx, batch[0], queue)
		} else {
			err = queue(func() ([]byte, error) { return f.readBatch(ctx, batch, total) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *Files) readBatch(ctx context.Context, batch []petri.Digest, total int64) ([]byte, error) {
	out := make([]byte, 0, total+int64(len(batch))*tree.PackHeader)
	for _, d := range batch {
		b, err := f.blobs.ReadAll(ctx, d, tree.MaxTreeBlob)
		if err != nil {
			return nil, err
		}
		out = append(appendHeader(out, d, int64(len(b))), b...)
	}
	return out, nil
}

func appendHeader(out []byte, d petri.Digest, length int64) []byte {
	var header [tree.PackHeader]byte
	tree.PutPackHeader(header[:], d, length)
	return append(out, header[:]...)
}

// queueLong reads one blob in pieces.
func (f *Files) queueLong(ctx context.Context, d petri.Digest, queue func(func() ([]byte, error)) error) error {
	size, err := f.blobs.Stat(ctx, d)
	if err != nil {
		return err
	}
	for at := int64(0); at < size; at += batchBytes {
		piece := func() ([]byte, error) {
			var out []byte
			if at == 0 {
				out = appendHeader(out, d, size)
			}
			b, err := f.blobs.ReadAt(d, at, min(batchBytes, size-at))
			return append(out, b...), err
		}
		if err := queue(piece); err != nil {
			return err
		}
	}
	return nil
}
