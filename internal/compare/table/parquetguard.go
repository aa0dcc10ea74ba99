package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// The library decodes what a file claims: it takes memory for as many elements, bytes and values
// as headers say. So everything that is claimed is looked at before it gets to see it.

const (
	maxFooter     = 32 << 20
	maxStructs    = 300_000
	maxListed     = 3_000_000
	maxPage       = 128 << 20
	maxPageValues = 16 << 20
	maxPageHeader = 1 << 20
)

// openParquet opens a file whose footer can be decoded.
func openParquet(c kind.Content) (*parquetFile, error) {
	if c.Size < 12 {
		return nil, kind.Other("it is no Parquet file")
	}
	var ends [12]byte
	for _, one := range []struct {
		p  []byte
		at int64
	}{{ends[:4], 0}, {ends[4:], c.Size - 8}} {
		if err := readExactly(c, one.p, one.at); err != nil {
			return nil, err
		}
	}
	switch {
	case string(ends[:4]) == "PARE" || string(ends[8:]) == "PARE":
		return nil, kind.Other("it is encrypted")
	case string(ends[:4]) != "PAR1":
		return nil, kind.Other("it is no Parquet file")
	case string(ends[8:]) != "PAR1":
		return nil, kind.Other("its end is missing, as if it were cut off")
	}
	size := int64(binary.LittleEndian.Uint32(ends[4:]))
	if size > c.Size-12 || size > maxFooter {
		return nil, kind.Other("its footer is damaged or too large")
	}
	footer := make([]byte, size)
	if err := readExactly(c, footer, c.Size-8-size); err != nil {
		return nil, err
	}
	w := thriftWalk{p: footer}
	if err := w.fields(nil); err != nil || w.structs > maxStructs || w.lists > maxListed {
		return nil, kind.Other("its footer is damaged or too large")
	}
	return openUnpacked(c, footer)
}

// openUnpacked opens a file as if its pages were not compressed, so that pages are decompressed
// here, where it is known how large they may become.
func openUnpacked(c kind.Content, footer []byte) (*parquetFile, error) {
	f := &parquetFile{content: c}
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), footer, &f.meta); err != nil {
		return nil, parquetError(err)
	}
	plain := f.meta
	plain.RowGroups = slices.Clone(plain.RowGroups)
	for i := range plain.RowGroups {
		plain.RowGroups[i].Columns = slices.Clone(plain.RowGroups[i].Columns)
		for k := range plain.RowGroups[i].Columns {
			m := &plain.RowGroups[i].Columns[k].MetaData
			m.Codec, m.DataPageOffset, m.DictionaryPageOffset, m.TotalCompressedSize = format.Uncompressed, 0, 0, math.MaxInt64/2
		}
	}
	tail, err := thrift.Marshal(new(thrift.CompactProtocol), &plain)
	if err != nil {
		return nil, parquetError(err)
	}
	tail = binary.LittleEndian.AppendUint32(tail, uint32(len(tail)))
	over := overlay{c, c.Size - 8 - int64(len(footer)), append(tail, "PAR1"...)}
	opened, err := parquet.OpenFile(over, over.cut+int64(len(over.tail)), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, parquetError(err)
	}
	f.opened = opened
	return f, nil
}

// parquetFile is a file whose footer was decoded. Opened
// believes that chunks begin at 0 and are not compressed: a chunkReader makes it so.
type parquetFile struct {
	content kind.Content
	meta    format.FileMetaData
	opened  *parquet.File
}

// overlay is content with another end from some place on.
type overlay struct {
	io.ReaderAt
	cut  int64
	tail []byte
}

func (o overlay) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	if at < o.cut {
		var err error
		if n, err = o.ReaderAt.ReadAt(p[:min(int64(len(p)), o.cut-at)], at); err != nil || n == len(p) {
			return n, err
		}
		at = o.cut
	}
	m, err := bytes.NewReader(o.tail).ReadAt(p[n:], at-o.cut)
	return n + m, err
}

// pageHead is what matters of a page's header.
type pageHead struct {
	length                   int64 // of the header itself
	sort                     int64
	uncompressed, compressed int64
	values                   int64
	levels                   int64 // bytes before the compressed part, in version 2
	crc                      *int64
	plain                    bool // version 2 says that nothing is compressed
}

func readPageHead(p []byte) (pageHead, error) {
	var h pageHead
	w := thriftWalk{p: p}
	into := func(sort byte, n *int64) (bool, error) {
		if sort < 4 || sort > 6 {
			return false, nil
		}
		v, err := w.number()
		*n = v
		return true, err
	}
	version2 := func(id int, sort byte) (bool, error) {
		switch id {
		case 1:
			return into(sort, &h.values)
		case 5, 6:
			n := int64(0)
			done, err := into(sort, &n)
			if n < 0 || n > maxPage {
				return done, errThrift
			}
			h.levels += n
			return done, err
		case 7:
			h.plain = sort == thriftFalse
		}
		return false, nil
	}
	values := func(id int, sort byte) (bool, error) {
		if id == 1 {
			return into(sort, &h.values)
		}
		return false, nil
	}
	err := w.fields(func(id int, sort byte) (bool, error) {
		switch {
		case id == 1:
			return into(sort, &h.sort)
		case id == 2:
			return into(sort, &h.uncompressed)
		case id == 3:
			return into(sort, &h.compressed)
		case id == 4:
			h.crc = new(int64)
			return into(sort, h.crc)
		case (id == 5 || id == 7) && sort == thriftStruct:
			return true, w.fields(values)
		case id == 8 && sort == thriftStruct:
			return true, w.fields(version2)
		}
		return false, nil
	})
	h.length = int64(len(p) - len(w.p))
	return h, err
}

// readExactly fills p from a place that the content itself named.
func readExactly(c kind.Content, p []byte, at int64) error {
	if at < 0 || at > c.Size-int64(len(p)) {
		return kind.Other("it names places that it does not have")
	}
	n, err := c.ReadAt(p, at)
	switch {
	case n == len(p):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return kind.Other("it is cut off")
	}
	return err
}

// sameStored tells whether two stretches of files are the same bytes.
func sameStored(a, b kind.Content, atA, atB, n int64) (bool, error) {
	x, y := make([]byte, 256<<10), make([]byte, 256<<10)
	for n > 0 {
		step := min(n, int64(len(x)))
		if err := readExactly(a, x[:step], atA); err != nil {
			return false, err
		}
		if err := readExactly(b, y[:step], atB); err != nil {
			return false, err
		}
		if !bytes.Equal(x[:step], y[:step]) {
			return false, nil
		}
		atA, atB, n = atA+step, atB+step, n-step
	}
	return true, nil
}
