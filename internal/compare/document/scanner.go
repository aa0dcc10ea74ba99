package document

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/petri-dev/petri/internal/compare/kind"
)

const (
	minRead = 4 << 10
	maxRead = 256 << 10
	// maxString is what is kept of a string; a longer one is known by its digest.
	maxString = 1 << 20
	// maxDepth is how deep values may be nested.
	maxDepth = 10_000
)

// scanner reads the values of a JSON document from any place in it. Texts that it hands out are
// good until it reads on.
type scanner struct {
	ctx  context.Context
	side string // A or B
	c    kind.Content
	buf  []byte
	base int64 // of buf in the content
	at   int   // of what comes next in buf
	read int   // bytes to read next
	text []byte
	data []byte
}

func newScanner(ctx context.Context, side string, c kind.Content) *scanner {
	return &scanner{ctx: ctx, side: side, c: c, read: minRead, data: make([]byte, maxRead)}
}

// offset is where in the document what comes next is.
func (s *scanner) offset() int64 { return s.base + int64(s.at) }

// seek goes on at an offset.
func (s *scanner) seek(to int64) {
	if to >= s.base && to <= s.base+int64(len(s.buf)) {
		s.at = int(to - s.base)
		return
	}
	s.base, s.at, s.buf, s.read = to, 0, nil, minRead
}

// fill reads on; more is false at the document's end.
func (s *scanner) fill() (more bool, err error) {
	if err := context.Cause(s.ctx); err != nil {
		return false, err
	}
	s.base += int64(len(s.buf))
	s.at, s.buf = 0, nil
	want := min(int64(s.read), s.c.Size-s.base)
	if want <= 0 {
		return false, nil
	}
	n, err := s.c.ReadAt(s.data[:want], s.base)
	if int64(n) < want {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return false, err
	}
	s.buf = s.data[:n]
	s.read = min(2*s.read, maxRead)
	return true, nil
}

// bad is the error for what is no JSON.
func (s *scanner) bad(format string, args ...any) error {
	return kind.Other("%s is not JSON: at byte %s, %s", s.side, kind.Grouped(s.offset()+1), fmt.Sprintf(format, args...))
}

// peek is the next character that is no blank; 0 at the end.
func (s *scanner) peek() (byte, error) {
	for {
		for s.at < len(s.buf) {
			switch c := s.buf[s.at]; c {
			case ' ', '\t', '\n', '\r':
				s.at++
			case 0:
				return 0, s.bad("there is a byte of value 0")
			default:
				return c, nil
			}
		}
		if more, err := s.fill(); !more || err != nil {
			return 0, err
		}
	}
}

// more goes to the next element of an array or an object, or past its end. In a sequence of
// values, which end 0 stands for, nothing separates them and the document's end is theirs.
func (s *scanner) more(first bool, end byte) (bool, error) {
	c, err := s.peek()
	switch {
	case err != nil:
		return false, err
	case end == 0:
		return c != 0, nil
	case c == end:
		s.at++
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, s.wants("a comma or " + string(end))
	}
	s.at++
	if c, err = s.peek(); err == nil && c == end {
		err = s.wants("another value after the comma")
	}
	return true, err
}

func (s *scanner) wants(what string) error {
	c, err := s.peek()
	switch {
	case err != nil:
		return err
	case c == 0:
		return s.bad("it ends where %s should be", what)
	}
	return s.bad("%q stands where %s should be", string(rune(c)), what)
}

// key reads an object's key and the colon.
func (s *scanner) key() ([]byte, error) {
	if c, err := s.peek(); err != nil || c != '"' {
		if err == nil {
			err = s.wants("a key")
		}
		return nil, err
	}
	key, err := s.str()
	if err != nil {
		return nil, err
	}
	if s.at == len(s.buf) || s.buf[s.at] != ':' { // peek may move what key points to
		s.text = append(s.text[:0], key...)
		key = s.text
		if c, err := s.peek(); err != nil || c != ':' {
			if err == nil {
				err = s.wants("a colon")
			}
			return nil, err
		}
	}
	s.at++
	return key, nil
}

// shape is what a value is: one of { [ " 0 (a number) t f n.
type shape byte

// shape tells what the next value is.
func (s *scanner) shape() (shape, error) {
	c, err := s.peek()
	switch {
	case err != nil:
		return 0, err
	case c == '{', c == '[', c == '"', c == 't', c == 'f', c == 'n':
		return shape(c), nil
	case c == '-', '0' <= c && c <= '9', c == 'N', c == 'I':
		return '0', nil
	}
	return 0, s.wants("a value")
}

// scalar reads a value that is neither array nor object: a string's characters, or the word.
func (s *scanner) scalar() (shape, []byte, error) {
	what, err := s.shape()
	if err != nil {
		return 0, nil, err
	}
	if what == '"' {
		text, err := s.str()
		return what, text, err
	}
	text, err := s.word()
	if err != nil {
		return 0, nil, err
	}
	valid := false
	switch what {
	case '0':
		valid = isNumber(text)
	case 't':
		valid = string(text) == "true"
	case 'f':
		valid = string(text) == "false"
	case 'n':
		valid = string(text) == "null"
	}
	if !valid {
		return 0, nil, s.bad("%q is no value", kind.Clip(string(text), 40))
	}
	return what, text, nil
}

// word reads letters and digits.
func (s *scanner) word() ([]byte, error) {
	start := s.at
	for s.at < len(s.buf) && isWord(s.buf[s.at]) {
		s.at++
	}
	if s.at < len(s.buf) {
		return s.buf[start:s.at], nil
	}
	s.text = append(s.text[:0], s.buf[start:]...)
	for {
		if more, err := s.fill(); !more || err != nil {
			return s.text, err
		}
		for s.at < len(s.buf) && isWord(s.buf[s.at]) {
			s.at++
		}
		s.text = append(s.text, s.buf[:s.at]...)
		if s.at < len(s.buf) {
			return s.text, nil
		}
		if len(s.text) > maxString {
			return nil, s.bad("a number or word is longer than %s", kind.Count(maxString, "byte"))
		}
	}
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.' || c == '_'
}

// str reads a string. One that is very long is told by its beginning and its digest.
func (s *scanner) str() ([]byte, error) {
	s.at++ // the quote
	if end := bytes.IndexByte(s.buf[s.at:], '"'); end >= 0 && bytes.IndexByte(s.buf[s.at:s.at+end], '\\') < 0 {
		text := s.buf[s.at : s.at+end]
		s.at += end + 1
		return text, nil
	}
	s.text = s.text[:0]
	digest, begin, length := sha256.New(), "", int64(0)
	for {
		c, err := s.char()
		if err != nil {
			return nil, err
		}
		if c == '"' {
			break
		}
		if c == '\\' {
			err = s.escape()
		} else {
			s.at--
			s.text, s.at = s.run(s.text)
		}
		if err != nil {
			return nil, err
		}
		if len(s.text) > maxString {
			if begin == "" {
				begin = string(s.text[:100])
			}
			_, _ = digest.Write(s.text[:maxString]) // a hash takes everything
			length += maxString
			s.text = append(s.text[:0], s.text[maxString:]...)
		}
	}
	if begin != "" {
		_, _ = digest.Write(s.text)
		return fmt.Appendf(nil, "%s… (%d bytes, sha256 %x)", begin, length+int64(len(s.text)), digest.Sum(nil)), nil
	}
	return s.text, nil
}

// run adds the plain characters that come next in the buffer.
func (s *scanner) run(text []byte) ([]byte, int) {
	rest := s.buf[s.at:]
	if end := bytes.IndexByte(rest, '"'); end >= 0 {
		rest = rest[:end]
	}
	if end := bytes.IndexByte(rest, '\\'); end >= 0 {
		rest = rest[:end]
	}
	return append(text, rest...), s.at + len(rest)
}

// char takes the next byte of a string.
func (s *scanner) char() (byte, error) {
	if s.at == len(s.buf) {
		more, err := s.fill()
		if err != nil {
			return 0, err
		}
		if !more {
			return 0, s.bad("it ends inside of a string")
		}
	}
	s.at++
	return s.buf[s.at-1], nil
}
