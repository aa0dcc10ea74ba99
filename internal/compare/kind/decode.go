package kind

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

const decodeBlock = 64 << 10

// UTF16 reads UTF-16, without its mark, as UTF-8. Half of a pair stays what it is, so that different
// ones stay different; a byte too many at the end is one unknown character.
func UTF16(r io.Reader, order binary.ByteOrder) io.Reader {
	return &decoder{r: bufio.NewReaderSize(r, decodeBlock), next: next16(order)}
}

// Latin1 reads Latin-1 as UTF-8.
func Latin1(r io.Reader) io.Reader {
	return &decoder{r: bufio.NewReaderSize(r, decodeBlock), next: nextLatin1}
}

// decoder yields the runes that next takes from r.
type decoder struct {
	r    *bufio.Reader
	next func(*bufio.Reader) (rune, error)
	buf  []byte
	left []byte
	err  error
}

func (d *decoder) Read(p []byte) (int, error) {
	if len(d.left) == 0 && d.err == nil {
		d.buf = d.buf[:0]
		for len(d.buf) < decodeBlock {
			var c rune
			if c, d.err = d.next(d.r); d.err != nil {
				break
			}
			if utf16.IsSurrogate(c) { // half of a pair: kept, so that different ones stay different
				d.buf = append(d.buf, 0xe0|byte(c>>12), 0x80|byte(c>>6)&0x3f, 0x80|byte(c)&0x3f)
				continue
			}
			d.buf = utf8.AppendRune(d.buf, c)
		}
		d.left = d.buf
	}
	n := copy(p, d.left)
	if d.left = d.left[n:]; n == 0 && len(p) > 0 {
		return 0, d.err
	}
	return n, nil
}

func nextLatin1(r *bufio.Reader) (rune, error) {
	c, err := r.ReadByte()
	return rune(c), err
}

func next16(order binary.ByteOrder) func(*bufio.Reader) (rune, error) {
	unit := func(r *bufio.Reader) (rune, error) {
		var b [2]byte
		if _, err := io.ReadFull(r, b[:]); err == io.ErrUnexpectedEOF {
			return utf8.RuneError, nil
		} else if err != nil {
			return 0, err
		}
		return rune(order.Uint16(b[:])), nil
	}
	return func(r *bufio.Reader) (rune, error) {
		c, err := unit(r)
		if err != nil || !utf16.IsSurrogate(c) {
			return c, err
		}
		if next, err := r.Peek(2); err == nil {
			if pair := utf16.DecodeRune(c, rune(order.Uint16(next))); pair != utf8.RuneError {
				_, err = r.Discard(2)
				return pair, err
			}
		}
		return c, nil
	}
}
