package table

import "bytes"

// dialect is how a table is written.
type dialect struct {
	delimiter byte
	end       byte // of a row: \n, or \r in files from very old Macs
	comma     bool // is the decimal point
	header    bool
	encoding  string
	zipped    bool
}

// recordEnd finds where the first row of p ends: behind its end of line. It is not ok where p has
// to be longer to tell; final means that it never will be.
func (d dialect) recordEnd(p []byte, final bool) (end int, ok bool) {
	line := bytes.IndexByte(p, d.end)
	rest := p
	if line >= 0 {
		rest = p[:line]
	}
	if bytes.IndexByte(rest, '"') < 0 {
		if line >= 0 {
			return line + 1, true
		}
		return len(p), final && len(p) > 0
	}
	at := 0
	for {
		next, more, ok := d.fieldEnd(p, at, final)
		switch {
		case !ok:
			return 0, false
		case !more:
			return next, true
		}
		at = next
	}
}

// fieldEnd finds where the field that begins at ends. More tells that another one follows; next
// is then where it begins, otherwise where the row ends, behind its end of line.
func (d dialect) fieldEnd(p []byte, at int, final bool) (next int, more, ok bool) {
	if d.delimiter == ' ' {
		for at < len(p) && p[at] == ' ' {
			at++
		}
	}
	if at < len(p) && p[at] == '"' {
		closing, found := d.closing(p, at+1, final)
		if !found {
			return len(p), false, final
		}
		at = closing + 1
	}
	for i := at; i < len(p); i++ {
		switch p[i] {
		case d.delimiter:
			return i + 1, true, true
		case d.end:
			return i + 1, false, true
		}
	}
	return len(p), false, final && len(p) > 0
}

// closing finds the quote that ends a quoted cell. Quotes inside are doubled, or, as R's
// write.table does it, have a backslash before them.
func (d dialect) closing(p []byte, at int, final bool) (int, bool) {
	for {
		i := bytes.IndexByte(p[at:], '"')
		if i < 0 {
			return 0, false
		}
		i += at
		switch {
		case i+1 == len(p):
			return i, final
		case p[i+1] == '"':
			at = i + 2
		case d.escaped(p, i):
			at = i + 1
		default:
			return i, true
		}
	}
}

// escaped: a backslash stands before the quote at i, and no cell could end here. Where spaces
// separate, R wrote it, and it means what R means.
func (d dialect) escaped(p []byte, i int) bool {
	return p[i-1] == '\\' && (p[i+1] != d.delimiter || d.delimiter == ' ') && p[i+1] != '\n' && p[i+1] != '\r'
}

// maxFields bounds the columns of a table.
const maxFields = 1<<20 + 1

// split cuts a row, without its end of line, into its cells and appends them to fields. They
// share the row's memory, save for quoted ones with quotes in them.
func (d dialect) split(record []byte, fields [][]byte) [][]byte {
	if d.delimiter == ' ' {
		record = bytes.Trim(record, " ")
	}
	at := 0
	for len(fields) <= maxFields {
		if at < len(record) && record[at] == ' ' && d.delimiter == ' ' {
			at++
			continue
		}
		if at < len(record) && record[at] == '"' {
			if closing, found := d.closing(record, at+1, true); found {
				cell := unquote(record[at+1 : closing])
				behind := d.until(record, closing+1)
				if behind > closing+1 { // "a" b: not how quotes are meant, so nothing is taken off
					cell = record[at:behind]
				}
				fields = append(fields, cell)
				if behind == len(record) {
					return fields
				}
				at = behind + 1
				continue
			}
			return append(fields, record[at+1:])
		}
		end := d.until(record, at)
		fields = append(fields, record[at:end])
		if end == len(record) {
			return fields
		}
		at = end + 1
	}
	return fields
}

// until is where the next delimiter stands.
func (d dialect) until(record []byte, at int) int {
	if at >= len(record) {
		return len(record)
	}
	if i := bytes.IndexByte(record[at:], d.delimiter); i >= 0 {
		return at + i
	}
	return len(record)
}

func unquote(cell []byte) []byte {
	if bytes.IndexByte(cell, '"') < 0 {
		return cell
	}
	out := make([]byte, 0, len(cell))
	for i := 0; i < len(cell); i++ {
		if i+1 < len(cell) && (cell[i] == '"' || cell[i] == '\\') && cell[i+1] == '"' {
			i++
		}
		out = append(out, cell[i])
	}
	return out
}
