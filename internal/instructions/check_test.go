package instructions_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/instructions"
)

func TestCheck(t *testing.T) {
	type place struct {
		line, column int
		severity     string
		says         string // part of the message
	}
	tests := []struct {
		name string
		text string
		want []place
	}{
		{"nothing", "", nil},
		{"only comments", "# hello\n\n  # there\n", nil},
		{"right", "RUN apt-get update && apt-get install -y r-base\nENV A=1\nUSER nobody\n", nil},
		{"lower case", "run true\n", nil},
		{"windows line ends", "RUN true\r\nRUN false\r\n", nil},
		{"byte order mark", "\ufeffRUN true\n", nil},
		{"continued", "RUN true \\\n  && echo \\\n  done\nWORKDIR /x\n", nil},
		{"heredoc", "RUN <<EOF\nFROM is a word here\nNONSENSE too\nEOF\nCOPY <<one <<two /x/\n1\none\n2\ntwo\n", nil},
		{"copy from an image", "COPY --from=debian:12 /etc/passwd /x\n", nil},
		{"json", `RUN ["echo", "hello"]`, nil},

		{"from", "RUN true\n  FROM debian:12\n", []place{{2, 3, "error", "FROM is not written here"}}},
		{"several stages", "FROM a AS b\nRUN true\nFROM c\n", []place{{1, 1, "error", "FROM"}, {3, 1, "error", "FROM"}}},
		{"unknown", "\n\n  INSTALL r-base\n", []place{{3, 3, "error", "unknown instruction: INSTALL"}}},
		{"misspelt", "RUNN true\n", []place{{1, 1, "error", "did you mean RUN"}}},
		{"two faults", "BAD\nRUN true\nWORSE\n", []place{{1, 1, "error", "BAD"}, {3, 1, "error", "WORSE"}}},
		{"syntax then unknown", "ENV\nBAD x\nLABEL =\n", []place{{1, 1, "error", "ENV"}, {2, 1, "error", "BAD"}, {3, 1, "error", ""}}},
		{"unknown flag", "RUN --nonsense=1 true\n", []place{{1, 1, "error", "nonsense"}}},
		{"copy without destination", "COPY a\n", []place{{1, 1, "error", "two arguments"}}},
		{"empty run", "RUN\n", []place{{1, 1, "error", "RUN needs a command"}}},
		{"open heredoc", "RUN true\nRUN <<EOF\ntrue\n", []place{{2, 1, "error", "never ended"}}},
		{"heredoc then fault", "RUN <<EOF\na\nb\nEOF\nBAD\n", []place{{5, 1, "error", "BAD"}}},
		{"copy from another environment", "COPY --from=petri.local/alice/secret:1 /a /b\n", []place{{1, 13, "error", "an image of Petri's own"}}},
		{"mount of another environment", "RUN --mount=from=petri.local/base:12,target=/x true\n", []place{{1, 18, "error", "an image of Petri's own"}}},
		{"stage by number", "RUN true\nCOPY --from=0 /a /b\n", []place{{2, 6, "error", "build stage"}}},
		{"escape directive", "# escape=`\nRUN true\n", []place{{1, 1, "error", "escape"}}},
		{"usual escape directive", "# escape=\\\nRUN true\n", nil},
		{"syntax directive", "# syntax=docker/dockerfile:1\nRUN true\n", []place{{1, 1, "warning", "ignored"}}},
		{"directive in the middle is a comment", "RUN true\n# escape=`\n", nil},
		{"insecure", "RUN --security=insecure true\n", []place{{1, 5, "error", "not allowed"}}},
		{"host network", "RUN --network=host true\n", []place{{1, 5, "error", "not allowed"}}},
		{"no network", "RUN --network=none true\n", nil},
		{"ssh", "RUN --mount=type=ssh git clone x\n", []place{{1, 5, "error", "SSH"}}},
		{"petri's variable", "ENV A=1 PETRI_RUN=2\n", []place{{1, 9, "error", "PETRI_RUN"}}},
		{"nul", "RUN true\nRUN a\x00b\n", []place{{2, 6, "error", "not text"}}},
		{"not utf-8", "RUN é\xff\n", []place{{1, 6, "error", "not text"}}},
		{"onbuild of from", "ONBUILD FROM x\n", []place{{1, 1, "error", "ONBUILD"}}},

		{"maintainer", "MAINTAINER me\n", []place{{1, 1, "warning", "Maintainer"}}},
		{"onbuild", "ONBUILD RUN true\n", []place{{1, 1, "warning", "based on it"}}},
		{"cmd", "CMD [\"R\"]\n", []place{{1, 1, "warning", "CMD has no effect on runs"}}},
		{"entrypoint", "RUN true\nentrypoint R\n", []place{{2, 1, "warning", "ENTRYPOINT has no effect"}}},
		{"legacy env", "ENV A b\n", []place{{1, 1, "warning", "key=value"}}},
		{"relative workdir", "WORKDIR x\n", []place{{1, 1, "warning", "Relative workdir"}}},
		{"volume", "VOLUME /data\n", []place{{1, 1, "warning", "VOLUME"}}},
		{"secret", "ENV DB_PASSWORD=x\n", []place{{1, 5, "warning", "secret"}}},
		{"interactive apt", "RUN apt-get update && apt-get install r-base\n", []place{{1, 1, "warning", "-y"}}},
		{"empty continuation", "RUN true \\\n\n  && true\n", []place{{3, 3, "warning", "empty line"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := instructions.Check(test.text)
			if len(got) != len(test.want) {
				t.Fatalf("got %d problems, want %d: %v", len(got), len(test.want), got)
			}
			for i, want := range test.want {
				p := got[i]
				if p.Line != want.line || p.Column != want.column || p.Severity != want.severity || !strings.Contains(p.Message, want.says) {
					t.Errorf("got %+v, want %+v", p, want)
				}
			}
		})
	}
}

func TestCheckRefusesWhatIsTooLong(t *testing.T) {
	if p := instructions.Check(strings.Repeat("# x\n", instructions.MaxBytes/4+1)); len(p) != 1 || p[0].Severity != instructions.Error {
		t.Errorf("256 KiB and more: %v", p)
	}
	if p := instructions.Check("RUN echo " + strings.Repeat("x", 70<<10)); len(p) != 1 || !strings.Contains(p[0].Message, "64 KiB") {
		t.Errorf("a line of 70 KiB: %.200v", p)
	}
}

func TestCheckFiles(t *testing.T) {
	files := []string{"renv.lock", "r/setup.R", "r/deep/more.R"}
	tests := []struct {
		name, text, want string // "" for no problem
	}{
		{"a file", "COPY renv.lock /x/", ""},
		{"with dot", "COPY ./renv.lock /renv.lock", ""},
		{"absolute is the context's root", "COPY /renv.lock /x", ""},
		{"all", "COPY . /x/", ""},
		{"a folder", "COPY r /x/", ""},
		{"a deep folder", "COPY r/deep/ /x/", ""},
		{"wildcard", "COPY r/*.R *.lock /x/", ""},
		{"any depth", "COPY --parents **/*.R /x/", ""},
		{"heredoc", "COPY <<EOF /x\nhello\nEOF", ""},
		{"other image", "COPY --from=debian:12 /nowhere /x", ""},
		{"variable", "ARG f\nCOPY $f /x", ""},
		{"url", "ADD https://example.org/x.tar.gz /x/", ""},
		{"git", "ADD git@github.com:a/b.git /x/", ""},
		{"bind", "RUN --mount=type=bind,source=renv.lock,target=/x true", ""},
		{"bind of another image", "RUN --mount=from=debian:12,source=/nowhere,target=/x true", ""},

		{"missing", "COPY renv.lck /x", "line 1, column 6: renv.lck is not among the attached files (attach it with --file)"},
		{"missing in a folder", "COPY setup.R /x", "line 1, column 6: setup.R is not among the attached files; did you mean r/setup.R?"},
		{"second line", "RUN true\nCOPY renv.lock \\\n   gone.R /x/", "line 3, column 4: gone.R is not among the attached files (attach it with --file)"},
		{"json", `COPY ["a b", "/x"]`, "line 1, column 8: a b is not among the attached files (attach it with --file)"},
		{"no match", "ADD *.csv /x/", "line 1, column 5: *.csv is not among the attached files (attach it with --file)"},
		{"bind missing", "RUN --mount=type=bind,source=gone,target=/x true", "line 1, column 30: gone is not among the attached files (attach it with --file)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, p := range instructions.CheckFiles(test.text, files) {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
	if p := instructions.CheckFiles("COPY a /a", nil); len(p) != 1 || !strings.Contains(p[0].Message, "none are attached") {
		t.Errorf("no files: %v", p)
	}
}

func TestRefusal(t *testing.T) {
	if err := instructions.Refusal(instructions.Check("MAINTAINER me")); err != nil {
		t.Errorf("a warning refuses: %v", err)
	}
	err := instructions.Refusal(instructions.Check("RUN true\nBAD x"))
	if petri.KindOf(err) != petri.Invalid || !strings.Contains(petri.MessageOf(err), "line 2, column 1: unknown instruction: BAD") {
		t.Errorf("one: %v", err)
	}
	err = instructions.Refusal(instructions.Check(strings.Repeat("BAD\n", 30)))
	if !strings.HasSuffix(petri.MessageOf(err), "and 20 more") {
		t.Errorf("many: %v", err)
	}
}
