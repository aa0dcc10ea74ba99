package instructions_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bk "github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/petri-dev/petri/internal/instructions"
)

func TestRender(t *testing.T) {
	got := instructions.Render("# syntax=x\nRUN true\n  run [\"a\"]\nRUN <<EOF\nRUN no\nEOF", instructions.Options{
		Base:      "petri/base:1",
		Variables: map[string]string{"B": `say "hi" \ $HOME`, "A": "1"},
	})
	want := `FROM petri/base:1
ENV A="1"
ENV B="say \"hi\" \\ \$HOME"
# syntax=x
RUN true
  run ["a"]
RUN <<EOF
RUN no
EOF
`
	if diff := cmp.Diff(want, got.Dockerfile); diff != "" {
		t.Error(diff)
	}
	for dockerfile, user := range map[int]int{1: 0, 3: 0, 4: 1, 5: 2, 9: 6} {
		if got.Line(dockerfile) != user {
			t.Errorf("line %d of the Dockerfile is the user's %d, want %d", dockerfile, got.Line(dockerfile), user)
		}
	}
}

// What was found right must still be right once rendered, with every message's line led back.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		"", "RUN true", "FROM x\nRUN y", "RUN <<A <<B\nx\nA\ny\nB\n", "# escape=`\nRUN a `\n b", "ENV A b\nLABEL x=y",
		"RUN \\\n\n\\\n x", "COPY [\"a\", \"b\"]", "\\\nRUN x", "ONBUILD RUN <<E\nE", "HEALTHCHECK --interval=1s CMD x", "\ufeffRUN x\r\n",
		"RUN --mount=type=bind,source=a,target=b c", "SHELL []", "ARG =", "EXPOSE a b c", "#\n# check=skip=all\nMAINTAINER x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		problems := instructions.CheckFiles(text, []string{"a", "b/c"})
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Column < 1 || p.Message == "" {
				t.Fatalf("%q: a problem without a place: %+v", text, p)
			}
		}
		if instructions.Refusal(problems) != nil {
			return
		}
		rendered := instructions.Render(text, instructions.Options{
			Base: "b", Variables: map[string]string{"V": strings.NewReplacer("\n", "", "\r", "").Replace(text)},
		})
		result, err := parser.Parse(strings.NewReader(rendered.Dockerfile))
		if err != nil {
			t.Fatalf("%q was found right and does not parse: %v\n%s", text, err, rendered.Dockerfile)
		}
		if _, _, err := bk.Parse(result.AST, linter.New(&linter.Config{})); err != nil {
			t.Fatalf("%q was found right and is refused: %v\n%s", text, err, rendered.Dockerfile)
		}
		if n := strings.Count(rendered.Dockerfile, "\n"); rendered.Line(n) > lines {
			t.Fatalf("%q: line %d is led back to %d of %d", text, n, rendered.Line(n), lines)
		}
	})
}
