package table

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// parquetLeaf is a column without columns below it.
type parquetLeaf struct {
	name     string // its path: fit.coef.list.element
	index    int
	column   *parquet.Column
	kind     parquet.Kind
	class    string // only values of one class are compared
	typeText string
	unit     time.Duration // of times and instants
	scale    int
	unsigned bool
	decimal  bool
	half     bool
	nested   bool // in a list
}

func leavesOf(c *parquet.Column, scales []int32, out []parquetLeaf) []parquetLeaf {
	if c.Leaf() {
		l := newLeaf(c)
		if l.index >= 0 && l.index < len(scales) {
			l.scale = int(scales[l.index])
		}
		return append(out, l)
	}
	for _, below := range c.Columns() {
		out = leavesOf(below, scales, out)
	}
	return out
}

func newLeaf(c *parquet.Column) parquetLeaf {
	t := c.Type()
	l := parquetLeaf{name: strings.Join(c.Path(), "."), index: c.Index(), column: c, kind: t.Kind(), typeText: t.String()}
	l.nested = c.MaxRepetitionLevel() > 0
	switch t.Kind() {
	case parquet.Boolean:
		l.class = "truth"
	case parquet.Int96:
		l.class, l.unit = "instants", time.Nanosecond
	case parquet.ByteArray, parquet.FixedLenByteArray:
		l.class = "text"
	default:
		l.class = "numbers"
	}
	l.byConverted(t.ConvertedType())
	if logical := t.LogicalType(); logical != nil {
		l.byLogical(logical)
	}
	return l
}

func (l *parquetLeaf) byLogical(t *format.LogicalType) {
	switch v := t.Value.(type) {
	case *format.DateType:
		l.class = "dates"
	case *format.TimestampType:
		l.class, l.unit = "instants", unitOf(v.Unit)
	case *format.TimeType:
		l.class, l.unit = "times", unitOf(v.Unit)
	case *format.IntType:
		l.unsigned = !v.IsSigned
	case *format.DecimalType:
		l.class, l.decimal = "numbers", true
	case *format.Float16Type:
		l.class, l.half = "numbers", true
	}
}

func unitOf(u format.TimeUnit) time.Duration {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return time.Millisecond
	case *format.MicroSeconds:
		return time.Microsecond
	}
	return time.Nanosecond
}

// byConverted knows the older way to write what values mean.
func (l *parquetLeaf) byConverted(t *deprecated.ConvertedType) {
	if t == nil {
		return
	}
	switch *t {
	case deprecated.Date:
		l.class = "dates"
	case deprecated.TimestampMillis:
		l.class, l.unit = "instants", time.Millisecond
	case deprecated.TimestampMicros:
		l.class, l.unit = "instants", time.Microsecond
	case deprecated.TimeMillis:
		l.class, l.unit = "times", time.Millisecond
	case deprecated.TimeMicros:
		l.class, l.unit = "times", time.Microsecond
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		l.unsigned = true
	case deprecated.Decimal:
		l.class, l.decimal = "numbers", true
	}
}

// cell is a value as its column means it.
func (l *parquetLeaf) cell(v *parquet.Value) cell {
	if v.IsNull() {
		return cell{text: "null"}
	}
	switch v.Kind() {
	case parquet.Boolean:
		return truth(v.Boolean())
	case parquet.Float:
		return single(v.Float())
	case parquet.Double:
		return float(v.Double())
	case parquet.Int96:
		return int96(v.Int96())
	case parquet.Int32, parquet.Int64:
		return l.whole(v)
	}
	return l.bytes(v.ByteArray())
}

func (l *parquetLeaf) whole(v *parquet.Value) cell {
	n := v.Int64()
	if v.Kind() == parquet.Int32 {
		n = int64(v.Int32())
	}
	switch {
	case l.decimal:
		return decimal(big.NewInt(n), l.scale)
	case l.unsigned && v.Kind() == parquet.Int32:
		return unsigned(uint64(v.Uint32()))
	case l.unsigned:
		return unsigned(v.Uint64())
	case l.class == "dates":
		return text(time.Unix(n*86400, 0).UTC().Format("2006-01-02"))
	case l.class == "times":
		return text(time.Unix(0, n*int64(l.unit)).UTC().Format("15:04:05.999999999"))
	case l.class == "instants":
		per := int64(time.Second / l.unit)
		return instant(floorDiv(n, per), (n-floorDiv(n, per)*per)*int64(l.unit))
	}
	return integer(n)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func instant(seconds, nanos int64) cell {
	return text(time.Unix(seconds, nanos).UTC().Format("2006-01-02T15:04:05.999999999"))
}

// int96 is an instant as old writers have it: nanoseconds of a Julian day.
func int96(v deprecated.Int96) cell {
	nanos := int64(uint64(v[1])<<32 | uint64(v[0]))
	return instant((int64(v[2])-2440588)*86400+floorDiv(nanos, 1e9), nanos-floorDiv(nanos, 1e9)*1e9)
}

func (l *parquetLeaf) bytes(p []byte) cell {
	switch {
	case l.half && len(p) == 2:
		return single(half(uint16(p[0]) | uint16(p[1])<<8))
	case l.decimal && len(p) <= 64:
		n := new(big.Int).SetBytes(p)
		if len(p) > 0 && p[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(p))))
		}
		return decimal(n, l.scale)
	case utf8.Valid(p):
		return text(string(p))
	}
	return text("0x" + hex.EncodeToString(p))
}

// decimal is n × 10^-scale, exactly.
func decimal(n *big.Int, scale int) cell {
	if scale < 0 || scale > maxExact/2 {
		return text(fmt.Sprintf("%se-%d", n, scale))
	}
	sign, digits := "", n.String()
	if n.Sign() < 0 {
		sign, digits = "-", digits[1:]
	}
	for len(digits) <= scale {
		digits = "0" + digits
	}
	s := sign + digits
	if scale > 0 {
		s = sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	c, ok := readNumber([]byte(s), false)
	if !ok {
		return text(s)
	}
	if c.text = s; scale > 0 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	c.exact = s
	return c
}

// cursor gives the values of a column, one by one. A value holds until the next is asked for.
type cursor interface {
	peek() (*parquet.Value, error) // nil at the end
	advance()
}

// leafCursor reads a column from all row groups.
type leafCursor struct {
	chunk  chunkReader
	index  int
	group  int
	pages  *parquet.FilePages
	page   parquet.Page
	left   int64 // values that may still come
	values parquet.ValueReader
	buf    []parquet.Value
	at, n  int
}

func newLeafCursor(f *parquetFile, l *parquetLeaf) *leafCursor {
	return &leafCursor{
		chunk: chunkReader{file: f, column: l.column}, index: l.index,
		left: f.budget(), buf: make([]parquet.Value, 1024),
	}
}

func (c *leafCursor) advance() { c.at++ }

func (c *leafCursor) peek() (*parquet.Value, error) {
	for c.at >= c.n {
		more, err := c.fill()
		if err != nil || !more {
			return nil, err
		}
	}
	return &c.buf[c.at], nil
}

// fill reads on; there is no more when it says so.
func (c *leafCursor) fill() (more bool, err error) {
	defer guard("Parquet", &err)
	if c.values != nil {
		n, err := c.values.ReadValues(c.buf)
		c.at, c.n = 0, n
		if err != nil && !errors.Is(err, io.EOF) {
			return false, parquetError(err)
		}
		if n > 0 {
			c.left -= int64(n)
			if c.left < 0 {
				return false, kind.Other("it has far more values than its size lets expect")
			}
			return true, nil
		}
		parquet.Release(c.page)
		c.values, c.page = nil, nil
	}
	if c.pages == nil {
		return c.nextGroup()
	}
	page, err := c.pages.ReadPage()
	switch {
	case c.chunk.err != nil:
		return false, c.chunk.err
	case errors.Is(err, io.EOF):
		c.pages.Close()
		c.pages = nil
		return true, nil
	case err != nil:
		return false, parquetError(err)
	}
	c.page, c.values = page, page.Values()
	return true, nil
}

func (c *leafCursor) nextGroup() (more bool, err error) {
	groups := c.chunk.file.meta.RowGroups
	if c.group >= len(groups) {
		return false, nil
	}
	if err := c.chunk.open(&groups[c.group].Columns[c.index].MetaData); err != nil {
		return false, err
	}
	chunk, ok := c.chunk.file.opened.RowGroups()[c.group].ColumnChunks()[c.index].(*parquet.FileColumnChunk)
	if !ok {
		return false, kind.Other("its row groups cannot be read")
	}
	c.pages = chunk.PagesFrom(&c.chunk)
	c.group++
	return true, nil
}

func (c *leafCursor) close() {
	if c.page != nil {
		parquet.Release(c.page)
	}
	if c.pages != nil {
		c.pages.Close()
	}
	c.chunk.close()
}

func parquetError(err error) error {
	return kind.Other("it cannot be read as Parquet: %s", kind.Clip(err.Error(), 100))
}
