package workdir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// PushOptions of a Push.
type PushOptions struct {
	// Base is the tree that the server is known to have whole; "" for none.
	Base petri.Digest
	// Near: the server is on this machine, so compressing costs more than it saves.
	Near bool
	// Progress is told what was done since it was told last; any goroutine calls it. It may be nil.
	Progress func(read, sent int64)
}

const (
	connections = 4
	// askBytes is from what size on the server is asked what it has before a pack is sent.
	askBytes = 128 << 10
)

// Push scans the folder and sends all that the server has not got, so that it can be made a
// commit. It reads each file at most once. The snapshot is saved.
func (f Folder) Push(ctx context.Context, remote Remote, opts PushOptions) (*Snapshot, error) {
	if opts.Progress == nil {
		opts.Progress = func(int64, int64) {}
	}
	for try := 0; ; try++ {
		s, err := f.push(ctx, remote, opts)
		if !errors.Is(err, errChanged) {
			return s, err
		}
		if try == tries {
			return nil, petri.Wrap(petri.Conflict, err, "files keep changing while they are sent (%v); try again when nothing writes to them, or name them in .petriignore", err)
		}
	}
}

// errChanged: a file is no longer what the scan found.
var errChanged = errors.New("changed since it was read")

func (f Folder) push(ctx context.Context, remote Remote, opts PushOptions) (*Snapshot, error) {
	p := newSender(ctx, remote, opts)
	defer p.stop()
	snapshot, err := f.Scan(p.ctx, ScanOptions{pack: p.packer, Progress: func(n int64) { opts.Progress(n, 0) }})
	if err != nil {
		return nil, p.cause(err)
	}
	if snapshot.Tree() == opts.Base { // what was read turned out to be nothing new
		p.stop()
		_ = p.finishConnections()
		return snapshot, snapshot.Save()
	}
	known := f.openTrees()
	if err := p.rest(f, snapshot, known, opts.Base); err != nil {
		return nil, p.cause(err)
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	if err := snapshot.Save(); err != nil {
		return nil, err
	}
	if err := f.makeOwn(); err != nil {
		return nil, err
	}
	return snapshot, known.save()
}

// sender sends packs over several connections.
type sender struct {
	remote Remote
	opts   PushOptions
	ctx    context.Context
	stop   context.CancelFunc
	group  *errgroup.Group
	packer *packer
	packs  chan *pack
	back   chan *pack // their buffers, to be used again
	once   sync.Once
}

func newSender(ctx context.Context, remote Remote, opts PushOptions) *sender {
	s := &sender{remote: remote, opts: opts, packs: make(chan *pack), back: make(chan *pack, connections)}
	cancelable, stop := context.WithCancel(ctx)
	s.stop = stop
	s.group, s.ctx = errgroup.WithContext(cancelable)
	s.packer = newPacker(s.handOver)
	for range connections {
		s.group.Go(s.connection)
	}
	return s
}

// handOver gives a pack's content to a connection and k an empty buffer instead.
func (s *sender) handOver(k *pack) error {
	full := &pack{buf: k.buf, blobs: k.blobs}
	select {
	case s.packs <- full:
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
	k.buf, k.blobs, k.open = nil, nil, 0
	select {
	case used := <-s.back:
		k.buf, k.blobs = used.buf[:0], used.blobs[:0]
	default:
	}
	return nil
}

func (s *sender) connection() error {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("set up compression: %w", err)
	}
	defer encoder.Close()
	for k := range s.packs {
		if err := s.sendPack(k, encoder); err != nil {
			return err
		}
		if cap(k.buf) > 2*packBytes {
			continue
		}
		select {
		case s.back <- k:
		default:
		}
	}
	return nil
}

func (s *sender) sendPack(k *pack, encoder *zstd.Encoder) error {
	// On a first push all is news; a little is sent sooner than asked about.
	if len(k.buf) >= askBytes && (s.opts.Base != "" || !s.opts.Near) {
		if err := s.pickMissing(k); err != nil || len(k.blobs) == 0 {
			return err
		}
	}
	body, compressed := k.buf, false
	if !s.opts.Near {
		body, compressed = compress(k.buf, encoder)
	}
	if err := s.remote.SendPack(s.ctx, bytes.NewReader(body), compressed); err != nil {
		return err
	}
	s.opts.Progress(0, int64(len(k.buf)))
	return nil
}

func (s *sender) pickMissing(k *pack) error {
	digests := make([]petri.Digest, len(k.blobs))
	for i := range k.blobs {
		digests[i] = k.blobs[i].sum.digest()
	}
	missing, err := s.remote.Missing(s.ctx, digests)
	if err != nil {
		return err
	}
	want := make(map[sum]bool, len(missing))
	for _, d := range missing {
		want[sumOf(d)] = true
	}
	k.pick(want)
	return nil
}

// compress packs b with zstd where that helps; a sample tells.
func compress(b []byte, encoder *zstd.Encoder) (out []byte, compressed bool) {
	middle := len(b) / 2
	sample := b[middle:min(len(b), middle+64<<10)]
	if len(b) < 512 || len(encoder.EncodeAll(sample, nil)) > len(sample)*9/10 {
		return b, false
	}
	return encoder.EncodeAll(b, make([]byte, 0, len(b)/2)), true
}

// cause prefers a connection's error to the scan's, which it may have caused.
func (s *sender) cause(err error) error {
	if s.ctx.Err() == nil {
		s.stop()
		_ = s.finishConnections()
		return err
	}
	if sent := s.finishConnections(); sent != nil {
		return sent
	}
	return err
}

func (s *sender) finishConnections() error {
	s.once.Do(func() { close(s.packs) })
	return s.group.Wait()
}

// finish sends what is left, waits for all connections, and then sends the large files.
func (s *sender) finish() error {
	err := s.packer.flush()
	if sent := s.finishConnections(); sent != nil {
		return sent
	}
	return err
}

// rest sends what the scan did not: folder blobs, and files whose content was known and that
// the base has not got.
func (s *sender) rest(f Folder, snapshot *Snapshot, known *trees, base petri.Digest) error {
	c := collector{ctx: s.ctx, sender: s, known: known}
	baseKnown := base
	if _, ok := known.blobs[sumOf(base)]; !ok {
		baseKnown = "" // nothing to compare with
	}
	if err := c.folder(snapshot.root, baseKnown); err != nil {
		return err
	}
	if err := s.sendFiles(f, c.files); err != nil {
		return err
	}
	return s.sendLarge(f)
}

// collector walks what differs from the base.
type collector struct {
	ctx    context.Context
	sender *sender
	known  *trees
	files  []largeFile
}

func (c *collector) folder(f *folder, base petri.Digest) error {
	if base != "" && f.sum == sumOf(base) {
		return nil
	}
	blob := f.encode()
	c.known.add(f.sum, blob)
	if c.sender.packer.claim(f.sum) {
		k := c.sender.packer.take()
		copy(k.begin(len(blob)), blob)
		k.close(f.sum)
		if err := c.sender.handBack(k); err != nil {
			return err
		}
	}
	before, err := tree.Load(c.ctx, c.known.source(nil), base)
	if err != nil {
		before = nil // a folder of the base that is not known here: the server is asked
	}
	old := make(map[string]petri.Digest, len(before))
	for _, e := range before {
		old[e.Name] = e.Digest
	}
	for i := range f.entries {
		e := &f.entries[i]
		if e.child != nil {
			if err := c.folder(e.child, old[e.name]); err != nil {
				return err
			}
			continue
		}
		if was := old[e.name]; was != "" && sumOf(was) == e.sum {
			continue
		}
		if c.sender.packer.claim(e.sum) {
			c.files = append(c.files, largeFile{path: f.join(e.name), sum: e.sum, size: e.stamp.size})
		}
	}
	return nil
}

func (s *sender) handBack(k *pack) error {
	if len(k.buf) >= packBytes {
		return s.packer.full(k)
	}
	s.packer.give(k)
	return nil
}

// sendFiles sends files that the index knew, after asking which are missing.
func (s *sender) sendFiles(f Folder, files []largeFile) error {
	const batch = 8192
	crew := newCrew(s.ctx)
	for begin := 0; begin < len(files); begin += batch {
		part := files[begin:min(begin+batch, len(files))]
		crew.add(func() error { return s.sendBatch(f, crew, part) })
	}
	return crew.work(workers())
}

func (s *sender) sendBatch(f Folder, crew *crew, files []largeFile) error {
	digests := make([]petri.Digest, len(files))
	for i := range files {
		digests[i] = files[i].sum.digest()
	}
	missing, err := s.remote.Missing(s.ctx, digests)
	if err != nil {
		return err
	}
	want := make(map[sum]bool, len(missing))
	for _, d := range missing {
		want[sumOf(d)] = true
	}
	for _, file := range files {
		switch {
		case !want[file.sum]:
		case file.size > maxPacked:
			s.packer.mu.Lock()
			s.packer.large = append(s.packer.large, file)
			s.packer.mu.Unlock()
		default:
			crew.add(func() error { return s.sendFile(f, file) })
		}
	}
	return nil
}

// sendFile reads a file into a pack, if it still is what the scan found.
func (s *sender) sendFile(f Folder, file largeFile) error {
	content, err := readLeaf(f.Root, file.path)
	if err != nil || sumOf(petri.DigestBytes(content)) != file.sum {
		return fmt.Errorf("%s: %w", Quote(file.path), errChanged)
	}
	k := s.packer.take()
	copy(k.begin(len(content)), content)
	k.close(file.sum)
	return s.handBack(k)
}

// readLeaf reads a file, or a link's target.
func readLeaf(root, path string) ([]byte, error) {
	full := root + "/" + path
	if target, err := os.Readlink(full); err == nil {
		return []byte(target), nil
	}
	return os.ReadFile(full)
}

// sendLarge uploads the files that are too large for packs.
func (s *sender) sendLarge(f Folder) error {
	for _, file := range s.packer.large {
		if err := s.upload(f, file); err != nil {
			return err
		}
	}
	return nil
}

func (s *sender) upload(f Folder, file largeFile) error {
	r, err := os.Open(f.Root + "/" + file.path)
	if err != nil {
		return fmt.Errorf("%s: %w", Quote(file.path), errChanged)
	}
	defer r.Close()
	told := int64(0)
	err = s.remote.UploadBlob(s.ctx, file.sum.digest(), r, file.size, func(sent int64) {
		s.opts.Progress(0, sent-told)
		told = sent
	})
	if petri.KindOf(err) == petri.Invalid { // the server computed another digest
		return fmt.Errorf("%s: %w", Quote(file.path), errors.Join(errChanged, err))
	}
	return err
}
