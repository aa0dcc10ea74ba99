package text

import (
	"bytes"
	"fmt"
	"strings"
)

const (
	contextLines = 3
	maxHunks     = 64 << 10 // what of the hunks is kept
	maxPending   = 4 * maxHunks
	maxShown     = 2000 // what of a line is shown
	shownBefore  = 80   // and what before the place where it differs, if that is further on
)

// shown is a line as it is kept for showing.
type shown struct {
	text       string
	part, more bool // it begins, it ends inside of a line
	open       bool // it ends with the text, without a line end
}

// hunks writes a unified difference of bounded length.
type hunks struct {
	strip        func([]byte) []byte // what is shown of a line's text; nil for all
	out          strings.Builder
	full         bool
	returns      bool // a carriage return before a line's end is shown
	goesOn       bool // the texts go on behind what is compared
	body         strings.Builder
	isOpen       bool
	fromA, fromB int64 // where the open hunk starts
	lenA, lenB   int64
	nextA, nextB int64  // the lines that come next
	before       []line // the latest equal lines outside of a hunk
	trailing     []line // the latest equal lines in an open hunk
	minus, plus  []shown
	pending      int
}

// equal adds lines of A that B has too, with numbers greater by shift.
func (h *hunks) equal(run []line, shift int64) {
	if len(run) == 0 {
		return
	}
	h.flush()
	const most = 2 * contextLines
	for i, l := range run {
		if i <= most || i >= len(run)-contextLines {
			h.same(l)
		}
	}
	last := next(run[len(run)-1])
	h.nextA, h.nextB = last, last+shift
}

func (h *hunks) same(l line) {
	l.raw = bytes.Clone(l.raw)
	if !h.isOpen {
		if h.before = append(h.before, l); len(h.before) > contextLines {
			h.before = h.before[1:]
		}
		return
	}
	if h.trailing = append(h.trailing, l); len(h.trailing) > 2*contextLines {
		last := h.trailing[len(h.trailing)-contextLines:]
		h.shut()
		h.before = append(h.before[:0], last...)
	}
}

// next is the number of the line after l.
func next(l line) int64 {
	if bytes.HasSuffix(l.raw, []byte("\n")) {
		return l.no + 1
	}
	return l.no
}

func (h *hunks) remove(l line) { h.minus = h.change(h.minus, l, &h.lenA, &h.nextA) }
func (h *hunks) insert(l line) { h.plus = h.change(h.plus, l, &h.lenB, &h.nextB) }

func (h *hunks) change(list []shown, l line, length, number *int64) []shown {
	if h.full {
		return list
	}
	if !h.isOpen {
		h.begin()
	}
	for _, t := range h.trailing {
		h.context(t)
	}
	h.trailing = h.trailing[:0]
	*length++
	*number = next(l)
	if h.pending += len(l.raw) + 2; h.pending > maxPending {
		return list
	}
	return append(list, h.show(l))
}

// begin opens a hunk with the lines before it.
func (h *hunks) begin() {
	h.isOpen, h.lenA, h.lenB = true, 0, 0
	h.fromA, h.fromB = h.nextA, h.nextB
	for _, l := range h.before {
		if next(l) > l.no {
			h.fromA, h.fromB = h.fromA-1, h.fromB-1
		}
		h.context(l)
	}
	h.before = h.before[:0]
}

func (h *hunks) context(l line) {
	s := h.show(l)
	h.lenA, h.lenB = h.lenA+1, h.lenB+1
	h.write(' ', s, clip(s, 0))
}

func (h *hunks) show(l line) shown {
	t := l.text()
	if h.returns {
		t = bytes.TrimSuffix(l.raw, []byte("\n"))
	}
	if h.strip != nil {
		t = h.strip(t)
	}
	s := shown{text: strings.ToValidUTF8(string(t), "\uFFFD"), part: l.part, more: l.more}
	if l.end() == "nothing" && !l.more {
		s.more, s.open = h.goesOn, !h.goesOn
	}
	return s
}

// flush writes the changed lines that wait: those of A first.
func (h *hunks) flush() {
	from := make([]int, max(len(h.minus), len(h.plus)))
	if len(h.minus) == len(h.plus) {
		for i := range h.minus {
			from[i] = common([]byte(h.minus[i].text), []byte(h.plus[i].text))
		}
	}
	for i, s := range h.minus {
		h.write('-', s, clip(s, from[i]))
	}
	for i, s := range h.plus {
		h.write('+', s, clip(s, from[i]))
	}
	h.minus, h.plus, h.pending = h.minus[:0], h.plus[:0], 0
}

// clip shows a long line around the place from which on it differs.
func clip(s shown, differs int) string {
	text, lead, trail := s.text, "", ""
	if s.part {
		lead = "…"
	}
	if s.more {
		trail = "…"
	}
	if len(text) <= maxShown {
		return lead + text + trail
	}
	if at := differs - shownBefore; at > 0 {
		text, lead = text[len(text)-runeStart([]byte(text), min(at, len(text))):], "…"
	}
	if n := maxShown / 4; len(text) > n {
		text, trail = text[:len(text)-runeStart([]byte(text), n)], "…"
	}
	return lead + text + trail
}

func (h *hunks) write(mark byte, s shown, text string) {
	if h.body.Len() > maxHunks {
		return
	}
	h.body.WriteByte(mark)
	h.body.WriteString(text)
	h.body.WriteByte('\n')
	if s.open {
		h.body.WriteString("\\ No newline at end of file\n")
	}
}

// shut ends the open hunk with the equal lines after it.
func (h *hunks) shut() {
	h.flush()
	for _, l := range h.trailing[:min(contextLines, len(h.trailing))] {
		h.context(l)
	}
	h.trailing = nil
	if !h.isOpen || h.full {
		return
	}
	fmt.Fprintf(&h.out, "@@ -%s +%s @@\n", span(h.fromA, h.lenA), span(h.fromB, h.lenB))
	h.out.WriteString(h.body.String())
	h.body.Reset()
	h.isOpen = false
	h.full = h.out.Len() > maxHunks
}

func span(from, length int64) string {
	if length == 0 {
		from--
	}
	return fmt.Sprintf("%d,%d", from, length)
}

// text is the whole difference under a path; "" where there is none.
func (h *hunks) text(path string) string {
	h.shut()
	if h.out.Len() == 0 {
		return ""
	}
	whole := "--- a/" + path + "\n+++ b/" + path + "\n" + h.out.String()
	if len(whole) <= maxHunks {
		return whole
	}
	kept := whole[:maxHunks]
	return kept[:strings.LastIndexByte(kept, '\n')+1] + "… the rest is left out\n"
}
