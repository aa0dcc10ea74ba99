package document

import (
	"unicode/utf16"
	"unicode/utf8"
)

// escape adds the character that an escape sequence in a string stands for.
func (s *scanner) escape() error {
	c, err := s.char()
	if err != nil {
		return err
	}
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return s.unicode()
	default:
		return s.bad(`\%s is no escape sequence`, string(rune(c)))
	}
	s.text = append(s.text, c)
	return nil
}

// unicode adds the character behind \u. Half of a pair without the other half is kept as three
// bytes of its own, so that different ones stay different.
func (s *scanner) unicode() error {
	r, err := s.hex()
	for err == nil && utf16.IsSurrogate(r) {
		if s.at+1 >= len(s.buf) || s.buf[s.at] != '\\' || s.buf[s.at+1] != 'u' {
			next, err := s.following()
			if err != nil {
				return err
			}
			if next != `\u` {
				break
			}
		}
		s.at += 2
		second, err := s.hex()
		if err != nil {
			return err
		}
		if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
			s.text = utf8.AppendRune(s.text, pair)
			return nil
		}
		s.half(r)
		r = second
	}
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) {
		s.half(r)
	} else {
		s.text = utf8.AppendRune(s.text, r)
	}
	return nil
}

func (s *scanner) half(r rune) {
	s.text = append(s.text, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
}

// following are the next two bytes, at the edge of the buffer.
func (s *scanner) following() (string, error) {
	if s.at+1 < len(s.buf) {
		return string(s.buf[s.at : s.at+2]), nil
	}
	from := s.offset()
	s.base, s.at, s.buf = from, 0, nil
	if more, err := s.fill(); !more || err != nil || len(s.buf) < 2 {
		return "", err
	}
	return string(s.buf[:2]), nil
}

func (s *scanner) hex() (rune, error) {
	var r rune
	for range 4 {
		c, err := s.char()
		if err != nil {
			return 0, err
		}
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, s.bad(`four hexadecimal digits should follow \u`)
		}
		r = r<<4 | rune(c)
	}
	return r, nil
}
