package table

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// chunkReader reads the column chunks of a file page by page, and gives them to the library as if
// they were not compressed, each one checked.
type chunkReader struct {
	file   *parquetFile
	column *parquet.Column
	codec  format.CompressionCodec
	at     int64
	end    int64
	dict   int64 // values of the dictionary; -1 for none
	zstd   *zstd.Decoder
	head   []byte
	packed []byte
	page   []byte
	shown  bytes.Buffer // what the library reads next
	offset int64        // of that
	err    error        // the first; the library gives its own words to it
}

// ReadAt gives what comes next; the library reads forward only.
func (r *chunkReader) ReadAt(p []byte, at int64) (n int, err error) {
	if at != r.offset {
		return 0, errThrift
	}
	for r.shown.Len() == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if r.at >= r.end {
			return 0, io.EOF
		}
		r.err = r.show()
	}
	n, err = r.shown.Read(p)
	r.offset += int64(n)
	return n, err
}

// show puts the next page before the library.
func (r *chunkReader) show() error {
	h, err := r.pageHead()
	if err != nil {
		return err
	}
	body, err := r.body(h)
	if err != nil {
		return err
	}
	var header format.PageHeader
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), r.head[:h.length], &header); err != nil {
		return parquetError(err)
	}
	if err := r.check(h, &header, body); err != nil {
		return err
	}
	header.CRC = 0
	header.CompressedPageSize, header.UncompressedPageSize = int32(len(body)), int32(len(body))
	head, err := thrift.Marshal(new(thrift.CompactProtocol), &header)
	if err != nil {
		return parquetError(err)
	}
	r.shown.Write(head)
	r.shown.Write(body)
	return nil
}

// open goes to a chunk, whose place the footer names.
func (r *chunkReader) open(m *format.ColumnMetaData) error {
	r.codec, r.dict, r.offset, r.err = m.Codec, -1, 0, nil
	r.shown.Reset()
	r.at = chunkStart(m)
	r.end = r.at + m.TotalCompressedSize
	if r.at < 4 || m.TotalCompressedSize < 0 || r.end > r.file.content.Size || r.end < r.at {
		return kind.Other("its footer names places that the file does not have")
	}
	return nil
}

func chunkStart(m *format.ColumnMetaData) int64 {
	if m.DictionaryPageOffset > 0 {
		return min(m.DictionaryPageOffset, m.DataPageOffset)
	}
	return m.DataPageOffset
}

func (r *chunkReader) close() {
	if r.zstd != nil {
		r.zstd.Close()
	}
}

// pageHead reads a header, whose length is not known before.
func (r *chunkReader) pageHead() (pageHead, error) {
	for size := int64(4096); ; size *= 16 {
		if int64(len(r.head)) < size {
			r.head = make([]byte, size)
		}
		n, err := r.file.content.ReadAt(r.head[:min(size, r.end-r.at)], r.at)
		if err != nil && !errors.Is(err, io.EOF) {
			return pageHead{}, err
		}
		h, err := readPageHead(r.head[:n])
		if err == nil {
			r.at += h.length
			return h, h.check(r.end - r.at)
		}
		if int64(n) < size || size >= maxPageHeader {
			return h, kind.Other("a page of it is damaged")
		}
	}
}

func (h pageHead) check(left int64) error {
	switch {
	case h.compressed < 0 || h.uncompressed < 0 || h.values < 0 || h.compressed > left || h.levels > min(h.compressed, h.uncompressed):
		return kind.Other("a page of it is damaged")
	case h.compressed > maxPage || h.uncompressed > maxPage || h.values > maxPageValues:
		return kind.Other("it has a page too large to be read: %s values, %s bytes", count(h.values), count(h.uncompressed))
	}
	return nil
}

// body is a page as it is without compression.
func (r *chunkReader) body(h pageHead) ([]byte, error) {
	r.packed = sized(r.packed, h.compressed)
	if err := readExactly(r.file.content, r.packed, r.at); err != nil {
		return nil, err
	}
	r.at += h.compressed
	if h.crc != nil && crc32.ChecksumIEEE(r.packed) != uint32(*h.crc) {
		return nil, kind.Other("a page of it does not match its checksum")
	}
	if r.codec == format.Uncompressed || h.plain {
		return r.packed, nil
	}
	r.page = sized(r.page, h.uncompressed)
	into := r.page
	copy(into, r.packed[:h.levels])
	if err := r.unpack(into[h.levels:], r.packed[h.levels:]); err != nil {
		return nil, err
	}
	return into, nil
}

func sized(p []byte, n int64) []byte {
	if int64(cap(p)) < n {
		return make([]byte, n)
	}
	return p[:n]
}

// unpack decompresses into dst, which has the length that has to come out.
func (r *chunkReader) unpack(dst, src []byte) error {
	if len(dst) == 0 {
		return nil
	}
	var unpacked io.Reader
	ok := false
	switch r.codec {
	case format.Snappy:
		if n, err := snappy.DecodedLen(src); err == nil && n == len(dst) {
			out, err := snappy.Decode(dst, src)
			ok = err == nil && len(out) == len(dst)
		}
	case format.Lz4Raw:
		n, err := lz4.UncompressBlock(src, dst)
		ok = err == nil && n == len(dst)
	case format.Gzip:
		z, err := gzip.NewReader(bytes.NewReader(src))
		if err == nil {
			unpacked = z
		}
	case format.Zstd:
		if err := r.resetZstd(src); err == nil {
			unpacked = r.zstd
		}
	case format.Brotli:
		unpacked = brotli.NewReader(bytes.NewReader(src))
	default:
		return kind.Other("its compression %s is not supported", r.codec)
	}
	if unpacked != nil {
		_, err := io.ReadFull(unpacked, dst)
		ok = err == nil
	}
	if !ok {
		return kind.Other("it has a page that cannot be decompressed")
	}
	return nil
}

func (r *chunkReader) resetZstd(src []byte) (err error) {
	if r.zstd == nil {
		r.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxPage))
		if err != nil {
			return err
		}
	}
	return r.zstd.Reset(bytes.NewReader(src))
}

// check refuses pages whose parts claim more than there is.
func (r *chunkReader) check(h pageHead, header *format.PageHeader, body []byte) error {
	switch {
	case header.Type == format.DictionaryPage && header.DictionaryPageHeader.Valid:
		if h.values > 8*int64(len(body)) || r.dict >= 0 {
			return kind.Other("a dictionary of it is damaged")
		}
		r.dict = h.values
	case header.Type == format.DataPage && header.DataPageHeader.Valid:
		return checkLevels(r.column, h.values, body, nil, header.DataPageHeader.V.Encoding, r.dict)
	case header.Type == format.DataPageV2 && header.DataPageHeaderV2.Valid:
		v := &header.DataPageHeaderV2.V
		if v.NumNulls < 0 || int64(v.NumNulls) > h.values || v.RepetitionLevelsByteLength < 0 || v.DefinitionLevelsByteLength < 0 {
			return kind.Other("a page of it is damaged")
		}
		return checkLevels(r.column, h.values, body, v, v.Encoding, r.dict)
	default:
		return kind.Other("a page of it is damaged")
	}
	return nil
}

// plainDictionary is how old writers call RLEDictionary.
const plainDictionary format.Encoding = 2

// checkLevels finds out whether what is run-length or delta encoded in a page holds more than the
// page says, before memory is taken for it.
func checkLevels(c *parquet.Column, values int64, body []byte, v2 *format.DataPageHeaderV2, encoding format.Encoding, dict int64) error {
	damaged := kind.Other("a page of it is damaged")
	lengths := [2]int64{-1, -1}
	if v2 != nil {
		lengths = [2]int64{int64(v2.RepetitionLevelsByteLength), int64(v2.DefinitionLevelsByteLength)}
	}
	for i, level := range []int{c.MaxRepetitionLevel(), c.MaxDefinitionLevel()} {
		length := lengths[i]
		if length < 0 {
			if level == 0 {
				continue
			}
			if len(body) < 4 {
				return damaged
			}
			length = int64(binary.LittleEndian.Uint32(body))
			body = body[4:]
		}
		if length > int64(len(body)) || level > 0 && !runsFit(body[:length], bitWidth(level), values) {
			return damaged
		}
		body = body[length:]
	}
	fits := true
	switch encoding {
	case format.RLEDictionary, plainDictionary:
		if dict < 0 || len(body) > 0 && (body[0] > 32 || !runsFit(body[1:], int(body[0]), values)) {
			fits = false
		}
	case format.RLE:
		fits = len(body) >= 4 && int64(binary.LittleEndian.Uint32(body)) <= int64(len(body)-4) && runsFit(body[4:4+binary.LittleEndian.Uint32(body)], 1, values)
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray:
		fits = deltaFits(body, values)
	case format.Plain, format.ByteStreamSplit:
	default:
		return kind.Other("its encoding %s is not supported", encoding)
	}
	if !fits {
		return damaged
	}
	return nil
}

func bitWidth(level int) (n int) {
	for ; level > 0; level >>= 1 {
		n++
	}
	return n
}

// runsFit walks through runs: no more than the values there are, but for the padding of the last.
func runsFit(p []byte, width int, values int64) bool {
	total := int64(0)
	for len(p) > 0 {
		head, n := binary.Uvarint(p)
		if n <= 0 || head > 2*maxPageValues {
			return false
		}
		p = p[n:]
		size := (width + 7) / 8
		if head&1 == 1 {
			size = int(head>>1) * width
			total += int64(head>>1) * 8
		} else {
			total += int64(head >> 1)
		}
		if total > values+504 {
			return false
		}
		if size > len(p) {
			return false
		}
		p = p[size:]
	}
	return true
}

// deltaFits reads the head of a delta encoding: block size, blocks in it, values.
func deltaFits(p []byte, values int64) bool {
	var head [3]uint64
	for i := range head {
		n := 0
		if head[i], n = binary.Uvarint(p); n <= 0 {
			return values == 0
		}
		p = p[n:]
	}
	return head[0] > 0 && head[0] <= 1<<20 && head[0]%128 == 0 && head[1] > 0 && head[1] <= head[0]/32 && head[2] <= uint64(values)
}
