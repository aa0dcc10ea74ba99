package text

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"hash/fnv"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Behind a line's text the screen leaves, after a byte of value 0, what was seen of the line
// that its text does not tell. Zeros of the output itself are shown as U+FFFD.
const (
	note      = 0
	noteTimes = 't' // it is the row under the heads user, system, elapsed
	noteDrawn = 'd' // it was drawn with control characters; a digest of them follows
)

const maxDrawn = 64 << 10

// screen reads output as a terminal would show it in the end: of a line that is drawn over and
// over only its last state is left, and no colours.
type screen struct {
	ctx   context.Context
	r     *bufio.Reader
	out   []byte
	done  int // of out
	err   error
	drawn *drawing // the line at hand, if it has control characters
	begun bool     // a piece of a line is out already
	heads bool     // the line before was the heads of a table of times
}

func newScreen(ctx context.Context, r io.Reader) *screen {
	return &screen{ctx: ctx, r: bufio.NewReaderSize(r, sampleSize)}
}

func (s *screen) Read(p []byte) (int, error) {
	if s.done == len(s.out) {
		s.out, s.done = s.out[:0], 0
		for len(s.out) < sampleSize && s.err == nil {
			s.next()
		}
	}
	n := copy(p, s.out[s.done:])
	s.done += n
	if n == 0 && len(p) > 0 {
		return 0, s.err
	}
	return n, nil
}

// next takes one line, or a piece of a long one.
func (s *screen) next() {
	if s.err = context.Cause(s.ctx); s.err != nil {
		return
	}
	got, err := s.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	s.err = err
	ended := bytes.HasSuffix(got, []byte("\n"))
	body := bytes.TrimSuffix(got, []byte("\n"))
	if ended {
		body = bytes.TrimSuffix(body, []byte("\r"))
	}
	if s.drawn == nil && controls(body) {
		s.drawn = &drawing{hash: fnv.New64a()}
	}
	last := ended || err != nil
	switch {
	case s.drawn != nil:
		s.draw(body, last)
	case !s.begun && last && s.heads && isTimesRow(body):
		s.out = append(append(s.out, body...), note, noteTimes)
	default:
		s.out = append(s.out, body...)
	}
	s.begun = !last
	if last {
		s.heads = isTimesHead(body)
	}
	if ended {
		s.out = append(s.out, got[len(body):]...)
	}
}

func (s *screen) draw(body []byte, last bool) {
	s.drawn.write(body)
	if last {
		s.out = append(s.out, strings.TrimRight(string(s.drawn.cells), " ")...)
		s.out = append(s.out, note, noteDrawn)
		s.out = strconv.AppendUint(s.out, s.drawn.hash.Sum64(), 16)
		s.drawn = nil
	} else if len(s.drawn.cells) > maxDrawn {
		s.out = append(s.out, string(s.drawn.cells)...)
		s.drawn.cells, s.drawn.at = s.drawn.cells[:0], 0
	}
}

func controls(text []byte) bool {
	return bytes.IndexByte(text, '\r') >= 0 || bytes.IndexByte(text, 0x1b) >= 0 || bytes.IndexByte(text, '\b') >= 0 || bytes.IndexByte(text, 0) >= 0
}

// isTimesHead tells whether a line is the heads of R's table of times.
func isTimesHead(line []byte) bool {
	if len(line) > 120 || !bytes.Contains(line, []byte("elapsed")) {
		return false
	}
	for head := range strings.FieldsSeq(string(line)) {
		switch head {
		case "user", "system", "elapsed", "user.self", "sys.self", "user.child", "sys.child":
		default:
			return false
		}
	}
	return true
}

func isTimesRow(line []byte) bool {
	for field := range strings.FieldsSeq(string(line[:min(len(line), 200)])) {
		if _, err := strconv.ParseFloat(field, 64); err != nil {
			return false
		}
	}
	return len(bytes.TrimSpace(line)) > 0
}

// noted cuts a line's text from what the screen left behind it.
func noted(text []byte) (plain, left []byte) {
	plain, left, _ = bytes.Cut(text, []byte{note})
	return plain, left
}

func plain(text []byte) []byte {
	p, _ := noted(text)
	return p
}

// drawing is a line of a terminal.
type drawing struct {
	hash interface {
		Write([]byte) (int, error)
		Sum64() uint64
	}
	cells []rune
	at    int
	esc   []byte // an escape sequence that is begun
	rune  []byte // a rune that is begun
}

func (d *drawing) write(text []byte) {
	_, _ = d.hash.Write(text) // it cannot fail
	for len(text) > 0 {
		if len(d.esc) > 0 {
			d.escape(text[0])
			text = text[1:]
			continue
		}
		d.rune = append(d.rune, text[0])
		text = text[1:]
		if utf8.FullRune(d.rune) {
			c, size := utf8.DecodeRune(d.rune)
			rest := append([]byte(nil), d.rune[size:]...)
			d.rune = d.rune[:0]
			d.put(c)
			if len(rest) > 0 {
				text = append(rest, text...)
			}
		}
	}
}

func (d *drawing) put(c rune) {
	switch {
	case c == '\r':
		d.at = 0
	case c == '\b':
		d.at = max(d.at-1, 0)
	case c == 0x1b:
		d.esc = append(d.esc, 0x1b)
	default:
		if c == 0 {
			c = utf8.RuneError
		}
		if d.at < len(d.cells) {
			d.cells[d.at] = c
		} else {
			d.cells = append(d.cells, c)
		}
		d.at++
	}
}

// escape takes one more byte of an escape sequence. Those that erase are followed.
func (d *drawing) escape(c byte) {
	d.esc = append(d.esc, c)
	switch {
	case len(d.esc) == 2 && c != '[' && c != ']' && c != '(' && c != ')':
		d.esc = d.esc[:0]
	case len(d.esc) == 2:
	case d.esc[1] == '[' && c >= '@' && c <= '~':
		switch string(d.esc[2:]) {
		case "K", "0K":
			d.cells = d.cells[:min(d.at, len(d.cells))]
		case "2K":
			d.cells, d.at = d.cells[:0], 0
		}
		d.esc = d.esc[:0]
	case d.esc[1] == ']' && (c == 7 || c == '\\' && d.esc[len(d.esc)-2] == 0x1b),
		d.esc[1] == '(', d.esc[1] == ')', len(d.esc) > 4096:
		d.esc = d.esc[:0]
	}
}
