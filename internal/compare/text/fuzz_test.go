package text_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/text"
)

// patched applies hunks to a text, as patch would.
func patched(t *testing.T, before, hunks string) string {
	t.Helper()
	lines := strings.SplitAfter(before, "\n")
	var after strings.Builder
	next := 0
	body := strings.SplitAfter(hunks, "\n")
	for i, l := range body {
		if strings.HasPrefix(l, "\\") || l == "" || i < 2 {
			continue
		}
		own := l[1:]
		if i+1 < len(body) && strings.HasPrefix(body[i+1], "\\") {
			own = strings.TrimSuffix(own, "\n")
		}
		switch l[0] {
		case '@':
			from, count, _ := strings.Cut(strings.Fields(l)[1][1:], ",")
			start, err := strconv.Atoi(from)
			if err != nil {
				t.Fatal(l)
			}
			if count != "0" {
				start--
			}
			for ; next < start; next++ {
				after.WriteString(lines[next])
			}
			into, count, _ := strings.Cut(strings.Fields(l)[2][1:], ",")
			if want, _ := strconv.Atoi(into); count != "0" && want != strings.Count(after.String(), "\n")+1 {
				t.Fatalf("%s stands at line %d", l, strings.Count(after.String(), "\n")+1)
			}
		case '+':
			after.WriteString(own)
		default:
			if next >= len(lines) || lines[next] != own {
				t.Fatalf("line %d is not %q in\n%s\n%s", next+1, own, before, hunks)
			}
			next++
			if l[0] == ' ' {
				after.WriteString(own)
			}
		}
	}
	for ; next < len(lines); next++ {
		after.WriteString(lines[next])
	}
	return after.String()
}

func TestHunksArePatches(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		var a, b strings.Builder
		different := 1 + r.IntN(30) // kinds of line
		for range r.IntN(60) {
			line := fmt.Sprintln("line", r.IntN(different))
			if what := r.IntN(10); what > 0 {
				a.WriteString(line)
				if what > 1 {
					b.WriteString(line)
				}
			} else {
				b.WriteString(line)
			}
		}
		before, after := a.String(), b.String()
		if r.IntN(3) == 0 {
			before = strings.TrimSuffix(before, "\n")
		}
		hunks, added, removed := text.Unified("x", []byte(before), []byte(after))
		if got := patched(t, before, hunks); got != after {
			t.Fatalf("%q became %q, not %q by\n%s", before, got, after, hunks)
		}
		if n := strings.Count(after, "\n") - len(strings.SplitAfter(strings.TrimSuffix(before, "\n"), "\n")); before != "" && added-removed != n {
			t.Fatalf("+%d -%d is not %d", added, removed, n)
		}
		f := files(t, before, after, petri.FileRules{})
		if (f.Verdict == petri.Same) != (before == after) {
			t.Fatalf("%q and %q: %s", before, after, f.Verdict)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "a\nb\n", "\ufeffx 1.5\r\n", utf16le("wide\n", true), "Z\xfcrich\n", "\xff\xfe\x00", "-\n+\n@@\n", "1e400 -.5 1.2.3\n", "2026-11-03 12:00:01\n", strings.Repeat("x", 40_000)} {
		f.Add(seed, "a\nb 2\n")
		f.Add(seed, seed+"\n1")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, rules := range []petri.FileRules{{}, within(0.1, 0.1)} {
			got, err := text.Files(t.Context(), content(a), content(b), rules)
			if err != nil && !errors.Is(err, kind.ErrOther) {
				t.Fatal(err)
			}
			if err == nil && (got.Verdict == petri.Same) != (a == b) {
				t.Errorf("%q and %q: %s", a, b, got.Verdict)
			}
			if !utf8.ValidString(got.Hunks) || !utf8.ValidString(got.Summary) || len(got.Hunks) > 70<<10 {
				t.Errorf("hunks %q", got.Hunks)
			}
		}
		if hunks, _, _ := text.Unified("x", []byte(a), []byte(b)); utf8.ValidString(a) && utf8.ValidString(b) && len(a)+len(b) < 1500 {
			if got := patched(t, a, hunks); got != b {
				t.Errorf("%q became %q, not %q by\n%s", a, got, b, hunks)
			}
		}
	})
}

func FuzzOutputs(f *testing.F) {
	for _, seed := range []string{"", "12:00:01 a\n", "\r 1%\r 2%\x1b[K\n", "\x1b[31mred\x1b[0m\x1b]0;x\x07", "   user  system elapsed \n 1 2 3\n", "/tmp/Rtmpabcdef/x 0x7f1c2d3e4f50", "\x00\b\b", "took 1 s", "2026-11-03T12:00:01+01:00", "00:00 00:00:00.0"} {
		f.Add(seed, "b\n"+seed, `\d+`)
	}
	f.Fuzz(func(t *testing.T, a, b, pattern string) {
		rules := petri.Rules{Tolerance: petri.Tolerance{RTol: 0.1}, Logs: []petri.LogRule{{Pattern: pattern}}}
		for _, side := range []string{a, b} {
			if o := outputs(t, side, side, rules); o.Verdict != petri.Same || o.Ignored != 0 {
				t.Errorf("%q differs from itself: %+v", side, o)
			}
		}
		o := outputs(t, a, b, rules)
		if !utf8.ValidString(o.Hunks) || len(o.Hunks) > 70<<10 || o.Verdict == petri.Same && o.Added+o.Removed > 0 {
			t.Errorf("%+v", o)
		}
		if exact := outputs(t, a, b, petri.Rules{Stdout: petri.StdoutExact}); (exact.Verdict == petri.Same) != (a == b) {
			t.Errorf("exactly %q and %q: %s", a, b, exact.Verdict)
		}
		text.OnlyTimes(a, b)
		text.Sides(a)
	})
}
