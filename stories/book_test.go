//go:build slow

package stories_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// book is docs/explained.md in the making.
type book struct {
	chapters []string
	epilogue []said
}

func (b *book) tell(w *world, tr trial, s story, c check) {
	if w.t.Failed() {
		return
	}
	text, err := os.ReadFile(filepath.Join(w.home, "stories", s.name, "story.md"))
	if err != nil {
		w.t.Fatal(err)
	}
	source, language := w.source(s.name)
	title, truth, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
	d := w.difference(s, c)
	var out strings.Builder
	fmt.Fprintf(&out, "## %s\n%s\n```%s\n%s```\n\n", title, truth, language, source)
	fmt.Fprintf(&out, "The trial of `%s` says **%s**", tr.candidate, c.Verdict)
	if c.Summary != "" {
		fmt.Fprintf(&out, ": %s", c.Summary)
	}
	fmt.Fprintf(&out, "\n\n```console\n$ %s\n%s```\n", d.command, d.output)
	b.chapters = append(b.chapters, out.String())
}

func (b *book) write(t *testing.T, path string) {
	var out strings.Builder
	out.WriteString(`# Explained

True upgrade stories, with real packages and real data, as Petri tells them. ` + "`make test-slow`" + ` lives through them again: it
builds the revisions from Debian's and PyPI's packages, has each project follow its environment, puts the next revision on
trial, and holds Petri to the verdicts and words below. The projects are in [stories/](../stories). This page was written by
` + "`PETRI_WRITE=1 make test-slow`" + `.

`)
	out.WriteString(strings.Join(b.chapters, "\n"))
	out.WriteString("\n## And then\n")
	for _, s := range b.epilogue {
		fmt.Fprintf(&out, "\n%s\n\n```console\n$ %s\n%s```\n", s.question, s.command, s.output)
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
