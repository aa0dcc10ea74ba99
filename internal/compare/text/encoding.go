package text

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf8"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// encoding is how a text is written as bytes.
type encoding string

const (
	utf8Text   encoding = "UTF-8"
	latin1Text encoding = "Latin-1"
	utf16LE    encoding = "UTF-16 (little-endian)"
	utf16BE    encoding = "UTF-16 (big-endian)"
)

// form is a text's encoding, and how many bytes its byte order mark takes.
type form struct {
	encoding encoding
	mark     int64
}

const sampleSize = 64 << 10

// detect judges by the content's beginning. An empty one is text.
func detect(c kind.Content) (form, bool, error) {
	sample := make([]byte, min(c.Size, sampleSize))
	n, err := c.ReadAt(sample, 0)
	if n < len(sample) && err != nil && err != io.EOF {
		return form{}, false, err
	}
	f, ok := formOf(sample[:n], int64(n) < c.Size)
	if (f.encoding == utf16LE || f.encoding == utf16BE) && c.Size%2 == 1 {
		ok = false
	}
	return f, ok, nil
}

// formOf judges a sample; cut tells that more follows it.
func formOf(sample []byte, cut bool) (form, bool) {
	switch {
	case bytes.HasPrefix(sample, []byte{0xff, 0xfe, 0, 0}) && len(sample)%4 == 0:
		return form{}, false // UTF-32: nobody writes it
	case bytes.HasPrefix(sample, []byte{0xef, 0xbb, 0xbf}):
		return form{utf8Text, 3}, bytes.IndexByte(sample, 0) < 0
	case bytes.HasPrefix(sample, []byte{0xff, 0xfe}):
		return form{utf16LE, 2}, plausible16(sample[2:], binary.LittleEndian)
	case bytes.HasPrefix(sample, []byte{0xfe, 0xff}):
		return form{utf16BE, 2}, plausible16(sample[2:], binary.BigEndian)
	case bytes.IndexByte(sample, 0) >= 0:
		return unmarked16(sample)
	case utf8.Valid(whole(sample, cut)):
		return form{utf8Text, 0}, true
	default:
		return form{latin1Text, 0}, isLatin1(sample)
	}
}

// whole leaves a rune that the sample's end cut away.
func whole(sample []byte, cut bool) []byte {
	for back := 1; cut && back < utf8.UTFMax && back <= len(sample); back++ {
		if tail := sample[len(sample)-back:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return sample[:len(sample)-back]
			}
			break
		}
	}
	return sample
}

// isLatin1 tells whether bytes that are no UTF-8 are letters of one byte each: such text has
// none of the control characters that binary data soon has.
func isLatin1(sample []byte) bool {
	high := 0
	for _, c := range sample {
		switch {
		case c >= 0x80:
			high++
		case c < 0x20 && !isTextControl(c), c == 0x7f:
			return false
		}
	}
	return high*10 <= len(sample)*9
}

func isTextControl(c byte) bool {
	return c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' || c == '\b' || c == 0x1b
}

// plausible16 tells whether a sample after a mark of UTF-16 is text.
func plausible16(sample []byte, order binary.ByteOrder) bool {
	for i := 0; i+1 < len(sample); i += 2 {
		if c := order.Uint16(sample[i:]); c < 0x20 && !isTextControl(byte(c)) || c >= 0xfffe {
			return false
		}
	}
	return true
}

// unmarked16 tells UTF-16 without a mark by its zeros, every other byte in western text.
func unmarked16(sample []byte) (form, bool) {
	var zeros [2]int
	for i, c := range sample {
		if c == 0 {
			zeros[i%2]++
		}
	}
	half := len(sample) / 2
	switch {
	case half < 4:
		return form{}, false
	case zeros[0] == 0 && zeros[1] >= half*3/4:
		return form{utf16LE, 0}, plausible16(sample, binary.LittleEndian)
	case zeros[1] == 0 && zeros[0] >= half*3/4:
		return form{utf16BE, 0}, plausible16(sample, binary.BigEndian)
	}
	return form{}, false
}

// decoded reads r, which is written in encoding e, as UTF-8. UTF-8 is left as it is, however
// broken it may be.
func decoded(r io.Reader, e encoding) io.Reader {
	switch e {
	case latin1Text:
		return kind.Latin1(r)
	case utf16LE:
		return kind.UTF16(r, binary.LittleEndian)
	case utf16BE:
		return kind.UTF16(r, binary.BigEndian)
	default:
		return r
	}
}
