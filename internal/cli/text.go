package cli

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tame is text that a terminal may be given, whoever had a part in it: it moves no cursor and sets
// no title. Colours stay, for they are also ours. All that goes out but what a run itself printed
// passes through here.
func tame(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return harmless(r) != r }) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		n := colour(s)
		if n > 0 {
			b.WriteString(s[:n])
		} else {
			var r rune
			r, n = utf8.DecodeRuneInString(s)
			b.WriteRune(harmless(r))
		}
		s = s[n:]
	}
	return b.String()
}

// colour is the length of the sequence at the beginning of s that only colours; 0 for none.
func colour(s string) int {
	rest, found := strings.CutPrefix(s, "\x1b[")
	if !found {
		return 0
	}
	if end := strings.IndexFunc(rest, func(r rune) bool { return r != ';' && (r < '0' || r > '9') }); end >= 0 && rest[end] == 'm' {
		return len("\x1b[") + end + 1
	}
	return 0
}

// harmless replaces what would move a terminal's cursor, colour it, or turn its text round.
func harmless(r rune) rune {
	if r != '\t' && r != '\n' && unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
		return unicode.ReplacementChar
	}
	return r
}

// plain is text that strangers' programs and files have a part in, as one line, without colours.
func plain(s string) string {
	return strings.Map(harmless, strings.Join(strings.Fields(s), " "))
}

// fit is plain text of at most so many characters.
func fit(s string, most int) string {
	s = plain(s)
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most-1]) + "…"
	}
	return s
}

// oneLine fits into a line, short into a table.
func oneLine(s string) string { return fit(s, 120) }
func short(s string) string   { return fit(s, 40) }
