// Package buildertest is the suite that every builder passes: the real one over Docker, and
// the fake. Only tests import it.
package buildertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
)

// Run runs the suite. base is an image reference that b knows, of an image with a shell.
func Run(t *testing.T, b builder.Builder, base string) {
	s := &suite{b: b, base: base, tag: fmt.Sprintf("t%d", time.Now().UnixNano())}
	for name, test := range map[string]func(*testing.T){
		"resolve":        s.resolve,
		"resolve pinned": s.resolvePinned,
		"unknown base":   s.unknownBase,
		"bad files":      s.badFiles,
		"build":          s.build,
		"cache":          s.cache,
		"equal length":   s.equalLength,
		"failing step":   s.failingStep,
		"missing file":   s.missingFile,
		"attached files": s.attachedFiles,
		"cancel":         s.cancel,
		"find and tag":   s.findAndTag,
	} {
		t.Run(name, test)
	}
}

type suite struct {
	b    builder.Builder
	base string
	tag  string
}

// events collects a build's progress.
type events struct{ all []petri.BuildEvent }

func (e *events) add(event petri.BuildEvent) { e.all = append(e.all, event) }

// of gives the events of the step that carries out the user's line.
func (e *events) of(line int) []petri.BuildEvent {
	var found []petri.BuildEvent
	number := -1
	for _, event := range e.all {
		if event.Line == line {
			number = event.Step
		}
		if event.Step == number {
			found = append(found, event)
		}
	}
	return found
}

func (e *events) state(line int) string {
	state := ""
	for _, event := range e.of(line) {
		if event.State != "" {
			state = event.State
		}
	}
	return state
}

func (e *events) output(line int) string {
	var all strings.Builder
	for _, event := range e.of(line) {
		all.WriteString(event.Output)
	}
	return all.String()
}

func (s *suite) name(t *testing.T) string {
	return "petri.local/test/" + strings.ToLower(strings.ReplaceAll(filepath.Base(t.Name()), "_", "-")) + ":" + s.tag
}

func (s *suite) resolved(t *testing.T) builder.Image {
	t.Helper()
	image, err := s.b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: s.base}, nil)
	if err != nil {
		t.Fatalf("Resolve(%s): %v", s.base, err)
	}
	return image
}

func (s *suite) make(t *testing.T, req builder.Request) (builder.Image, *events, error) {
	t.Helper()
	if req.Base.Name == "" {
		req.Base = s.resolved(t)
	}
	if req.Name == "" {
		req.Name = s.name(t)
	}
	seen := &events{}
	image, err := s.b.Build(t.Context(), req, seen.add)
	checkOrder(t, seen.all)
	return image, seen, err
}

// checkOrder holds events to their contract: steps are numbered as they begin, begin with a
// name, and end once.
func checkOrder(t *testing.T, all []petri.BuildEvent) {
	t.Helper()
	last, ended := 0, map[int]bool{}
	for _, e := range all {
		switch {
		case e.Step == last+1:
			last++
			if e.Name == "" || e.State != "started" {
				t.Errorf("step %d does not begin with its name: %+v", e.Step, e)
			}
		case e.Step < 1 || e.Step > last:
			t.Errorf("an event of step %d before it began: %+v", e.Step, e)
		}
		if e.State != "" && e.State != "started" {
			if ended[e.Step] {
				t.Errorf("step %d ended twice: %+v", e.Step, e)
			}
			ended[e.Step] = true
		}
		if e.Time.IsZero() {
			t.Errorf("an event without a time: %+v", e)
		}
	}
	for n := 1; n <= last; n++ {
		if !ended[n] {
			t.Errorf("step %d never ended", n)
		}
	}
}

func wantKind(t *testing.T, err error, kind petri.Kind, words ...string) {
	t.Helper()
	if petri.KindOf(err) != kind {
		t.Fatalf("got %v (kind %s), want kind %s", err, petri.KindOf(err), kind)
	}
	for _, word := range words {
		if !strings.Contains(petri.MessageOf(err), word) {
			t.Errorf("message %q does not say %q", petri.MessageOf(err), word)
		}
	}
}

func (s *suite) resolve(t *testing.T) {
	first, second := s.resolved(t), s.resolved(t)
	if _, err := petri.ParseDigest(string(first.Digest)); err != nil {
		t.Error(err)
	}
	if first.Digest != second.Digest || first.Name == "" || first.Bytes <= 0 {
		t.Errorf("got %+v, then %+v", first, second)
	}
}

func (s *suite) resolvePinned(t *testing.T) {
	want := s.resolved(t)
	got, err := s.b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: s.base, Digest: want.Digest}, nil)
	if err != nil || got.Digest != want.Digest {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func (s *suite) unknownBase(t *testing.T) {
	_, err := s.b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: "nosuch.invalid/image:1"}, nil)
	wantKind(t, err, petri.NotFound, "nosuch.invalid/image:1", "--from FILE")
	_, err = s.b.Resolve(t.Context(), builder.Base{Kind: petri.BaseRevision, Ref: "petri.local/alice/gone:1"}, nil)
	wantKind(t, err, petri.NotFound, "petri.local/alice/gone:1")
}

func (s *suite) badFiles(t *testing.T) {
	for name, content := range map[string]string{"empty.tar": "", "text.tar": strings.Repeat("this is no tar\n", 100), "cut.tar.gz": "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := s.b.Resolve(t.Context(), builder.Base{Kind: petri.BaseFile, Ref: name, Path: file}, nil)
		wantKind(t, err, petri.Invalid, name)
	}
}

func (s *suite) build(t *testing.T) {
	image, seen, err := s.make(t, builder.Request{
		Instructions: "# a comment\nRUN echo hello-from-line-2 " + s.tag + "\n\nENV COLOUR=green\nUSER 1234\n",
		Variables:    map[string]string{"PLAIN": "1", "STRANGE": "a \"b\" $c \\d 'e' é"},
		Labels:       map[string]string{"org.opencontainers.image.title": "a test"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if out := seen.output(2); !strings.Contains(out, "hello-from-line-2") || seen.state(2) != "done" {
		t.Errorf("line 2 printed %q and ended %q", out, seen.state(2))
	}
	if got := seen.of(2)[0].Name; got != "RUN echo hello-from-line-2 "+s.tag {
		t.Errorf("line 2 is called %q", got)
	}
	for _, want := range []string{"COLOUR=green", "PLAIN=1", "STRANGE=a \"b\" $c \\d 'e' é"} {
		if !slices.Contains(image.Env, want) {
			t.Errorf("%q is not among %q", want, image.Env)
		}
	}
	if image.User != "1234" || image.Labels["org.opencontainers.image.title"] != "a test" || image.Name != s.name(t) || image.Bytes <= 0 {
		t.Errorf("got %+v", image)
	}
}

func (s *suite) cache(t *testing.T) {
	req := builder.Request{Instructions: "RUN echo once " + s.tag}
	if _, seen, err := s.make(t, req); err != nil || seen.state(1) != "done" {
		t.Fatalf("the first time: %v, %s", err, seen.state(1))
	}
	if _, seen, err := s.make(t, req); err != nil || seen.state(1) != "cached" {
		t.Fatalf("the second time: %v, %s", err, seen.state(1))
	}
	req.NoCache = true
	if _, seen, err := s.make(t, req); err != nil || seen.state(1) != "done" || !strings.Contains(seen.output(1), "once") {
		t.Fatalf("without the cache: %v, %s, %q", err, seen.state(1), seen.output(1))
	}
}

// Instructions that differ, though not in their length, must never be taken for each other.
func (s *suite) equalLength(t *testing.T) {
	for _, word := range []string{"first", "other", "third"} {
		_, seen, err := s.make(t, builder.Request{Instructions: "RUN echo " + word + " " + s.tag})
		if err != nil || !strings.Contains(seen.output(1), word) {
			t.Fatalf("%s: it printed %q, %v", word, seen.output(1), err)
		}
	}
}

func (s *suite) failingStep(t *testing.T) {
	_, seen, err := s.make(t, builder.Request{Instructions: "RUN echo fine\n\nRUN exit 7\nRUN echo never"})
	var failure *builder.StepError
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want a StepError", err)
	}
	if failure.Line != 3 || failure.ExitCode != 7 || failure.Instruction != "RUN exit 7" {
		t.Errorf("got %+v", failure)
	}
	if seen.state(3) != "failed" || len(seen.of(4)) != 0 {
		t.Errorf("line 3 ended %q, line 4 has %d events", seen.state(3), len(seen.of(4)))
	}
	if _, err := s.b.Find(t.Context(), petri.DigestBytes(nil), s.name(t)); petri.KindOf(err) != petri.NotFound {
		t.Errorf("a failed build left an image: %v", err)
	}
}

func (s *suite) missingFile(t *testing.T) {
	_, _, err := s.make(t, builder.Request{Instructions: "RUN echo fine\nCOPY nothere.txt /x", Context: t.TempDir()})
	var failure *builder.StepError
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want a StepError", err)
	}
	if failure.Line != 2 || failure.ExitCode != 0 || !strings.Contains(failure.Message, "nothere.txt") {
		t.Errorf("got %+v", failure)
	}
}

func (s *suite) attachedFiles(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "with space.txt"), []byte("content "+s.tag), 0o600); err != nil {
		t.Fatal(err)
	}
	_, seen, err := s.make(t, builder.Request{Instructions: "COPY [\"with space.txt\", \"/opt/with space.txt\"]", Context: folder})
	if err != nil || seen.state(1) != "done" {
		t.Fatalf("got %v, %s", err, seen.state(1))
	}
}

func (s *suite) cancel(t *testing.T) {
	base := s.resolved(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := &events{}
	var canceled time.Time
	_, err := s.b.Build(ctx, builder.Request{Base: base, Name: s.name(t), Instructions: "RUN sleep 30", NoCache: true}, func(e petri.BuildEvent) {
		seen.add(e)
		if e.Line == 1 && e.State == "started" {
			time.AfterFunc(300*time.Millisecond, func() { canceled = time.Now(); cancel() })
		}
	})
	if took := time.Since(canceled); took > time.Second {
		t.Errorf("it took %s to stop", took)
	}
	wantKind(t, err, petri.Canceled)
	checkOrder(t, seen.all)
	if seen.state(1) != "canceled" {
		t.Errorf("the step ended %q", seen.state(1))
	}
}

func (s *suite) findAndTag(t *testing.T) {
	image, _, err := s.make(t, builder.Request{Instructions: "RUN echo found " + s.tag})
	if err != nil {
		t.Fatal(err)
	}
	other := "petri.local/test/other:" + s.tag
	if err := s.b.Tag(t.Context(), image.Digest, other); err != nil {
		t.Fatal(err)
	}
	for _, hint := range []string{image.Name, other, "", "petri.local/test/nothing:1"} {
		got, err := s.b.Find(t.Context(), image.Digest, hint)
		if err != nil || got.Digest != image.Digest {
			t.Errorf("Find by %q: %+v, %v", hint, got, err)
		}
	}
	again, err := s.b.Resolve(t.Context(), builder.Base{Kind: petri.BaseRevision, Ref: other, Digest: image.Digest}, nil)
	if err != nil || again.Digest != image.Digest {
		t.Errorf("as a base: %+v, %v", again, err)
	}
	wantKind(t, s.b.Tag(t.Context(), petri.DigestBytes([]byte("none")), "x:1"), petri.NotFound)
}
