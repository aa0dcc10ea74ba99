package table

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
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
func openParquet(c kind.Content) (*parquet.File, error) {
	if c.Size < 12 {
		return nil, other("it is no Parquet file")
	}
	var ends [12]byte
	for _, one := range []struct {
		p  []byte
		at int64
	}{{ends[:4], 0}, {ends[4:], c.Size - 8}} {
		if n, err := c.ReadAt(one.p, one.at); n < len(one.p) {
			return nil, err
		}
	}
	switch {
	case string(ends[:4]) == "PARE" || string(ends[8:]) == "PARE":
		return nil, other("it is encrypted")
	case string(ends[:4]) != "PAR1":
		return nil, other("it is no Parquet file")
	case string(ends[8:]) != "PAR1":
		return nil, other("its end is missing, as if it were cut off")
	}
	size := int64(binary.LittleEndian.Uint32(ends[4:]))
	if size > c.Size-12 || size > maxFooter {
		return nil, other("its footer is damaged or too large")
	}
	footer := make([]byte, size)
	if n, err := c.ReadAt(footer, c.Size-8-size); n < len(footer) {
		return nil, err
	}
	w := thriftWalk{p: footer}
	if err := w.fields(nil); err != nil || w.structs > maxStructs || w.lists > maxListed {
		return nil, other("its footer is damaged or too large")
	}
	f, err := parquet.OpenFile(c, c.Size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, other("it cannot be read as Parquet: %s", clip(err.Error(), 100))
	}
	return f, nil
}

// pageHead is what matters of a page's header.
type pageHead struct {
	length                   int64 // of the header itself
	sort                     int64
	uncompressed, compressed int64
	values                   int64
	levels                   int64 // bytes before the compressed part, in version 2
	plain                    bool  // version 2 says that nothing is compressed
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

// checkChunk goes through the pages of a column chunk and refuses those that would take too much.
// Budget is how many values are left for the whole file.
func checkChunk(c kind.Content, m *format.ColumnMetaData, budget *int64) error {
	from := m.DataPageOffset
	if m.DictionaryPageOffset > 0 && m.DictionaryPageOffset < from {
		from = m.DictionaryPageOffset
	}
	end := from + m.TotalCompressedSize
	if from < 4 || m.TotalCompressedSize < 0 || end > c.Size || end < from || m.NumValues < 0 {
		return other("its footer names places that the file does not have")
	}
	buf := make([]byte, 4096)
	for at := from; at < end; {
		h, err := pageHeadAt(c, buf, at, end)
		if err != nil {
			return err
		}
		at += h.length
		switch {
		case h.compressed < 0 || h.uncompressed < 0 || h.values < 0 || h.compressed > end-at || h.levels > h.compressed:
			return other("a page of it is damaged")
		case h.compressed > maxPage || h.uncompressed > maxPage || h.values > maxPageValues:
			return other("it has a page too large to be read: %s values, %s bytes", count(h.values), count(h.uncompressed))
		}
		if *budget -= h.values; *budget < 0 {
			return other("it claims far more values than its size lets expect")
		}
		if !h.plain {
			if err := checkPacked(c, m.Codec, at+h.levels, h.compressed-h.levels); err != nil {
				return err
			}
		}
		at += h.compressed
	}
	return nil
}

// pageHeadAt reads a header whose length is not known before.
func pageHeadAt(c kind.Content, buf []byte, at, end int64) (pageHead, error) {
	for size := int64(len(buf)); ; size *= 16 {
		if size > int64(len(buf)) {
			buf = make([]byte, size)
		}
		n, err := c.ReadAt(buf[:min(size, end-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return pageHead{}, err
		}
		h, err := readPageHead(buf[:n])
		if err == nil {
			return h, nil
		}
		if int64(n) < size || size >= maxPageHeader {
			return h, other("a page of it is damaged")
		}
	}
}

// checkPacked finds out how long a page becomes, and refuses bombs.
func checkPacked(c kind.Content, codec format.CompressionCodec, at, size int64) error {
	r := io.NewSectionReader(c, at, size)
	var unpacked io.Reader
	switch codec {
	case format.Uncompressed:
		return nil
	case format.Snappy:
		var head [binary.MaxVarintLen64]byte
		n, _ := r.Read(head[:])
		if length, m := binary.Uvarint(head[:n]); size > 0 && (m <= 0 || length > maxPage) {
			return other("it has a page that decompresses to too much")
		}
		return nil
	case format.Lz4Raw:
		packed := make([]byte, size)
		if n, err := c.ReadAt(packed, at); n < len(packed) {
			return err
		}
		if !lz4Fits(packed) {
			return other("it has a page that cannot be decompressed")
		}
		return nil
	case format.Gzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			return other("it has a page that cannot be decompressed")
		}
		unpacked = z
	case format.Zstd:
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxPage))
		if err != nil {
			return other("it has a page that cannot be decompressed")
		}
		defer z.Close()
		unpacked = z
	case format.Brotli:
		unpacked = brotli.NewReader(r)
	default:
		return other("its compression %s is not supported", codec)
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(unpacked, maxPage+1)); err != nil || n > maxPage {
		return other("it has a page that cannot be decompressed, or to too much")
	}
	return nil
}

// lz4Fits walks through a block of LZ4: the library would double its buffer for ever over one that
// is damaged.
func lz4Fits(p []byte) bool {
	total := 0
	length := func(n int) (int, bool) {
		if n != 15 {
			return n, true
		}
		for len(p) > 0 {
			c := p[0]
			p = p[1:]
			if n += int(c); c != 255 || n > maxPage {
				return n, n <= maxPage
			}
		}
		return n, false
	}
	for len(p) > 0 {
		token := p[0]
		p = p[1:]
		literals, ok := length(int(token >> 4))
		if !ok || literals > len(p) {
			return false
		}
		p = p[literals:]
		if total += literals; len(p) == 0 {
			return total <= maxPage
		}
		if len(p) < 2 {
			return false
		}
		offset := int(binary.LittleEndian.Uint16(p))
		p = p[2:]
		match, ok := length(int(token & 15))
		if !ok || offset == 0 || offset > total {
			return false
		}
		if total += match + 4; total > maxPage {
			return false
		}
	}
	return len(p) == 0
}

// sameStored tells whether two stretches of files are the same bytes.
func sameStored(a, b kind.Content, atA, atB, n int64) (bool, error) {
	x, y := make([]byte, 256<<10), make([]byte, 256<<10)
	for n > 0 {
		step := min(n, int64(len(x)))
		if m, err := a.ReadAt(x[:step], atA); int64(m) < step {
			return false, err
		}
		if m, err := b.ReadAt(y[:step], atB); int64(m) < step {
			return false, err
		}
		if !bytes.Equal(x[:step], y[:step]) {
			return false, nil
		}
		atA, atB, n = atA+step, atB+step, n-step
	}
	return true, nil
}
