package text

import (
	"bytes"
	"context"
	"regexp"

	"github.com/petri-dev/petri"
)

// mask puts words in the place of what varies by nature. It is for one goroutine.
type mask struct {
	rules    []rule
	compiled []*regexp.Regexp // by rule, once it is needed
	buf      [2][]byte
	lower    []byte
	ctx      context.Context // once it has ended lines are left as they are, soon
	most     int             // bytes of the line at hand: rules that each double it would fill the memory
}

func onlyOf(rules []rule) *mask {
	return &mask{ctx: context.Background(), rules: rules, compiled: make([]*regexp.Regexp, len(rules))}
}

// maskOf is the mask of all rules: a project's own go first, as they are written for what the
// program printed.
func maskOf(logs []petri.LogRule) *mask {
	var rules []rule
	for _, l := range logs {
		with := l.Replace
		if with == "" {
			with = "<…>"
		}
		rules = append(rules, rule{pattern: l.Pattern, with: with})
	}
	return onlyOf(append(append(rules, timeRules()...), otherRules()...))
}

// normal is the line with each such piece replaced. It is good until the next call, and is the
// line itself where there is none.
func (m *mask) normal(line []byte) []byte {
	m.most = 2*len(line) + 256
	seen := glance(line, m.lower)
	m.lower = seen.lower
	for i, r := range m.rules {
		if m.ctx.Err() != nil {
			break
		}
		if r.when != nil && !r.when(&seen) {
			continue
		}
		if next := m.apply(i, line); len(next) != len(line) || len(line) > 0 && &next[0] != &line[0] {
			line = next
			seen = glance(line, m.lower)
			m.lower = seen.lower
		}
	}
	return line
}

// apply replaces what one rule finds, unless that makes the line too long.
func (m *mask) apply(i int, line []byte) []byte {
	r := m.rules[i]
	found := m.find(i, line)
	if found == nil {
		return line
	}
	into := m.free(line)
	done := 0
	for _, at := range found {
		into = append(into, line[done:at[0]]...)
		switch {
		case r.unless != nil && r.unless(line, at):
			into = append(into, line[at[0]:at[1]]...)
		case r.with == "":
			into = append(append(append(into, '<'), r.nature...), '>')
		default:
			into = m.compiled[i].Expand(into, []byte(r.with), line, at)
		}
		if len(into) > m.most {
			return line
		}
		done = at[1]
	}
	into = append(into, line[done:]...)
	m.keep(into)
	return into
}

// find finds the pieces that rule i is about.
func (m *mask) find(i int, line []byte) [][]int {
	if find := m.rules[i].find; find != nil {
		var found [][]int
		for start, end := find(line, 0); end > 0; start, end = find(line, end) {
			found = append(found, []int{start, end})
		}
		return found
	}
	if m.compiled[i] == nil {
		re, err := regexp.Compile(m.rules[i].pattern)
		if err != nil { // rules that came unchecked match nothing
			re = regexp.MustCompile(`[^\s\S]`)
		}
		m.compiled[i] = re
	}
	return m.compiled[i].FindAllSubmatchIndex(line, -1)
}

// free is the buffer that line is not in.
func (m *mask) free(line []byte) []byte {
	if len(m.buf[0]) > 0 && len(line) > 0 && &m.buf[0][0] == &line[0] {
		m.buf[0], m.buf[1] = m.buf[1], m.buf[0]
	}
	return m.buf[0][:0]
}

func (m *mask) keep(into []byte) { m.buf[0] = into }

// all is a whole text with each line normal.
func (m *mask) all(text string) string {
	var out bytes.Buffer
	for l := range bytes.Lines([]byte(text)) {
		out.Write(m.normal(bytes.TrimRight(l, "\r\n")))
		out.WriteByte('\n')
	}
	return out.String()
}
