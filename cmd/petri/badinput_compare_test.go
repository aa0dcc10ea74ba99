package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/petri-dev/petri/api"
)

// badResult is a result file of two runs that is not what one hopes for. It is compared all the same.
type badResult struct {
	file  string // its path is out/file, as both runs have it
	a, b  string // what it holds; absent where it is not there
	flags []string
	kind  string // what it is compared as
	says  string // parts of the summary, in order, with … between
	same  bool   // the verdict is same, and else different
	link  bool   // a and b are targets of symbolic links
}

// absent is the content of a file that a run did not leave.
const absent = "\x00absent"

// The bounds that hold over all of these: of the server's memory, and of the time that one takes.
const (
	mostMemory = 640 << 20
	mostTime   = 30 * time.Second
)

// TestBadResults: whatever two runs left, they compare, with words that say what was found, in
// bounded memory and time, and nothing changes.
func TestBadResults(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", "--cpus", "4", "--memory", "8g")
	l.petri("", "env", "create", "r", "--from", "debian:12")
	cases := append(badNames(t), badTables(t)...)
	cases = append(cases, badDocuments()...)
	cases = append(cases, badPictures(t)...)
	cases = append(cases, badArchives(t)...)
	cases = append(cases, badTexts()...)
	l.leaves(cases)
	l.resetPeak()
	highest := int64(0)
	for _, c := range cases {
		t.Run(c.name(), func(t *testing.T) {
			l := &lab{T: t, dir: l.dir, data: l.data, env: l.env, server: l.server}
			before := l.snapshot()
			l.compares(c)
			same(t, "the server", before, l.snapshot())
			peak := l.peak()
			if peak > highest+8<<20 {
				t.Logf("the server's memory rose to %d MiB", peak>>20)
			}
			highest = max(highest, peak)
		})
	}
	t.Logf("%d cases; at most %d MiB", len(cases), highest>>20)
	if highest > mostMemory {
		t.Errorf("the server took %d MiB, more than %d", highest>>20, mostMemory>>20)
	}
	l.comparesAll(cases)
	l.alive()
}

func (c badResult) name() string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' {
			return '_'
		}
		return r
	}, c.file)
	return name + strings.Join(c.flags, "")
}

// leaves makes the two runs that leave the results.
func (l *lab) leaves(cases []badResult) {
	l.Helper()
	l.write("work", nil)
	l.petri("work", "init", "--project", "work", "--env", "r")
	written := map[string]bool{}
	commands := [2][]string{}
	for i, c := range cases {
		if written[c.file] {
			continue
		}
		written[c.file] = true
		for side, content := range []string{c.a, c.b} {
			in := fmt.Sprintf("in/%d.%d", i, side)
			switch {
			case content == absent:
			case c.link:
				commands[side] = append(commands[side], "link out/"+c.file+" "+content)
			case content == "":
				commands[side] = append(commands[side], "fill out/"+c.file+" 0")
			default:
				l.write("work", map[string]string{in: content})
				commands[side] = append(commands[side], "copy "+in+" out/"+c.file)
			}
		}
	}
	for _, command := range commands {
		l.petri("work", append([]string{"run", "--", "fake"}, command...)...)
	}
	l.settled()
}

// settled waits until the server has swept up after the runs that have ended.
func (l *lab) settled() {
	l.Helper()
	l.must(eventually(func() error {
		left, err := filepath.Glob(filepath.Join(l.data, "runs", "*"))
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("%s is still there", left)
		}
		return err
	}))
}

// compares compares one result, as people see it and as programs do.
func (l *lab) compares(c badResult) {
	l.Helper()
	code, verdict := 1, "different"
	if c.same {
		code, verdict = 0, "same"
	}
	args := append([]string{"compare", "1", "2", "--stdout", "ignore", "--result", "out/" + pattern(c.file)}, c.flags...)
	began := time.Now()
	out := l.call(call{in: "work", args: append([]string{"--json"}, args...)})
	if took := time.Since(began); took > mostTime {
		l.Errorf("it took %s", took)
	} else if took > 2*time.Second {
		l.Logf("it took %s", took)
	}
	var found api.Comparison
	if err := json.Unmarshal([]byte(out.stdout), &found); err != nil {
		l.Fatalf("%v\n%.500s\n%.500s", err, out.stdout, out.stderr)
	}
	if len(out.stdout) > 2<<20 {
		l.Errorf("the answer has %d bytes", len(out.stdout))
	}
	if out.code != code || found.Verdict != verdict || len(found.Results) != 1 {
		l.Fatalf("code %d, %s, %d results; want %d, %s, and one", out.code, found.Verdict, len(found.Results), code, verdict)
	}
	r := found.Results[0]
	l.Logf("%s: %s", r.Kind, r.Summary)
	if r.Kind != c.kind || !inOrder(r.Summary, c.says) || r.Verdict != verdict {
		l.Errorf("%s, compared as %q: %q; want %s as %q: %q", r.Verdict, r.Kind, r.Summary, verdict, c.kind, c.says)
	}
	out = l.call(call{in: "work", args: append(args, "--diff")})
	if out.code != code || out.stderr != "" || hostile.MatchString(out.stdout) || !utf8.ValidString(out.stdout) || len(out.stdout) > 1<<20 {
		l.Errorf("code %d, %d bytes: %.2000q %q", out.code, len(out.stdout), out.stdout, out.stderr)
	}
}

// hostile is what would change a terminal's state, or be no text.
var hostile = regexp.MustCompile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u202a-\u202e]")

// pattern matches a name alone.
func pattern(name string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "*", `\*`, "?", `\?`).Replace(name)
}

// comparesAll compares all results at once.
func (l *lab) comparesAll(cases []badResult) {
	l.Helper()
	began := time.Now()
	out := l.call(call{in: "work", args: []string{"--json", "compare", "1", "2"}})
	var found api.Comparison
	if err := json.Unmarshal([]byte(out.stdout), &found); err != nil || out.code != 1 || len(found.Results) < len(cases)/2 {
		l.Errorf("all at once: code %d, %v, %d results", out.code, err, len(found.Results))
	}
	peak := l.peak()
	l.Logf("all at once: %s, %d MiB", time.Since(began), peak>>20)
	if peak > mostMemory {
		l.Errorf("all at once took %d MiB, more than %d", peak>>20, mostMemory>>20)
	}
}

// resetPeak forgets the most memory that the server ever had.
func (l *lab) resetPeak() {
	l.Helper()
	l.must(os.WriteFile(filepath.Join("/proc", strconv.Itoa(l.server.Process.Pid), "clear_refs"), []byte("5"), 0))
}

// peak is the most memory that the server had since.
func (l *lab) peak() int64 {
	l.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(l.server.Process.Pid), "status"))
	l.must(err)
	_, line, _ := bytes.Cut(status, []byte("VmHWM:"))
	var kib int64
	_, err = fmt.Sscan(string(line), &kib)
	l.must(err)
	return kib << 10
}
