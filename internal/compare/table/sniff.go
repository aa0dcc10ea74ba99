package table

import (
	"bytes"
	"context"
	"path"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

const (
	sampleSize = 1 << 20
	sampleRows = 1000
)

// layout is what a sample of a file tells of it.
type layout struct {
	dialect
	names     []string // of the columns; nil without a header
	comments  [][]byte // lines before the table that begin with #
	columns   int
	commaOpen bool // the sample does not tell whether commas are decimal points
	ragged    bool // not even in the sample do all rows have as many cells
	preamble  int64
}

// sniff finds out how a table is written. Wanted are the names that rules speak of: a first row
// that has one of them is the header.
func sniff(s source, rules petri.FileRules) (layout, error) {
	p, final, err := s.text()
	if err != nil {
		return layout{}, err
	}
	if err := notText(p); err != nil {
		return layout{}, err
	}
	l := layout{dialect: dialect{end: '\n', encoding: s.encoding, zipped: s.zipped}}
	if bytes.IndexByte(p, '\n') < 0 && bytes.IndexByte(p, '\r') >= 0 {
		l.end = '\r'
	}
	p = l.takeComments(p)
	if err := l.findDelimiter(p, final, path.Ext(strings.TrimSuffix(s.content.Path, ".gz"))); err != nil {
		return layout{}, err
	}
	records := sampleRecords(l.dialect, p, final)
	if l.delimiter == ';' {
		l.comma, l.commaOpen = decimalComma(records)
	}
	l.findHeader(records, rules)
	return l, nil
}

// text is a sample of a source, with two whole lines in it if it has them; final tells that there
// is no more.
func (s source) text() (p []byte, final bool, err error) {
	size := sampleSize
	if s.plain() {
		size = int(min(s.content.Size+1, sampleSize))
	}
	for ; ; size *= 4 {
		p = make([]byte, size)
		n, err := s.sample(p)
		if err != nil || n < size {
			return p[:n], true, err
		}
		if bytes.Count(p, []byte("\n")) >= 2 || bytes.Count(p, []byte("\r")) >= 2 {
			return p, false, nil
		}
		if size > maxRecord {
			return nil, false, kind.Other("it has a row of more than %s MiB", count(maxRecord>>20))
		}
	}
}

// notText refuses what is plainly something else.
func notText(p []byte) error {
	control := 0
	for _, c := range p[:min(len(p), 64<<10)] {
		switch {
		case c == 0:
			return kind.Other("it is not text")
		case c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f':
			control++
		}
	}
	if control > 8 && control > min(len(p), 64<<10)/100 {
		return kind.Other("it is not text")
	}
	start := strings.ToLower(string(bytes.TrimSpace(p[:min(len(p), 512)])))
	for _, page := range []string{"<!doctype", "<html", "<head", "<body"} {
		if strings.HasPrefix(start, page) {
			return kind.Other("it is a web page, perhaps one that tells of an error")
		}
	}
	switch {
	case strings.HasPrefix(start, "<?xml"):
		return kind.Other("it is XML")
	case strings.HasPrefix(start, "{\""), strings.HasPrefix(start, "{\n"), strings.HasPrefix(start, "[{"), strings.HasPrefix(start, "[["):
		return kind.Other("it is JSON")
	case strings.HasPrefix(start, "%pdf-"):
		return kind.Other("it is a PDF")
	}
	return nil
}

// takeComments takes the lines off p that begin with #, as numpy.savetxt writes them.
func (l *layout) takeComments(p []byte) []byte {
	for len(p) > 0 && p[0] == '#' {
		line := bytes.IndexByte(p, l.end)
		if line < 0 {
			break
		}
		l.comments = append(l.comments, bytes.Clone(bytes.TrimRight(p[:line], "\r\n")))
		l.preamble += int64(line + 1)
		p = p[line+1:]
	}
	return p
}

// sampleRecords are the rows of a sample; the last one counts only where it is whole.
func sampleRecords(d dialect, p []byte, final bool) [][][]byte {
	r := rows{window: &window{cur: p, eof: final}, dialect: d, ctx: context.Background()}
	var records [][][]byte
	fields := 0
	for len(records) < sampleRows && fields < maxFields {
		end, ok := r.recordEnd(r.cur, final)
		if !ok {
			break
		}
		if record := r.trim(r.cur[:end]); len(record) > 0 {
			records = append(records, r.split(record, nil))
			fields += len(records[len(records)-1])
		}
		r.skip(end)
	}
	return records
}

// candidates are the delimiters by how sure they are: a comma may also be a decimal point, and
// a space may stand in any cell.
func candidates(extension string) []byte {
	if extension == ".csv" {
		return []byte{';', ',', '\t', '|', ' '}
	}
	return []byte{'\t', ';', ',', '|', ' '}
}

// shape is how a sample looks with one delimiter.
type shape struct {
	columns int     // that most rows have
	share   float64 // of rows that have as many
	first   int     // that the first row has
	many    float64 // share of rows that have more than one
}

func shapeOf(records [][][]byte) shape {
	if len(records) == 0 {
		return shape{}
	}
	s := shape{first: len(records[0])}
	if len(records) > 1 {
		records = records[1:] // R's headers are one cell short
	}
	often := map[int]int{}
	many := 0
	for _, record := range records {
		n := len(record)
		often[n]++
		if often[n] > often[s.columns] || often[n] == often[s.columns] && n > s.columns {
			s.columns = n
		}
		if n > 1 {
			many++
		}
	}
	s.share = float64(often[s.columns]) / float64(len(records))
	if len(records) == often[s.columns]+1 { // one may be cut off
		s.share = max(s.share, 0.95)
	}
	s.many = float64(many) / float64(len(records))
	return s
}

// findDelimiter takes the first delimiter with which all rows have as many cells as the header,
// or one fewer (R's row names have no heading), else one with which most have.
func (l *layout) findDelimiter(p []byte, final bool, extension string) error {
	var loose byte
	var looseShape shape
	mixed := false
	for _, delimiter := range candidates(extension) {
		d := l.dialect
		d.delimiter = delimiter
		s := shapeOf(sampleRecords(d, p, final))
		if s.columns >= 2 && s.share >= 0.9 && (s.first == s.columns || s.first == s.columns-1) {
			l.delimiter, l.columns, l.ragged = delimiter, s.columns, s.share < 1
			return nil
		}
		if s.columns >= 2 && s.share > looseShape.share {
			loose, looseShape = delimiter, s
		}
		mixed = mixed || delimiter != ' ' && s.many > 0.1
	}
	switch {
	case looseShape.share >= 0.7 && loose != ' ' || looseShape.share >= 0.9:
		l.delimiter, l.columns, l.ragged = loose, looseShape.columns, true
	case mixed:
		return kind.Other("its rows differ in how many cells they have")
	default:
		l.columns = 1 // no delimiter: a single column
	}
	return nil
}

// decimalComma: some cell is a number only with a decimal comma, none with a point, and not all of
// them could be thousands. Open: nothing speaks for either.
func decimalComma(records [][][]byte) (sure, open bool) {
	for _, record := range records {
		for _, cell := range record {
			trimmed := bytes.TrimSpace(cell)
			if len(trimmed) > maxNumber {
				continue
			}
			if bytes.IndexByte(trimmed, '.') >= 0 {
				if _, ok := readNumber(trimmed, false); ok {
					return false, false
				}
			}
			if i := bytes.IndexByte(trimmed, ','); i >= 0 {
				_, ok := readNumber(trimmed, true)
				behind := trimmed[i+1:]
				whole := bytes.TrimLeft(trimmed[:i], "+-")
				sure = sure || ok && (len(behind) != 3 || len(whole) > 3 || len(whole) == 0 || whole[0] == '0')
			}
		}
	}
	return sure, !sure
}

// findHeader: the first row names the columns unless it has numbers in it, or twice the same.
func (l *layout) findHeader(records [][][]byte, rules petri.FileRules) {
	if len(l.comments) > 0 && l.commentHeader(records) {
		return
	}
	if len(records) == 0 {
		l.columns, l.names = 0, []string{}
		return
	}
	first := records[0]
	l.header = asked(first, rules) || l.looksLikeHeader(first, records[1:])
	if !l.header {
		return
	}
	l.names = nameColumns(first)
	if len(first) == l.columns-1 && len(records) > 1 {
		l.names = append([]string{""}, l.names...)
	}
}

func nameColumns(first [][]byte) []string {
	names := make([]string, len(first))
	for i, name := range first {
		names[i] = strings.TrimSpace(utf8Text(name))
	}
	return names
}

// asked: rules name a column of that row.
func asked(first [][]byte, rules petri.FileRules) bool {
	for _, name := range first {
		for _, key := range rules.Keys {
			if string(name) == key {
				return true
			}
		}
		for _, column := range rules.Columns {
			if string(name) == column.Name {
				return true
			}
		}
	}
	return false
}

// looksLikeHeader also takes years over the columns of a wide table for names: whole numbers, each
// one once, behind at least one word.
func (l *layout) looksLikeHeader(first [][]byte, rest [][][]byte) bool {
	seen := make(map[string]bool, len(first))
	numbers, plain := 0, 0
	for _, name := range first {
		if len(name) > 0 && seen[string(name)] {
			return false
		}
		seen[string(name)] = true
		c := readCell(name, l.comma)
		switch {
		case c.form == number && bytes.IndexByte(name, '.') < 0 && len(name) == 4:
			plain++
		case c.form == number:
			numbers++
		}
	}
	switch {
	case numbers > 0:
		return false
	case plain == 0:
		return true
	}
	return len(first) > plain && plain >= 2 && len(rest) > 0 && readCell(first[0], l.comma).form != number
}

// commentHeader: the last comment names the columns, as numpy.savetxt writes them.
func (l *layout) commentHeader(records [][][]byte) bool {
	last := bytes.TrimSpace(bytes.TrimLeft(l.comments[len(l.comments)-1], "#"))
	fields := l.split(last, nil)
	if len(fields) != l.columns || len(fields) < 2 || len(records) > 0 && l.looksLikeHeader(records[0], records[1:]) {
		return false
	}
	l.names = nameColumns(fields)
	l.comments = l.comments[:len(l.comments)-1]
	return true
}
