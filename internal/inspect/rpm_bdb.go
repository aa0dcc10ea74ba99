package inspect

import (
	"encoding/binary"
	"slices"
)

// The kinds of pages and of items that a Berkeley DB hash table for RPM has, and the length
// of a page's head.
const (
	bdbMagic                              = 0x061561
	bdbHashUnsorted, bdbOverflow, bdbHash = 2, 7, 13
	bdbInline, bdbElsewhere               = 1, 3
	bdbHead                               = 26
)

// bdb is a Berkeley DB hash table, which is a file of pages in the byte order of the machine
// that made it.
type bdb struct {
	file  *opened
	order binary.ByteOrder
	size  int
	last  uint32
}

// bdbBlobs reads Packages. Buckets are of no interest, so pages are read as they come.
func bdbBlobs(file *opened) rpmBlobs {
	return func(each func(func(int) []byte) bool) {
		db := bdb{file: file, order: binary.LittleEndian}
		meta := file.at(0, 512)
		if len(meta) < 512 {
			return
		}
		if binary.BigEndian.Uint32(meta[12:]) == bdbMagic {
			db.order = binary.BigEndian
		}
		db.size, db.last = int(db.order.Uint32(meta[20:])), db.order.Uint32(meta[32:])
		if db.order.Uint32(meta[12:]) == bdbMagic && db.size >= 512 && db.size <= 64<<10 {
			db.pages(each)
		}
	}
}

func (db bdb) page(number uint32) []byte {
	page := db.file.at(int64(number)*int64(db.size), db.size)
	if len(page) < db.size {
		return nil
	}
	return page
}

func (db bdb) pages(each func(func(int) []byte) bool) {
	for number := uint32(1); number <= db.last; number++ {
		// The head first: most pages hold parts of blobs.
		head := db.file.at(int64(number)*int64(db.size), bdbHead)
		if len(head) < bdbHead {
			return
		}
		if head[25] != bdbHash && head[25] != bdbHashUnsorted {
			continue
		}
		if page := db.page(number); page != nil && !db.items(page, each) {
			return
		}
	}
}

// items yields the values of a page: items are keys and values in turn, from the page's end.
func (db bdb) items(page []byte, each func(func(int) []byte) bool) bool {
	entries := int(db.order.Uint16(page[20:]))
	for i := 1; i < entries && bdbHead+2*i+2 <= len(page); i += 2 {
		key, at := int(db.order.Uint16(page[bdbHead+2*i-2:])), int(db.order.Uint16(page[bdbHead+2*i:]))
		if at >= key || key > len(page) {
			continue
		}
		item := page[at:key] // the key was put just before it
		switch {
		case item[0] == bdbInline:
			if !each(func(most int) []byte { return item[1:min(len(item), 1+most)] }) {
				return false
			}
		case item[0] == bdbElsewhere && len(item) >= 12:
			first, length := db.order.Uint32(item[4:]), int(min(db.order.Uint32(item[8:]), maxRPMHeader))
			if !each(func(most int) []byte { return db.chain(first, min(length, most)) }) {
				return false
			}
		}
	}
	return true
}

// chain reads a blob that fills pages of its own, at most length bytes of it.
func (db bdb) chain(number uint32, length int) []byte {
	blob := make([]byte, 0, min(length, firstRPMHeader))
	for len(blob) < length && number != 0 {
		page := db.page(number)
		if page == nil || page[25] != bdbOverflow {
			break
		}
		part := int(db.order.Uint16(page[22:]))
		if part == 0 || bdbHead+part > len(page) {
			break
		}
		blob = append(blob, page[bdbHead:bdbHead+part]...)
		number = db.order.Uint32(page[16:])
	}
	return slices.Clip(blob[:min(length, len(blob))])
}
