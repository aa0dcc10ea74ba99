package table

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// source is a file's text, readable from the beginning as often as need be.
type source struct {
	content  kind.Content
	zipped   bool
	order    binary.ByteOrder // of UTF-16; nil for all else
	mark     int              // the bytes of the byte order mark
	encoding string
}

// newSource looks at the first bytes. Latin-1 is not told from UTF-8 here: as no byte of it could
// be a delimiter, it is only when cells differ that it matters.
func newSource(c kind.Content) (source, error) {
	s := source{content: c, encoding: "UTF-8"}
	start := make([]byte, 4096)
	n, err := io.ReadFull(c.Reader(), start[:2])
	if n == 2 && start[0] == 0x1f && start[1] == 0x8b {
		s.zipped = true
	}
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		n, err = s.sample(start)
	}
	if err != nil {
		return s, err
	}
	start = start[:n]
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		s.mark = 3
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		s.mark, s.order, s.encoding = 2, binary.LittleEndian, "UTF-16"
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		s.mark, s.order, s.encoding = 2, binary.BigEndian, "UTF-16"
	default:
		s.order = guessUTF16(start)
		if s.order != nil {
			s.encoding = "UTF-16"
		}
	}
	return s, nil
}

// guessUTF16 knows UTF-16 without a mark by its zeros, where most characters are Latin.
func guessUTF16(start []byte) binary.ByteOrder {
	var zeros [2]int
	for i, c := range start {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[1] > len(start)/4 && zeros[0] == 0:
		return binary.LittleEndian
	case zeros[0] > len(start)/4 && zeros[1] == 0:
		return binary.BigEndian
	}
	return nil
}

// sample fills p from the beginning, and is shorter only where the file is.
func (s source) sample(p []byte) (int, error) {
	r, err := s.open()
	if err != nil {
		return 0, err
	}
	n, err := readBlock(r, p)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// plain: what stands in the stream at some offset stands in the file at that offset + mark.
func (s source) plain() bool { return !s.zipped && s.order == nil }

// open reads the text as UTF-8, without a byte order mark.
func (s source) open() (io.Reader, error) {
	var r io.Reader = s.content.Reader()
	if s.zipped {
		unzipped, err := gzip.NewReader(bufio.NewReaderSize(r, 64<<10))
		if err != nil {
			return nil, kind.Other("its gzip header is damaged")
		}
		r = &bounded{r: unzipped, left: 64<<20 + 200*s.content.Size}
	}
	if s.mark > 0 {
		if _, err := io.CopyN(io.Discard, r, int64(s.mark)); err != nil {
			return nil, err
		}
	}
	if s.order != nil {
		r = kind.UTF16(r, s.order)
	}
	return r, nil
}

// bounded reads what was compressed, and gives up on bombs.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, kind.Other("it decompresses to more than 200 times its size")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, kind.Other("its compressed data is damaged or cut off")
	}
	return n, err
}
