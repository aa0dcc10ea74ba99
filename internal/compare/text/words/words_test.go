package words_test

import (
	"strings"
	"testing"

	"github.com/petri-dev/petri/internal/compare/text/words"
)

// show writes spans with what changed in brackets.
func show(spans []words.Span) string {
	var b strings.Builder
	for _, s := range spans {
		if s.Changed {
			b.WriteString("[" + s.Text + "]")
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func TestMark(t *testing.T) {
	for _, test := range []struct{ before, after, a, b string }{
		{"", "", "", ""},
		{"same", "same", "same", "same"},
		{"the old word", "the new word", "the [old] word", "the [new] word"},
		{"mean = 1.25, sd = 3", "mean = 1.5, sd = 3", "mean = [1.25], sd = 3", "mean = [1.5], sd = 3"},
		{"a b", "a b c", "a b", "a b[ c]"},
		{"x <- f(a, b)", "x <- f(a, c, b)", "x <- f(a, b)", "x <- f(a, [c, ]b)"},
		{"Zürich 1", "Zürich 2", "Zürich [1]", "Zürich [2]"},
		{"", "new", "", "[new]"},
	} {
		a, b := words.Mark(test.before, test.after)
		if show(a) != test.a || show(b) != test.b {
			t.Errorf("%q, %q: %s, %s", test.before, test.after, show(a), show(b))
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("the old word 1.5", "the new word 1.6")
	f.Add("\xff\xfe 1.", ".1 \x00")
	f.Add(strings.Repeat("a ", 2000)+"b"+strings.Repeat(" a", 2000), strings.Repeat("c ", 2000))
	f.Fuzz(func(t *testing.T, before, after string) {
		a, b := words.Mark(before, after)
		for _, side := range []struct {
			line  string
			spans []words.Span
		}{{before, a}, {after, b}} {
			whole := ""
			for i, s := range side.spans {
				whole += s.Text
				if s.Text == "" || i > 0 && s.Changed == side.spans[i-1].Changed || before == after && s.Changed {
					t.Errorf("spans %v of %q", side.spans, side.line)
				}
			}
			if whole != side.line {
				t.Errorf("%q became %q", side.line, whole)
			}
		}
	})
}
