package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// On a narrow terminal nothing is cut: text goes on below its beginning, or below its row.
func TestFitted(t *testing.T) {
	long := "out/ks.csv: 3 of 9 cells differ beyond tolerance, in column \"p\": 0.006108 → 0.002648 (row 1); loaded packages that changed"
	rows := [][]string{
		{"PROJECT", "CHECK", "\x1b[2mVERDICT\x1b[0m", "WHAT"},
		{"me/ks-test", "ks-test", "\x1b[33mchanged\x1b[0m", long},
		{"me/pipe", "pipe", "\x1b[32msame\x1b[0m", ""},
		{"me/sampling", "sampling", "trouble", "short"},
	}
	under := `PROJECT      CHECK     VERDICT  WHAT
me/ks-test   ks-test   changed  out/ks.csv: 3 of 9 cells differ beyond
                                tolerance, in column "p": 0.006108 → 0.002648
                                (row 1); loaded packages that changed
me/pipe      pipe      same
me/sampling  sampling  trouble  short
`
	below := `PROJECT      CHECK     VERDICT
me/ks-test   ks-test   changed
    out/ks.csv: 3 of 9 cells differ beyond tolerance, in column "p":
    0.006108 → 0.002648 (row 1); loaded packages that changed
me/pipe      pipe      same
me/sampling  sampling  trouble
    short
`
	plain := strings.NewReplacer("\x1b[2m", "", "\x1b[33m", "", "\x1b[32m", "", "\x1b[0m", "")
	for columns, want := range map[int]string{80: under, 71: below, 0: aligned(rows), 20: aligned(rows), 300: aligned(rows)} {
		got := fitted(rows, columns)
		if d := cmp.Diff(plain.Replace(want), plain.Replace(got)); d != "" {
			t.Errorf("%d columns:\n%s", columns, d)
		}
		for line := range strings.Lines(got) {
			if columns > 20 && width(strings.TrimSuffix(line, "\n")) > columns {
				t.Errorf("%d columns: %q", columns, line)
			}
		}
	}
}

func TestWrapped(t *testing.T) {
	for text, want := range map[string][]string{
		"":                       {""},
		"one":                    {"one"},
		"one two three":          {"one two", "three"},
		"a 1234567890abcdefghij": {"a", "1234567890", "abcdefghij"},
		"1234567890abc de":       {"1234567890", "abc de"},
		"éééééééééé ü":           {"éééééééééé", "ü"},
		"éééééééééééé ü":         {"éééééééééé", "éé ü"},
	} {
		if d := cmp.Diff(want, wrapped(text, 10)); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
}
