package inspect

import "encoding/binary"

// sqliteCell is a row: its beginning, as it stands in a leaf, and where it goes on.
type sqliteCell struct {
	db    *sqlite
	local []byte
	next  uint32
	size  int
}

// cell reads a leaf's cell: the length of its content, its number, and of the content as much
// as SQLite's rules keep in the leaf.
func (db *sqlite) cell(page []byte, at int) (sqliteCell, bool) {
	if at >= len(page) {
		return sqliteCell{}, false
	}
	size, n := varint(page[at:])
	_, m := varint(page[min(at+n, len(page)):])
	if n == 0 || m == 0 || size > maxRPMHeader {
		return sqliteCell{}, false
	}
	c := sqliteCell{db: db, size: int(size)}
	local := c.size
	if local > db.use-35 {
		least := (db.use-12)*32/255 - 23
		local = least + (c.size-least)%(db.use-4)
		if local > db.use-35 {
			local = least
		}
	}
	begin := at + n + m
	if begin+local > len(page) {
		return sqliteCell{}, false
	}
	c.local = page[begin : begin+local]
	if local < c.size {
		if begin+local+4 > len(page) {
			return sqliteCell{}, false
		}
		c.next = binary.BigEndian.Uint32(page[begin+local:])
	}
	return c, true
}

// content is the row's first bytes, at most most.
func (c sqliteCell) content(most int) []byte {
	most = min(most, c.size)
	content := append(make([]byte, 0, min(most, 64<<10)), c.local[:min(len(c.local), most)]...)
	for next := c.next; len(content) < most && next != 0; {
		page := c.db.read(next)
		if page == nil {
			break
		}
		content = append(content, page[4:min(c.db.use, 4+most-len(content))]...)
		next = binary.BigEndian.Uint32(page)
	}
	return content
}

// column tells how long a column's value is and where in the content it starts; -1 where the
// row has no such column. The content begins with its head: the head's length, and a number
// for each column that tells its type and length.
func (c sqliteCell) column(wanted int) (size, start int) {
	head, n := varint(c.local)
	if n == 0 || head > uint64(len(c.local)) {
		return 0, -1
	}
	types, start := c.local[n:max(n, int(head))], int(head)
	for column := 0; ; column++ {
		kind, n := varint(types)
		if n == 0 {
			return 0, -1
		}
		types = types[n:]
		size := valueSize(kind)
		if column == wanted {
			return size, start
		}
		if start += size; start > c.size {
			return 0, -1
		}
	}
}

func valueSize(kind uint64) int {
	switch {
	case kind >= 12:
		return int(min((kind-12)/2, maxRPMHeader))
	case kind == 6 || kind == 7:
		return 8
	case kind == 5:
		return 6
	case kind <= 4:
		return int(kind)
	}
	return 0
}

// varint reads SQLite's numbers: seven bits a byte, high first, the ninth byte whole. n is 0
// where there is none.
func varint(b []byte) (value uint64, n int) {
	for i, c := range b {
		if i == 8 {
			return value<<8 | uint64(c), 9
		}
		value = value<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return value, i + 1
		}
	}
	return 0, 0
}
