package workdir

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"slices"
	"sync"
	"unsafe"

	"github.com/petri-dev/petri/internal/tree"
)

// The index file: magic, CRC-32C of all behind it, then folders in the order of a walk. A
// folder is
//
//	length of this folder's part (4) | length of path (2) | path | tree sum (32) | bytes (8) | files (8) | entries (4)
//
// and its entries, sorted by name, each
//
//	kind (1) | racy (1) | length of name (1) | name | unless a folder: size, mtime, ctime, ino (8 each), mode (4), sum (32)
//
// all little-endian. Folders are found by path at once and their entries read when the scan
// comes to them, in parallel.
const indexMagic = "petriix1"

const stampSize = 8*4 + 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// index is what is known from the last scan. The zero index knows nothing.
type index struct {
	text    string // the file's bytes; names are cut from it
	folders map[string]int
}

// readIndex loads an index; one that is missing or damaged is an empty one.
func readIndex(path string) index {
	b, err := os.ReadFile(path)
	if err != nil || len(b) < 16 || string(b[:8]) != indexMagic {
		return index{}
	}
	if binary.LittleEndian.Uint32(b[8:]) != crc32.Checksum(b[12:], castagnoli) {
		return index{}
	}
	// The bytes are ours alone and stay as they are, so that a copy of them would be for nothing.
	ix := index{text: unsafe.String(&b[0], len(b)), folders: make(map[string]int, binary.LittleEndian.Uint32(b[12:]))}
	for at := 16; at < len(b); {
		length := int(binary.LittleEndian.Uint32(b[at:]))
		name := int(binary.LittleEndian.Uint16(b[at+4:]))
		ix.folders[ix.text[at+6:at+6+name]] = at
		at += length
	}
	return ix
}

// known is what the index has of one folder.
type known struct {
	found        bool
	sum          sum
	bytes, files int64
	entries      []entry // until forget
	buffer       *[]entry
}

// forget gives the entries back, for the next folder's to be read into.
func (k *known) forget() {
	if k.buffer != nil {
		*k.buffer = k.entries
		entryBuffers.Put(k.buffer)
		k.entries, k.buffer = nil, nil
	}
}

var entryBuffers = sync.Pool{New: func() any { return new([]entry) }}

// folder reads what the index has of one folder. The caller forgets its entries soon.
func (ix index) folder(path string) known {
	at, ok := ix.folders[path]
	if !ok {
		return known{}
	}
	r := reader{ix.text, at + 4}
	r.text(int(r.u16()))
	k := known{found: true, sum: r.sum(), bytes: int64(r.u64()), files: int64(r.u64())}
	n := int(r.u32())
	k.buffer = entryBuffers.Get().(*[]entry)
	k.entries = slices.Grow((*k.buffer)[:0], n)[:n]
	for i := range k.entries {
		e := &k.entries[i]
		*e = entry{}
		e.kind, e.racy = tree.Kind(r.u8()), r.u8() != 0
		e.name = r.text(int(r.u8()))
		if e.kind == tree.Folder {
			continue
		}
		e.stamp = stamp{size: int64(r.u64()), mtime: int64(r.u64()), ctime: int64(r.u64()), ino: r.u64(), mode: r.u32()}
		e.sum = r.sum()
	}
	return k
}

type reader struct {
	s  string
	at int
}

func (r *reader) text(n int) string {
	r.at += n
	return r.s[r.at-n : r.at]
}
func (r *reader) u8() byte { return r.text(1)[0] }
func (r *reader) u16() uint16 {
	s := r.text(2)
	return uint16(s[0]) | uint16(s[1])<<8
}
func (r *reader) u32() uint32 {
	s := r.text(4)
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}
func (r *reader) u64() uint64 { return uint64(r.u32()) | uint64(r.u32())<<32 }
func (r *reader) sum() (s sum) {
	copy(s[:], r.text(len(s)))
	return s
}

// writeIndex keeps what a scan found.
func writeIndex(path string, root *folder) error {
	folders, size := 0, 16
	root.each(func(f *folder) {
		folders++
		size += 64 + len(f.path)
		for i := range f.entries {
			size += 3 + len(f.entries[i].name) + stampSize + 32
		}
	})
	b := append(make([]byte, 0, size), indexMagic+"\x00\x00\x00\x00"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(folders))
	root.each(func(f *folder) { b = appendFolder(b, f) })
	binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(b[12:], castagnoli))
	return replaceFile(path, b)
}

func appendFolder(b []byte, f *folder) []byte {
	begin := len(b)
	le := binary.LittleEndian
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, uint16(len(f.path)))
	b = append(b, f.path...)
	b = append(b, f.sum[:]...)
	b = le.AppendUint64(b, uint64(f.bytes))
	b = le.AppendUint64(b, uint64(f.files))
	b = le.AppendUint32(b, uint32(len(f.entries)))
	for i := range f.entries {
		e := &f.entries[i]
		racy := byte(0)
		if e.racy {
			racy = 1
		}
		b = append(b, byte(e.kind), racy, byte(len(e.name)))
		b = append(b, e.name...)
		if e.kind == tree.Folder {
			continue
		}
		b = le.AppendUint64(b, uint64(e.stamp.size))
		b = le.AppendUint64(b, uint64(e.stamp.mtime))
		b = le.AppendUint64(b, uint64(e.stamp.ctime))
		b = le.AppendUint64(b, e.stamp.ino)
		b = le.AppendUint32(b, e.stamp.mode)
		b = append(b, e.sum[:]...)
	}
	le.PutUint32(b[begin:], uint32(len(b)-begin))
	return b
}
