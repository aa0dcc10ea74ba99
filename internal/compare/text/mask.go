package text

import (
	"bytes"
	"regexp"

	"github.com/petri-dev/petri"
)

// mask puts words in the place of what varies by nature. It is for one goroutine.
type mask struct {
	rules    []rule
	compiled []*regexp.Regexp // by rule, once it is needed
	buf      [2][]byte
	lower    []byte
}

func onlyOf(rules []rule) *mask {
	return &mask{rules: rules, compiled: make([]*regexp.Regexp, len(rules))}
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
		rules = append(rules, rule{nature: Ruled, pattern: l.Pattern, with: with})
	}
	return onlyOf(append(append(rules, timeRules()...), otherRules()...))
}

// normal is the line with each such piece replaced. It is good until the next call, and is the
// line itself where there is none.
func (m *mask) normal(line []byte) []byte {
	seen := glance(line, m.lower)
	m.lower = seen.lower
	for i, r := range m.rules {
		if r.when == nil || r.when(&seen) {
			line = m.apply(i, line)
		}
	}
	return line
}

func (m *mask) apply(i int, line []byte) []byte {
	r := m.rules[i]
	if m.compiled[i] == nil {
		re, err := regexp.Compile(r.pattern)
		if err != nil { // rules that came unchecked match nothing
			re = regexp.MustCompile(`[^\s\S]`)
		}
		m.compiled[i] = re
	}
	found := m.compiled[i].FindAllSubmatchIndex(line, -1)
	if found == nil {
		return line
	}
	with := []byte(r.with)
	if r.with == "" {
		with = []byte("<" + r.nature + ">")
	}
	into := m.free(line)
	done := 0
	for _, at := range found {
		into = append(into, line[done:at[0]]...)
		if r.unless != nil && r.unless(line, at) {
			into = append(into, line[at[0]:at[1]]...)
		} else {
			into = m.compiled[i].Expand(into, with, line, at)
		}
		done = at[1]
	}
	into = append(into, line[done:]...)
	m.keep(into)
	return into
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
