package table

import (
	"bytes"
	"context"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// rows reads the rows of one file, forward.
type rows struct {
	*window
	dialect
	ctx    context.Context
	number int64 // of the row that next gave; the first one is 1
	fields [][]byte
	// start and length are where that row stands in the stream.
	start  int64
	length int
	open   bool // the last row ends within a quoted cell
}

// next is the next row without its end of line; nil at the end. It holds until the next call.
// Empty lines are no rows.
func (r *rows) next() ([]byte, error) {
	for {
		end, err := r.find()
		if err != nil || end == 0 {
			return nil, err
		}
		record := r.cur[:end]
		if r.eof && end == len(r.cur) && record[end-1] != r.end {
			r.open = bytes.Count(record, []byte{'"'})%2 == 1
		}
		r.start, r.length = r.offset, end
		r.skip(end)
		if record = r.trim(record); len(record) > 0 {
			r.number++
			return record, nil
		}
	}
}

// find shows a whole row and says where it ends; 0 at the end of all.
func (r *rows) find() (int, error) {
	for {
		if end, ok := r.recordEnd(r.cur, r.eof); ok {
			return end, nil
		}
		if r.eof {
			return 0, nil
		}
		if err := context.Cause(r.ctx); err != nil {
			return 0, err
		}
		// What is looked through again and again grows by half each time.
		for want := len(r.cur) + len(r.cur)/2; ; {
			if err := r.more(r.ctx); err != nil {
				return 0, err
			}
			if r.eof || len(r.cur) >= want {
				break
			}
		}
	}
}

// trim takes off the end of line.
func (r *rows) trim(record []byte) []byte {
	if n := len(record); n > 0 && record[n-1] == r.end {
		record = record[:n-1]
	}
	if n := len(record); n > 0 && record[n-1] == '\r' {
		record = record[:n-1]
	}
	return record
}

// cells splits a row; they hold until the next call.
func (r *rows) cells(record []byte) ([][]byte, error) {
	r.fields = r.split(record, r.fields[:0])
	if len(r.fields) > maxFields {
		return nil, kind.Other("it has more than %s columns", count(maxFields-1))
	}
	return r.fields, nil
}

// wholeRows counts the rows that end within p, which begins where a row does, and says where
// the last of them ends.
func (r *rows) wholeRows(p []byte) (n int64, end int) {
	if bytes.IndexByte(p, '"') < 0 {
		end = bytes.LastIndexByte(p, r.end) + 1
		return r.lines(p[:end]), end
	}
	for {
		next, ok := r.recordEnd(p[end:], false)
		if !ok {
			return n, end
		}
		if len(r.trim(p[end:end+next])) > 0 {
			n++
		}
		end += next
	}
}

// lines counts the lines of p that are not empty.
func (r *rows) lines(p []byte) int64 {
	n := int64(bytes.Count(p, []byte{r.end}))
	if len(p) == 0 {
		return 0
	}
	empty := p[0] == r.end || p[0] == '\r' || bytes.Contains(p, []byte{r.end, r.end}) || bytes.Contains(p, []byte("\n\r"))
	if !empty {
		return n
	}
	n = 0
	for line := range bytes.SplitSeq(p, []byte{r.end}) {
		if len(r.trim(line)) > 0 {
			n++
		}
	}
	return n
}

// countAll reads on to the end and counts the rows.
func (r *rows) countAll() (int64, error) {
	for {
		n, end := r.wholeRows(r.cur)
		r.number += n
		r.skip(end)
		if end == 0 && r.eof {
			record, err := r.next()
			if record == nil || err != nil {
				return r.number, err
			}
			continue
		}
		if end == 0 {
			if _, err := r.find(); err != nil {
				return 0, err
			}
			continue
		}
		if err := r.more(r.ctx); err != nil {
			return 0, err
		}
	}
}
