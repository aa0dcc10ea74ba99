package workdir

import (
	"encoding/binary"
	"sync"

	"github.com/petri-dev/petri/internal/tree"
)

const (
	// packBytes is from what size on a pack is sent.
	packBytes = 4 << 20
	// maxPacked is the largest file that goes into a pack; larger ones are uploaded alone.
	maxPacked = 32 << 20
)

// pack is a batch of blobs in the form in which they travel. Only one goroutine uses it.
type pack struct {
	buf   []byte
	blobs []packed
	open  int // where the blob that is being added begins
}

type packed struct {
	sum   sum
	begin int // of its header
	end   int
}

// begin makes room for a blob of that size and gives it; keep or drop must follow.
func (p *pack) begin(size int) []byte {
	p.open = len(p.buf)
	need := p.open + tree.PackHeader + size
	if need > cap(p.buf) {
		grown := make([]byte, p.open, max(need, packBytes+packBytes/2))
		copy(grown, p.buf)
		p.buf = grown
	}
	p.buf = p.buf[:need]
	return p.buf[p.open+tree.PackHeader:]
}

// drop forgets the blob that was begun, if one was.
func (p *pack) drop() { p.buf = p.buf[:p.open] }

// close completes the blob that was begun.
func (p *pack) close(s sum) {
	header := p.buf[p.open:]
	binary.BigEndian.PutUint64(header, uint64(len(header)-tree.PackHeader))
	copy(header[8:tree.PackHeader], s[:])
	p.blobs = append(p.blobs, packed{sum: s, begin: p.open, end: len(p.buf)})
	p.open = len(p.buf)
}

// pick keeps only the blobs that want has.
func (p *pack) pick(want map[sum]bool) {
	at := 0
	kept := p.blobs[:0]
	for _, b := range p.blobs {
		if !want[b.sum] {
			continue
		}
		n := copy(p.buf[at:], p.buf[b.begin:b.end])
		kept = append(kept, packed{b.sum, at, at + n})
		at += n
	}
	p.buf, p.blobs, p.open = p.buf[:at], kept, at
}

// packer collects blobs from many goroutines into packs and hands full ones on. A blob is
// taken once; large files are only noted.
type packer struct {
	send func(*pack) error // may block; may be called concurrently

	mu    sync.Mutex
	seen  map[sum]bool
	large []largeFile
	idle  []*pack
	spare []*pack // empty, with buffers to use again
}

type largeFile struct {
	path string
	sum  sum
	size int64
}

func newPacker(send func(*pack) error) *packer { return &packer{send: send, seen: map[sum]bool{}} }

// take gives a pack to add to; give returns it, or full hands it on.
func (p *packer) take() *pack {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range []*[]*pack{&p.idle, &p.spare} {
		if n := len(*list); n > 0 {
			taken := (*list)[n-1]
			*list = (*list)[:n-1]
			return taken
		}
	}
	return &pack{}
}

func (p *packer) give(k *pack) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, k)
}

// keep adds the blob that was begun in k, unless it was seen before; a file too large for
// packs is noted.
func (p *packer) keep(k *pack, s sum, path string, size int64) {
	p.mu.Lock()
	known := p.seen[s]
	p.seen[s] = true
	if !known && size > maxPacked {
		p.large = append(p.large, largeFile{path, s, size})
	}
	p.mu.Unlock()
	switch {
	case size > maxPacked:
	case known:
		k.drop()
	default:
		k.close(s)
	}
}

// claim tells whether a blob was not seen before, and notes it.
func (p *packer) claim(s sum) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.seen[s]
	p.seen[s] = true
	return !known
}

func (p *packer) full(k *pack) error {
	err := p.send(k)
	k.buf, k.blobs, k.open = k.buf[:0], k.blobs[:0], 0
	p.mu.Lock()
	defer p.mu.Unlock()
	if cap(k.buf) <= 2*packBytes {
		p.spare = append(p.spare, k)
	}
	return err
}

// flush hands on what is left, in as few packs as may be.
func (p *packer) flush() error {
	p.mu.Lock()
	rest := p.idle
	p.idle = nil
	p.mu.Unlock()
	all := &pack{}
	for _, k := range rest {
		for _, b := range k.blobs {
			content := k.buf[b.begin+tree.PackHeader : b.end]
			copy(all.begin(len(content)), content)
			all.close(b.sum)
		}
		if len(all.buf) >= packBytes {
			if err := p.send(all); err != nil {
				return err
			}
			all = &pack{}
		}
	}
	if len(all.blobs) == 0 {
		return nil
	}
	return p.send(all)
}
