package text_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/text"
)

func content(s string) kind.Content {
	return kind.Content{Path: "out.txt", Size: int64(len(s)), ReaderAt: strings.NewReader(s)}
}

func files(t testing.TB, a, b string, rules petri.FileRules) petri.FileComparison {
	t.Helper()
	f, err := text.Files(t.Context(), content(a), content(b), rules)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func within(rtol, atol float64) petri.FileRules { return petri.FileRules{RTol: &rtol, ATol: &atol} }

func utf16le(s string, mark bool) string {
	var b []byte
	if mark {
		b = append(b, 0xff, 0xfe)
	}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestFiles(t *testing.T) {
	var words strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&words, "word%d ", i)
	}
	long := words.String()
	tests := []struct {
		name    string
		a, b    string
		rules   petri.FileRules
		verdict petri.Verdict
		summary string
		hunks   string // contained
		abs     float64
	}{
		{name: "the same", a: "x\ny\n", b: "x\ny\n", verdict: petri.Same},
		{name: "empty", verdict: petri.Same},
		{name: "from nothing", b: "x\n", verdict: petri.Different, summary: "1 line added, 0 removed", hunks: "@@ -0,0 +1,1 @@\n+x\n"},
		{name: "lines", a: "1\n2\n3\n", b: "1\n2\n4\n5\n", verdict: petri.Different, summary: "2 lines added, 1 removed", hunks: "@@ -1,3 +1,4 @@\n 1\n 2\n-3\n+4\n+5\n"},
		{name: "words", a: "a\nold word\n", b: "a\nnew word\n", verdict: petri.Different, summary: "1 line added, 1 removed", hunks: "-old word\n+new word\n"},
		{name: "no newline", a: "a\nb", b: "a\nb\n", verdict: petri.Different, summary: "the words are the same, but 1 line ends in A with nothing, in B with LF"},
		{name: "line ends", a: "a\r\nb\r\nc\r\n", b: "a\nb\nc\n", verdict: petri.Different, summary: "the words are the same, but 3 lines end in A with CRLF, in B with LF"},
		{name: "line ends and words", a: "a\r\nb\r\n", b: "a\nc\n", verdict: petri.Different, summary: "1 line added, 1 removed; 1 line ends in A with CRLF, in B with LF", hunks: " a\n-b\n+c\n"},
		{name: "mark", a: "\ufeffa\n", b: "a\n", verdict: petri.Different, summary: "the words are the same, but A is in UTF-8 with a byte order mark, B in UTF-8"},
		{name: "latin", a: "Z\xfcrich\n", b: "Zürich\n", verdict: petri.Different, summary: "the words are the same, but A is in Latin-1, B in UTF-8"},
		{name: "latin both", a: "Z\xfcrich\n", b: "K\xf6ln\n", verdict: petri.Different, summary: "1 line added, 1 removed", hunks: "-Zürich\n+Köln\n"},
		{name: "wide", a: utf16le("Zürich\n😀\n", true), b: "Zürich\n😀\n", verdict: petri.Different, summary: "the words are the same, but A is in UTF-16 (little-endian), B in UTF-8"},
		{name: "wide both", a: utf16le("one\ntwo\n", true), b: utf16le("one\n2\n", true), verdict: petri.Different, summary: "1 line added, 1 removed", hunks: "-two\n+2\n"},
		{name: "wide unmarked", a: utf16le("one and more\n", false), b: utf16le("one and most\n", false), verdict: petri.Different, summary: "1 line added, 1 removed", hunks: "-one and more\n+one and most\n"},
		{name: "numbers", a: "mean 1.25 sd 3\nx\n", b: "mean 1.5 sd 3\nx\n", verdict: petri.Different, summary: "1 line differs only in numbers, by at most 0.25 (relative 0.167)", hunks: "-mean 1.25", abs: 0.25},
		{name: "tolerance", a: "mean 1.25 sd 3\nx\n", b: "mean 1.250000001 sd 3\nx\n", rules: within(1e-6, 0), verdict: petri.WithinTolerance, summary: "1 line differs in numbers within tolerance, by at most 1e-09 (relative 8e-10)", abs: 1e-9},
		{name: "beyond", a: "a 1.0\nb 2.0\n", b: "a 1.0000001\nb 3.0\n", rules: within(1e-6, 0), verdict: petri.Different, summary: "1 line differs only in numbers, by at most 1 (relative 0.333); 1 line differs in numbers within tolerance", hunks: " a 1.0\n-b 2.0\n+b 3.0\n", abs: 1},
		{name: "written otherwise", a: "x 1.0\n", b: "x 1.00\n", rules: within(0, 1e-9), verdict: petri.WithinTolerance, summary: "1 line differs in numbers within tolerance"},
		{name: "columns move", a: "x   9.99\n", b: "x  10.01\n", rules: within(0.1, 0), verdict: petri.WithinTolerance, summary: "1 line differs in numbers within tolerance, by at most 0.02 (relative 0.002)", abs: 0.02},
		{name: "only blanks", a: "x 1\n", b: "x  1\n", rules: within(1, 1), verdict: petri.Different, summary: "1 line added, 1 removed", hunks: "-x 1"},
		{name: "versions are no numbers", a: "R 4.2.1 x86_64 2024-01-02\n", b: "R 4.2.2 x86_64 2024-01-03\n", rules: within(1, 1), verdict: petri.Different, summary: "1 line added, 1 removed"},
		{name: "times", a: "fitted\nGenerated: 2026-11-03 12:00:01\n", b: "fitted\nGenerated: 2026-11-04 09:10:11\n", verdict: petri.Different, summary: "1 line differs only in times"},
		{name: "one line", a: long + "old" + long, b: long + "new" + long, verdict: petri.Different, summary: "1 line added, 1 removed", hunks: "word29999 oldword0"},
		{name: "one line twice", a: "x" + long + "old" + long + "1", b: "y" + long + "newer" + long + "2", verdict: petri.Different, summary: "1 line added, 1 removed", hunks: "word29999 newerword0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := files(t, test.a, test.b, test.rules)
			if f.Kind != "text" || f.Verdict != test.verdict || f.Summary != test.summary {
				t.Errorf("got %s %q, want %s %q", f.Verdict, f.Summary, test.verdict, test.summary)
			}
			if !strings.Contains(f.Hunks, test.hunks) || len(f.Hunks) > 70<<10 {
				t.Errorf("hunks\n%s\nlack\n%s", f.Hunks, test.hunks)
			}
			if (f.MaxAbs != nil) != (test.abs != 0) || f.MaxAbs != nil && math.Abs(*f.MaxAbs-test.abs) > 1e-3*test.abs {
				t.Errorf("largest difference %v, want %g", f.MaxAbs, test.abs)
			}
		})
	}
}

func TestNoText(t *testing.T) {
	for name, bad := range map[string]string{
		"zero":        "a\x00b",
		"gzip":        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd",
		"png":         "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
		"zero far on": strings.Repeat("text\n", 50_000) + "\x00\n" + strings.Repeat("more\n", 50_000),
	} {
		if _, err := text.Files(t.Context(), content(bad), content("plain\n"), petri.FileRules{}); err == nil || kind.Reason(err) == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestLineNumbersFarOn(t *testing.T) {
	var a, b strings.Builder
	for i := range 400_000 {
		fmt.Fprintf(&a, "line %d of a long file\n", i)
		if i%100_000 == 50_000 {
			fmt.Fprintf(&b, "another\nline %d\n", i)
			continue
		}
		fmt.Fprintf(&b, "line %d of a long file\n", i)
	}
	f := files(t, a.String(), b.String(), petri.FileRules{})
	if f.Summary != "8 lines added, 4 removed" {
		t.Errorf("got %q", f.Summary)
	}
	for _, header := range []string{"@@ -49998,7 +49998,8 @@\n line 49997", "@@ -349998,7 +350001,8 @@\n line 349997 of a long file\n"} {
		if !strings.Contains(f.Hunks, header) {
			t.Errorf("no %q in\n%s", header, f.Hunks)
		}
	}
}

func TestMuchInserted(t *testing.T) {
	line := func(i int) string { return fmt.Sprintf("%d is a line\n", i) }
	var a, b strings.Builder
	for i := range 1_000_000 {
		a.WriteString(line(i))
		if i == 500_000 {
			for j := range 600_000 { // some 11 MB: more than the first window
				b.WriteString("inserted " + line(j))
			}
		}
		if i != 10 && i != 999_990 {
			b.WriteString(line(i))
		}
	}
	f := files(t, a.String(), b.String(), petri.FileRules{})
	if f.Summary != "600,000 lines added, 2 removed" {
		t.Errorf("got %q", f.Summary)
	}
}

func TestUnified(t *testing.T) {
	hunks, added, removed := text.Unified("main.R", []byte("one\ntwo\nthree\n"), []byte("one\n2\nthree\nfour"))
	want := "--- a/main.R\n+++ b/main.R\n@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four\n\\ No newline at end of file\n"
	if hunks != want || added != 2 || removed != 1 {
		t.Errorf("+%d -%d\n%s", added, removed, hunks)
	}
	if hunks, added, removed = text.Unified("x", []byte("a"), []byte("a")); hunks != "" || added+removed != 0 {
		t.Errorf("of the same: %q", hunks)
	}
	if hunks, _, _ = text.Unified("x", []byte("a"), []byte("a\n")); hunks != "--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n" {
		t.Errorf("line end: %q", hunks)
	}
}

func outputs(t testing.TB, a, b string, rules petri.Rules) petri.OutputComparison {
	t.Helper()
	o, err := text.Outputs(t.Context(), strings.NewReader(a), strings.NewReader(b), rules)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestWhatVariesByNature(t *testing.T) {
	for _, pair := range [][2]string{
		{"2026-11-03 12:00:01 INFO start", "2026-11-04 09:10:11 INFO start"},
		{"2026-11-03 12:00:01,123 - root - INFO - fitted", "2026-11-04 09:10:11,001 - root - INFO - fitted"},
		{`[1] "2026-11-03 12:00:01.123456 UTC"`, `[1] "2026-11-03 12:03:01.9 UTC"`},
		{`[1] "2026-11-03 12:00:01 CET"`, `[1] "2027-01-03 12:00:01 CET"`},
		{"2026-11-03T12:00:01.5+01:00 x", "2026-11-03T12:00:02Z x"},
		{"Nov  3 12:00:01 3f2a9c81d0e4 sshd[123]: ok", "Nov 13 12:00:01 3f2a9c81d0e4 sshd[4711]: ok"},
		{"Tue Nov  3 12:00:01 2026", "Wed Nov 11 02:00:01 2026"},
		{"Tue 03 Nov 2026 12:00:01 PM UTC", "Wed 04 Nov 2026 01:00:01 AM UTC"},
		{"03/Nov/2026:12:00:01 +0000 GET", "04/Nov/2026:12:10:01 +0000 GET"},
		{"11/03/2026 12:00:01 PM done", "11/04/2026 12:00:01 PM done"},
		{"I1103 12:00:01.123456  7 main.cc] x", "I1104 12:00:01.123456  7 main.cc] x"},
		{"Date:                Tue, 03 Nov 2026   Prob (F-statistic):  1.1e-10", "Date:                Wed, 04 Nov 2026   Prob (F-statistic):  1.1e-10"},
		{"Time:                        12:00:01   Log-Likelihood: -3", "Time:                        13:00:01   Log-Likelihood: -3"},
		{"Report generated on 2026-11-03.", "Report generated on 2026-11-04."},
		{"elapsed 1.23 s", "elapsed 10.2 s"},
		{"Elapsed time: 0:00:01.23", "Elapsed time: 0:01:01.23"},
		{"Fit took 12.5 seconds", "Fit took 3 seconds"},
		{"real\t0m1.234s", "real\t1m0.001s"},
		{"CPU times: user 1.2 s, sys: 3 ms, total: 1.2 s", "CPU times: user 1.3 s, sys: 13 ms, total: 1.3 s"},
		{"Wall time: 3.2 s", "Wall time: 312 ms"},
		{"Time difference of 1.234567 secs", "Time difference of 2.3 secs"},
		{"===== 5 passed in 0.12s =====", "===== 5 passed in 1.31s ====="},
		{"1875/1875 [====] - 5s 3ms/step - loss: 0.29", "1875/1875 [====] - 6s 12ms/step - loss: 0.29"},
		{"1.23 ms ± 4.5 µs per loop (mean ± std. dev. of 7 runs, 1,000 loops each)", "1.31 ms ± 14.5 µs per loop (mean ± std. dev. of 7 runs, 1,000 loops each)"},
		{"   user  system elapsed \n  0.004   0.000   0.012 ", "   user  system elapsed \n  0.104   0.010   0.112 "},
		{"elapsed \n  0.12 ", "elapsed \n  0.13 "},
		{"<environment: 0x55d0c8a7b0e8>", "<environment: 0x5581c8a7b1f0>"},
		{"<__main__.Model object at 0x7f1c2d3e4f50>", "<__main__.Model object at 0x7fbc2d3e4f10>"},
		{"<bytecode: 0x55d0c8a7>", "<bytecode: 0x55d0c8b8>"},
		{"wrote /tmp/RtmpAbC123/file1a2b3c4d5e6f.csv", "wrote /tmp/Rtmpzzz999/file9a2b3c4d5e60.csv"},
		{"wrote /tmp/tmpabc12_xy/model.pkl", "wrote /tmp/tmpq9w8e7r6/model.pkl"},
		{"cache in /tmp/matplotlib-a1b2c3d4", "cache in /tmp/matplotlib-zz9y8x7w"},
		{"/tmp/ipykernel_123/4242.py:3: FutureWarning", "/tmp/ipykernel_99/171.py:3: FutureWarning"},
		{"2026-11-23 21:52:25,332 fit[7292] INFO start", "2026-11-23 21:52:27,593 fit[7837] INFO start"},
		{"--- 0.06030106544494629 seconds ---", "--- 0.050323486328125 seconds ---"},
		{"<_MainThread(MainThread, started 139970589916032)>", "<_MainThread(MainThread, started 140304856796032)>"},
		{"Epoch 1/5 - 4s - loss: 0.123 - 13ms/step", "Epoch 1/5 - 3s - loss: 0.123 - 12ms/step"},
		{"pid=123 ready", "pid=45678 ready"},
		{"job 7d3f1c2a-1b2c-4d5e-8f90-a1b2c3d4e5f6", "job 00000000-1b2c-4d5e-8f90-a1b2c3d4e5f6"},
		{"host: 3f2a9c81d0e4", "host: a1b2c3d4e5f6"},
		{`[1] "3f2a9c81d0e4"`, `[1] "a1b2c3d4e5f6"`},
		{"\r  0%|          | 0/9 [00:00<?, ?it/s]\r100%|█████████| 9/9 [00:01<00:00,  8.1it/s]", "\r100%|█████████| 9/9 [00:02<00:00,  4.0it/s]"},
		{"  |====      |  40%\r  |==========| 100%", "  |==        |  20%\r  |==========| 100%"},
		{"\x1b[32mok\x1b[0m 3", "ok 3"},
		{"a\r", "a"},
	} {
		o := outputs(t, "head\n"+pair[0]+"\ntail\n", "head\n"+pair[1]+"\ntail\n", petri.Rules{})
		if o.Verdict != petri.Same || o.Ignored != 1 || o.Hunks != "" {
			t.Errorf("%s: ignored %d, +%d -%d\n%s", o.Verdict, o.Ignored, o.Added, o.Removed, o.Hunks)
		}
		if o = outputs(t, pair[0], pair[1], petri.Rules{Stdout: petri.StdoutExact}); o.Verdict != petri.Different {
			t.Errorf("%q is exactly %q", pair[0], pair[1])
		}
	}
}

func TestWhatDoesNotVaryByNature(t *testing.T) {
	for _, pair := range [][2]string{
		{"2020-01-02  3.4", "2020-02-01  3.4"},                   // dates of data
		{"2020-01-01 00:00:00  3.4", "2020-01-02 00:00:00  3.4"}, // moments of data
		{"last observation: 2020-01-02", "last observation: 2020-02-01"},
		{"2026-11-03 12:00:01 INFO start", "2026-11-04 09:10:11 WARN start"},
		{"mean response time 345 ms", "mean response time 346 ms"},
		{"converged in 12 iterations", "converged in 13 iterations"},
		{"EM took 12 iterations", "EM took 13 iterations"},
		{"velocity 3.2 m/s", "velocity 3.3 m/s"},
		{"colour 0xdeadbeef", "colour 0xdeadbee0"},
		{"wrote /tmp/out_1.csv", "wrote /tmp/out_2.csv"},
		{"wrote /tmp/results.csv", "wrote /tmp/results2.csv"},
		{"AIC 1.5", "AIC 1.6"},
		{"ratio 3:2", "ratio 3:1"},
		{"x[12]: 5", "x[13]: 5"},
		{"Time difference of 31 days", "Time difference of 30 days"},
		{"  0%\r100% done 3", "  0%\r100% done 4"},
		{"1  2  3", "1  2  4"},
		{"process 3 of 4", "process 2 of 4"},
		{"NaN", "NA"},
	} {
		o := outputs(t, "head\n"+pair[0]+"\ntail\n", "head\n"+pair[1]+"\ntail\n", petri.Rules{})
		if o.Verdict != petri.Different || o.Added != 1 || o.Removed != 1 {
			t.Errorf("%q and %q: %s, ignored %d, +%d -%d", pair[0], pair[1], o.Verdict, o.Ignored, o.Added, o.Removed)
		}
	}
}

func TestOutputs(t *testing.T) {
	rules := petri.Rules{Tolerance: petri.Tolerance{RTol: 1e-6}, Logs: []petri.LogRule{{Pattern: `seed \d+`}, {Pattern: `(job)-\w+`, Replace: "$1"}}}
	tests := []struct {
		name string
		a, b string
		rule petri.Rules
		want petri.OutputComparison
	}{
		{"nothing", "", "", petri.Rules{}, petri.OutputComparison{Verdict: petri.Same}},
		{"added", "one\ntwo\nthree\n", "one\n2\nthree\nfour", petri.Rules{}, petri.OutputComparison{Verdict: petri.Different, Added: 2, Removed: 1}},
		{"own rules", "seed 12\njob-a1 ok\n", "seed 3\njob-zz ok\n", rules, petri.OutputComparison{Verdict: petri.Same, Ignored: 2}},
		{"tolerance", "x 1.0000000\n12:00:01 y 2\n", "x 1.0000001\n12:00:02 y 2.0000001\n", rules, petri.OutputComparison{Verdict: petri.WithinTolerance}},
		{"beyond", "x 1.0\n", "x 1.1\n", rules, petri.OutputComparison{Verdict: petri.Different, Added: 1, Removed: 1}},
		{"ignored altogether", "x", "y", petri.Rules{Stdout: petri.StdoutIgnore}, petri.OutputComparison{Verdict: petri.Same}},
		{"line ends", "x\r\n", "x\n", petri.Rules{}, petri.OutputComparison{Verdict: petri.Same, Ignored: 1}},
		{"exact", "x\r\n", "x\n", petri.Rules{Stdout: petri.StdoutExact}, petri.OutputComparison{Verdict: petri.Different, Added: 1, Removed: 1}},
		{"zeros", "a\x00b\n", "a\x00c\n", petri.Rules{}, petri.OutputComparison{Verdict: petri.Different, Added: 1, Removed: 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := outputs(t, test.a, test.b, test.rule)
			if (o.Hunks != "") != (o.Verdict == petri.Different) || strings.Contains(o.Hunks, "\x00") {
				t.Errorf("hunks %q", o.Hunks)
			}
			o.Hunks = ""
			if o != test.want {
				t.Errorf("got %+v, want %+v", o, test.want)
			}
		})
	}
}

// stream yields a log of n bytes, each line with its own time, and some numbers that differ.
type stream struct {
	left    int64
	line    int
	seconds int
	odd     int // each so many lines differ
	buf     []byte
}

func (s *stream) Read(p []byte) (int, error) {
	if len(s.buf) == 0 {
		if s.left <= 0 {
			return 0, io.EOF
		}
		var b bytes.Buffer
		for b.Len() < 1<<16 {
			x := s.line
			if s.odd > 0 && s.line%s.odd == s.odd-1 {
				x = -x
			}
			if s.line%10 == 0 {
				fmt.Fprintf(&b, "2026-11-03 12:%02d:%02d,001 INFO step %d\n", s.seconds/60%60, s.seconds%60, x)
				s.seconds++
			} else {
				fmt.Fprintf(&b, "step %d: loss 0.123 of many more words that fill the line\n", x)
			}
			s.line++
		}
		s.buf = b.Bytes()
		s.left -= int64(len(s.buf))
	}
	n := copy(p, s.buf)
	s.buf = s.buf[n:]
	return n, nil
}

func TestLongOutput(t *testing.T) {
	size := int64(30 << 20)
	o, err := text.Outputs(context.Background(), &stream{left: size}, &stream{left: size, seconds: 77, odd: 100_001}, petri.Rules{})
	if err != nil || o.Verdict != petri.Different || o.Added != o.Removed || o.Added < 4 || o.Added > 6 || o.Ignored < 50_000 {
		t.Errorf("%v: %s, +%d -%d, ignored %d\n%s", err, o.Verdict, o.Added, o.Removed, o.Ignored, o.Hunks)
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := text.Outputs(ctx, strings.NewReader("a"), strings.NewReader("b"), petri.Rules{}); err == nil {
		t.Error("went on")
	}
	if _, err := text.Files(ctx, content("a"), content("b"), petri.FileRules{}); err == nil {
		t.Error("went on")
	}
}

func TestCauses(t *testing.T) {
	a, b := text.Sides("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n x\n-at 12:00:01\n+at 12:00:02\n")
	if !text.OnlyTimes(a, b) || text.OnlyTimes(a, a) || text.OnlyTimes("x", "y") {
		t.Errorf("times: %q, %q", a, b)
	}
}

// TestRulesThatGrow: a hundred rules, each of which doubles a line, fill no memory.
func TestRulesThatGrow(t *testing.T) {
	rules := petri.Rules{Logs: slices.Repeat([]petri.LogRule{{Pattern: "(.+)", Replace: "$1$1"}}, 100)}
	if o := outputs(t, strings.Repeat("one line\n", 20), strings.Repeat("two lines\n", 20), rules); o.Verdict != petri.Different {
		t.Errorf("%+v", o)
	}
}
