package inspect

import "encoding/binary"

// sqlite reads one table of an SQLite database: no library that can do that is small enough
// for the witness. A database is pages; a table is a tree of them, whose leaves hold rows; what
// does not fit into a leaf goes on in a chain of pages.
type sqlite struct {
	file *opened
	log  *sqliteLog
	page int // bytes of a page
	use  int // bytes of a page that hold content
	left int // pages of trees that may yet be read: those of a database made to run in circles
}

const (
	sqliteMagic              = "SQLite format 3\x00"
	sqliteInner, sqliteLeaf  = 5, 13
	maxSQLiteTree, maxSQLite = 16, 200_000 // depth and pages
)

// sqliteBlobs reads the blobs of RPM's table Packages.
func sqliteBlobs(file, log *opened) rpmBlobs {
	return func(each func(func(int) []byte) bool) {
		db, ok := newSQLite(file, log)
		if !ok {
			return
		}
		db.rows(db.root("Packages"), 0, func(c sqliteCell) bool {
			size, start := c.column(1)
			if start < 0 || size <= 0 {
				return true
			}
			return each(func(most int) []byte {
				content := c.content(start + min(size, most))
				return content[min(start, len(content)):]
			})
		})
	}
}

func newSQLite(file, log *opened) (*sqlite, bool) {
	head := file.at(0, 100)
	if len(head) < 100 || string(head[:16]) != sqliteMagic {
		return nil, false
	}
	db := &sqlite{file: file, left: maxSQLite, page: int(binary.BigEndian.Uint16(head[16:]))}
	if db.page == 1 {
		db.page = 64 << 10
	}
	db.use = db.page - int(head[20])
	if db.page < 512 || db.use < 480 {
		return nil, false
	}
	db.log = readSQLiteLog(log, db.page)
	return db, true
}

// read gives a page, the newest that was committed.
func (db *sqlite) read(number uint32) []byte {
	if number == 0 {
		return nil
	}
	page := db.log.read(number)
	if page == nil {
		page = db.file.at(int64(number-1)*int64(db.page), db.page)
	}
	if len(page) < db.page {
		return nil
	}
	return page
}

// root finds a table's first page, by the schema, which is itself a table whose first page is
// the first: type, name, table, page, SQL.
func (db *sqlite) root(table string) (page uint32) {
	db.rows(1, 0, func(c sqliteCell) bool {
		const longest = 4 << 10
		content := c.content(longest)
		text := func(column int) string {
			size, start := c.column(column)
			if start < 0 || start+size > len(content) {
				return ""
			}
			return string(content[start : start+size])
		}
		if text(0) != "table" || text(1) != table {
			return true
		}
		for _, b := range []byte(text(3)) {
			page = page<<8 | uint32(b)
		}
		return false
	})
	return page
}

// rows walks a table's tree.
func (db *sqlite) rows(number uint32, depth int, each func(sqliteCell) bool) bool {
	page := db.read(number)
	if db.left--; page == nil || depth > maxSQLiteTree || db.left < 0 {
		return true
	}
	head := page
	if number == 1 {
		head = page[100:]
	}
	count := int(binary.BigEndian.Uint16(head[3:]))
	switch head[0] {
	case sqliteInner:
		for _, at := range cells(head[12:], count) {
			if at+4 <= len(page) && !db.rows(binary.BigEndian.Uint32(page[at:]), depth+1, each) {
				return false
			}
		}
		return db.rows(binary.BigEndian.Uint32(head[8:]), depth+1, each)
	case sqliteLeaf:
		for _, at := range cells(head[8:], count) {
			if c, ok := db.cell(page, at); ok && !each(c) {
				return false
			}
		}
	}
	return true
}

// cells are the places of a page's cells.
func cells(array []byte, count int) []int {
	places := make([]int, 0, min(count, len(array)/2))
	for ; count > 0 && len(array) >= 2; count-- {
		places, array = append(places, int(binary.BigEndian.Uint16(array))), array[2:]
	}
	return places
}
