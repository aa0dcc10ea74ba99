package text

import (
	"bytes"
	"context"
	"io"

	"github.com/petri-dev/petri/internal/compare/kind"
)

const block = 1 << 20

// middle is the part of two contents, of one encoding of single bytes, outside of which they
// are the same. It begins and ends at lines, a few before and after what differs, where lines
// are not very long.
type middle struct {
	from       int64 // of both
	endA, endB int64
	no         int64 // of the line that begins at from, or is cut by it
	part, more bool  // it begins, it ends inside of a line
}

// findMiddle skips, in blocks, how both contents begin after skip bytes, and how they end.
// different is false where they are the same.
func findMiddle(ctx context.Context, a, b kind.Content, skipA, skipB int64) (m middle, different bool, err error) {
	head, newlines, err := sameHead(ctx, a, b, skipA, skipB)
	if err != nil || head == a.Size-skipA && head == b.Size-skipB {
		return m, false, err
	}
	tail, err := sameTail(ctx, a, b, min(a.Size-skipA, b.Size-skipB)-head)
	if err != nil {
		return m, false, err
	}
	before, err := readBack(a, skipA+head, min(head, sampleSize))
	if err != nil {
		return m, false, err
	}
	keep := lastLinesLength(before, contextLines)
	after := make([]byte, min(tail, sampleSize))
	if _, err := a.ReadAt(after, a.Size-tail); err != nil && err != io.EOF {
		return m, false, err
	}
	grow := firstLinesLength(after, contextLines+1)
	m.from = head - int64(keep)
	m.no = 1 + newlines - int64(bytes.Count(before[len(before)-keep:], []byte{'\n'}))
	m.part = m.from > 0 && (keep == len(before) || before[len(before)-keep-1] != '\n')
	m.more = int64(grow) < tail && (grow == 0 || after[grow-1] != '\n')
	m.endA, m.endB = a.Size-tail+int64(grow), b.Size-tail+int64(grow)
	return m, true, nil
}

// sameHead counts the bytes that both begin with, and their newlines.
func sameHead(ctx context.Context, a, b kind.Content, skipA, skipB int64) (n, newlines int64, err error) {
	bufA, bufB := make([]byte, block), make([]byte, block)
	most := min(a.Size-skipA, b.Size-skipB)
	for n < most {
		if err := context.Cause(ctx); err != nil {
			return 0, 0, err
		}
		size := min(block, most-n)
		if err := readBoth(a, b, bufA[:size], bufB[:size], skipA+n, skipB+n); err != nil {
			return 0, 0, err
		}
		same := common(bufA[:size], bufB[:size])
		newlines += int64(bytes.Count(bufA[:same], []byte{'\n'}))
		if n += int64(same); int64(same) < size {
			break
		}
	}
	return n, newlines, nil
}

// sameTail counts the bytes that both end with, of at most most.
func sameTail(ctx context.Context, a, b kind.Content, most int64) (n int64, err error) {
	bufA, bufB := make([]byte, block), make([]byte, block)
	for n < most {
		if err := context.Cause(ctx); err != nil {
			return 0, err
		}
		size := min(block, most-n)
		if err := readBoth(a, b, bufA[:size], bufB[:size], a.Size-n-size, b.Size-n-size); err != nil {
			return 0, err
		}
		if bytes.Equal(bufA[:size], bufB[:size]) {
			n += size
			continue
		}
		for i := size - 1; bufA[i] == bufB[i]; i-- {
			n++
		}
		break
	}
	return n, nil
}

func readBoth(a, b kind.Content, bufA, bufB []byte, atA, atB int64) error {
	if n, err := a.ReadAt(bufA, atA); n < len(bufA) {
		return shortRead(err)
	}
	if n, err := b.ReadAt(bufB, atB); n < len(bufB) {
		return shortRead(err)
	}
	return nil
}

func shortRead(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readBack reads the n bytes before at.
func readBack(c kind.Content, at, n int64) ([]byte, error) {
	buf := make([]byte, n)
	if got, err := c.ReadAt(buf, at-n); got < len(buf) {
		return nil, shortRead(err)
	}
	return buf, nil
}

// lastLinesLength is the length of the last line of text, which may be begun only, and of n
// before it. Where they are longer than text, it is a stretch of it that starts with a rune.
func lastLinesLength(text []byte, n int) int {
	start := len(text)
	for range n + 1 {
		at := bytes.LastIndexByte(text[:start], '\n')
		if at < 0 {
			if len(text) < sampleSize {
				return len(text)
			}
			break
		}
		start = at
	}
	if start < len(text) && text[start] == '\n' {
		return len(text) - start - 1
	}
	return runeStart(text, len(text)-shownBefore*2)
}

// runeStart is how long text is from the first rune on that starts at or after at.
func runeStart(text []byte, at int) int {
	for at < len(text) && text[at]&0xc0 == 0x80 {
		at++
	}
	return len(text) - at
}

// firstLinesLength is the length of the first n lines of text, or of what there is of them up
// to a rune's start.
func firstLinesLength(text []byte, n int) int {
	end := 0
	for range n {
		at := bytes.IndexByte(text[end:], '\n')
		if at < 0 {
			if len(text) < sampleSize {
				return len(text)
			}
			break
		}
		end += at + 1
	}
	if end > 0 {
		return end
	}
	return len(text) - runeStart(text, shownBefore*2)
}
