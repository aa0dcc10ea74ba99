package buildkit_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/builder/buildkit"
)

func TestWhatInstructionsMayHold(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "data file.txt", "attached\n")
	image, events, err := makeImage(t, newBuilder(t, buildkit.Config{}), builder.Request{
		Instructions: `RUN <<END
set -e
echo heredoc > /heredoc
END
RUN --mount=type=cache,target=/var/cache/test \
    touch /var/cache/test/kept && ls /var/cache/test > /cached
COPY ["data file.txt", "/opt/a file.txt"]
COPY <<END /written
from a heredoc
END
RUN --network=none echo "é and $PETRI_LINES" | head -n 3
WORKDIR /srv/work
RUN printf '%s' "$LINES" > /lines`,
		Context:   folder,
		Variables: map[string]string{"LINES": "one\ntwo\r\nthree"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/heredoc": "heredoc\n", "/cached": "kept\n", "/opt/a file.txt": "attached\n", "/written": "from a heredoc\n", "/lines": "one\ntwo\r\nthree",
	} {
		if got := in(t, image.Name, "cat", path); got != want {
			t.Errorf("%s holds %q, want %q", path, got, want)
		}
	}
	if !slices.Contains(image.Env, "LINES=one\ntwo\r\nthree") {
		t.Errorf("variables are %q", image.Env)
	}
	lines := map[int]string{}
	for _, e := range events {
		if e.Name != "" {
			lines[e.Line] = strings.SplitN(e.Name, "\n", 2)[0]
		}
	}
	for line, name := range map[int]string{1: "RUN <<END", 5: `RUN --mount=type=cache,target=/var/cache/test \`, 7: `COPY ["data file.txt", "/opt/a file.txt"]`, 12: "WORKDIR /srv/work", 13: `RUN printf '%s' "$LINES" > /lines`} {
		if lines[line] != name && !strings.HasPrefix(lines[line], strings.TrimSuffix(name, ` \`)) {
			t.Errorf("line %d is called %q, want %q", line, lines[line], name)
		}
	}
}

// Files of equal size and time must not be taken for each other between builds.
func TestChangedFileOfEqualSizeAndTime(t *testing.T) {
	b := newBuilder(t, buildkit.Config{})
	at := time.Unix(1_000_000_000, 0)
	for _, content := range []string{"first", "other"} {
		folder := t.TempDir()
		if err := os.Chtimes(write(t, folder, "f", content), at, at); err != nil {
			t.Fatal(err)
		}
		image, _, err := makeImage(t, b, builder.Request{Instructions: "COPY f /f", Context: folder})
		if err != nil {
			t.Fatal(err)
		}
		if got := in(t, image.Name, "cat", "/f"); got != content {
			t.Errorf("got %q, want %q", got, content)
		}
	}
}

func TestFailureCarriesTheEndOfTheOutput(t *testing.T) {
	_, _, err := makeImage(t, newBuilder(t, buildkit.Config{}), builder.Request{Instructions: "RUN true\nRUN for i in $(seq 1 500); do echo row $i; done; \\\n  nosuchcommand"})
	var failure *builder.StepError
	if !errors.As(err, &failure) {
		t.Fatalf("got %v", err)
	}
	if failure.Line != 2 || failure.ExitCode != 127 || strings.Contains(failure.Output, "row 400\n") || !strings.Contains(failure.Output, "row 500\n") || !strings.Contains(failure.Output, "nosuchcommand: not found") {
		t.Errorf("got %+v, with output %q", failure, failure.Output)
	}
}

func TestRefusals(t *testing.T) {
	b := newBuilder(t, buildkit.Config{})
	for _, test := range []struct{ instructions, words string }{
		{"FROM debian", "FROM is not an instruction here"},
		{"RUN --security=insecure id", "security"},
		{"RUN true\nCOPY --from=nosuch.invalid/x:1 /a /b", "nosuch.invalid"},
		{"NONSENSE here", "NONSENSE"},
	} {
		_, _, err := makeImage(t, b, builder.Request{Instructions: test.instructions})
		if err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%q: got %v", test.instructions, err)
		}
		t.Logf("%q: %s: %v", test.instructions, petri.KindOf(err), err)
	}
}

// What the check of instructions cannot see, the build itself refuses: other environments'
// images, however they are named, and the short ids by which they could be guessed.
func TestOtherEnvironmentsImages(t *testing.T) {
	b := newBuilder(t, buildkit.Config{})
	secret, _, err := makeImage(t, b, builder.Request{Instructions: "RUN echo secret > /secret"})
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"COPY --from=" + secret.Name + " /secret /x", "RUN --mount=from=" + secret.Name + ",target=/m cat /m/secret"} {
		_, events, err := makeImage(t, b, builder.Request{Instructions: how})
		if petri.KindOf(err) != petri.Invalid || !strings.Contains(err.Error(), "an image of Petri's own") {
			t.Errorf("%s: got %v", how, err)
		}
		for _, e := range events {
			if strings.Contains(e.Output, "secret") {
				t.Errorf("%s: printed %q", how, e.Output)
			}
		}
	}
	for _, ref := range []string{secret.Digest.Hex()[:8], "sha256:" + secret.Digest.Hex()[:8]} {
		if found, err := b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: ref}, nil); err == nil {
			t.Errorf("%s: found %+v", ref, found)
		}
	}
	if found, err := b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: secret.Digest.Hex()[:12]}, nil); err != nil || found.Digest != secret.Digest {
		t.Errorf("by twelve digits: %+v, %v", found, err)
	}
}

func TestClippedOutputIsTold(t *testing.T) {
	_, events, err := makeImage(t, newBuilder(t, buildkit.Config{}), builder.Request{Instructions: "RUN seq 1 400000", NoCache: true})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, e := range events {
		if strings.Contains(e.Message, "left out output") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

func write(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
