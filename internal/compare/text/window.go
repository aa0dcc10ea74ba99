package text

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

const (
	minWindow = 4 << 20
	maxWindow = 16 << 20
	// lineBytes is what a line of a window takes at least, so that windows of very short lines
	// stay small.
	lineBytes = 24

	longLine = 16 << 10 // lines from here on are cut into pieces
	minPiece = 4 << 10
	maxPiece = 32 << 10
)

// line is a line with its end, or a piece of a long one.
type line struct {
	raw []byte
	no  int64 // its number, from 1
	// part: it begins inside of a line. more: it ends inside of one.
	part, more bool
}

// text is the line without its end.
func (l line) text() []byte {
	t, found := bytes.CutSuffix(l.raw, []byte("\n"))
	if found {
		t = bytes.TrimSuffix(t, []byte("\r"))
	}
	return t
}

// end is how the line ends.
func (l line) end() string {
	switch {
	case bytes.HasSuffix(l.raw, []byte("\r\n")):
		return "CRLF"
	case bytes.HasSuffix(l.raw, []byte("\n")):
		return "LF"
	}
	return "nothing"
}

// window is what is looked at of a text that is read in a stream. Lines that it hands out are
// good until it is filled again.
type window struct {
	r     io.Reader
	store []byte
	buf   []byte // the part of store that is not done with
	eof   bool
	no    int64 // of the line that buf begins with or in
	part  bool  // buf begins inside of a line
}

// fill reads until there are n bytes, or the text ends. What it holds grows with what there is
// to read.
func (w *window) fill(n int) error {
	for !w.eof && len(w.buf) < n {
		have := len(w.buf)
		if len(w.store) <= have {
			w.store = make([]byte, min(n, max(4*have, sampleSize)))
		}
		copy(w.store, w.buf)
		w.buf = w.store[:have]
		got, err := io.ReadFull(w.r, w.store[have:min(n, len(w.store))])
		w.buf = w.store[:have+got]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			w.eof, err = true, nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// drop is done with n bytes.
func (w *window) drop(n int) {
	if n == 0 {
		return
	}
	w.no += int64(bytes.Count(w.buf[:n], []byte{'\n'}))
	w.part = w.buf[n-1] != '\n'
	w.buf = w.buf[n:]
}

// lines cuts the window into at most limit lines. One that may go on past the window is left
// out.
func (w *window) lines(limit int) []line {
	list, left := cut(w.buf, w.no, w.part, limit)
	if k := len(list) - 1; k >= 0 && left == 0 && !w.eof && !bytes.HasSuffix(list[k].raw, []byte("\n")) {
		list = list[:k]
	}
	return list
}

// cut cuts text into at most limit lines, and tells how many bytes are left over.
func cut(text []byte, no int64, part bool, limit int) (list []line, left int) {
	for len(text) > 0 && len(list) < limit {
		n := lineLength(text)
		ended := text[n-1] == '\n'
		list = append(list, line{raw: text[:n:n], no: no, part: part, more: !ended && n < len(text)})
		if part = !ended; ended {
			no++
		}
		text = text[n:]
	}
	return list, len(text)
}

// lineLength is the length of the line at the text's start, or of the piece of a long one.
func lineLength(text []byte) int {
	if end := bytes.IndexByte(text[:min(len(text), longLine)], '\n'); end >= 0 {
		return end + 1
	}
	if len(text) <= longLine {
		return len(text)
	}
	return piece(text)
}

// piece is where a long line is cut: at a place that depends only on the bytes before it, so
// that equal stretches of two long lines are soon cut alike again behind a difference.
func piece(text []byte) int {
	hash := uint64(0)
	n := minPiece
	for ; n < min(len(text), maxPiece); n++ {
		if text[n] == '\n' {
			return n + 1
		}
		hash = hash<<1 + (uint64(text[n])+1)*0x9e3779b97f4a7c15
		if hash>>51 == 0 {
			break
		}
	}
	for back := 0; back < utf8.UTFMax && n < len(text) && !utf8.RuneStart(text[n]); back++ {
		n++
	}
	return min(n, len(text))
}

// common is how many bytes two texts have in common at their beginning.
func common(a, b []byte) int {
	const block = 4096
	n := 0
	for n+block <= min(len(a), len(b)) && bytes.Equal(a[n:n+block], b[n:n+block]) {
		n += block
	}
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
