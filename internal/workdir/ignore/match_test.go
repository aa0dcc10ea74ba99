package ignore_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/petri-dev/petri/internal/workdir/ignore"
)

// project is a set of ignore files by folder and the paths to ask about; a path that ends in
// a slash is a folder.
type project struct {
	files map[string]string
	paths []string
}

// ignored asks our matcher, walking down as a scan does.
func (p project) ignored(path string) bool {
	folder := strings.HasSuffix(path, "/")
	names := strings.Split(strings.TrimSuffix(path, "/"), "/")
	var rules *ignore.Rules
	at := ""
	for i, name := range names {
		if text, ok := p.files[at]; ok {
			rules = ignore.Parse(rules, at, []byte(text))
		}
		at = strings.TrimPrefix(at+"/"+name, "/")
		if ignore.Always(name) || rules.Ignored(at, folder || i < len(names)-1) {
			return true
		}
	}
	return false
}

// git asks git check-ignore about every path of the project, laid out in dir.
func (p project) git(t fatal, dir string) map[string]bool {
	git := func(stdin string, args ...string) []byte {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "HOME="+dir)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); err != nil && (code != 1 || args[0] != "check-ignore") {
			t.Fatalf("git %s: %v: %s", args, err, stderr.String())
		}
		return out
	}
	git("", "init", "-q", "--template=")
	must(t, os.MkdirAll(filepath.Join(dir, ".git", "info"), 0o755))
	_ = os.WriteFile(filepath.Join(dir, ".git", "info", "exclude"), nil, 0o644)
	for folder, text := range p.files {
		must(t, os.MkdirAll(filepath.Join(dir, folder), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, folder, ignore.GitFile), []byte(text), 0o644))
	}
	for _, path := range p.paths {
		full := filepath.Join(dir, path)
		if strings.HasSuffix(path, "/") {
			must(t, os.MkdirAll(full, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(full), 0o755))
		must(t, os.WriteFile(full, nil, 0o644))
	}
	var asked strings.Builder
	for _, path := range p.paths {
		asked.WriteString(strings.TrimSuffix(path, "/") + "\x00")
	}
	out := git(asked.String(), "check-ignore", "-z", "--stdin")
	said := map[string]bool{}
	for path := range strings.SplitSeq(string(out), "\x00") {
		said[path] = path != ""
	}
	return said
}

type fatal interface {
	Fatalf(format string, args ...any)
}

func must(t fatal, err error) {
	if err != nil {
		t.Fatalf("%v", err)
	}
}

func needGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("git is needed to compare with")
		}
		t.Skip("git is not installed, nothing to compare with")
	}
}

func (p project) compare(t fatal, dir string) {
	said := p.git(t, dir)
	for _, path := range p.paths {
		if ours := p.ignored(path); ours != said[strings.TrimSuffix(path, "/")] {
			t.Fatalf("path %q: we say ignored=%v, git says %v; rules %q", path, ours, !ours, p.files)
		}
	}
}

// treePaths has the shapes that patterns tell apart.
func treePaths() []string {
	return []string{
		"a", "b/", "b/a", "b/c/", "b/c/a", "b/c/d/a", "foo", "foo.txt", "foo bar", "foo ", "bar/foo/", "bar/foo/x.txt", "x/foo/bar",
		"x/y/z/foo", "Foo", "-dash", "[x]", "a*b", `back\slash`, "#hash", "!bang", "é.txt", "\xff\xfe", "new\nline", "tab\there",
		"build/", "build/out.o", "src/build/", "src/build/x.o", "src/main.c", "src/lib/main.c", "deep/one/two/three/file.c",
		"a1", "a5", "az", "a-", "a]", "a^", "a!", "ab", "abc", "abd", "data.csv", "out/data.csv", "out/keep.csv", ".hidden", "x/.hidden",
	}
}

func TestSameAsGit(t *testing.T) {
	needGit(t)
	patterns := []string{
		"foo", "/foo", "foo/", "/foo/", "foo/bar", "foo/*", "*/foo", "**/foo", "foo/**", "foo/**/", "x/**/foo", "**", "*", "/*", "/**", "/", "//", "",
		"*.txt", "*.c", "/*.c", "src/*.c", "src/**/*.c", "**/*.c", "deep/**/file.c", "deep/*/file.c", "**/two/**", "?", "??", "a?", "a[0-9]", "a[!0-9]", "a[^0-9]",
		"a[]-]", "a[]]", "a[!]]", "a[a-", "a[", "a[\\]]", "a[[:digit:]]", "a[[:alpha:]]", "a[[:foo:]]", "a[[:digit:]-z]", "a[[:]", "a[z-a]", "a[-z]", "a[0-]", "a[\\0-\\9]",
		"foo\\ ", "foo\\  ", "foo ", "foo  ", "foo bar", "foo\\", "foo\\\\", `back\\slash`, `back\slash`, `\#hash`, "#hash", `\!bang`, "!bang", `a\*b`, "a*b", `\[x\]`, "[[]x]",
		"foo\r", "foo \r", "\xef\xbb\xbffoo", "é.txt", "\xff*", "new*line", "tab\there", "-dash", "*dash", "**foo", "foo**", "b**/a", "b/**a", "***", "**/", "*/", "*/*/", "b/c/**/a",
		"!foo\nfoo", "foo\n!foo", "*\n!*.txt", "/*\n!/src", "*\n!*/\n!*.c", "bar\n!bar/foo", "bar/*\n!bar/foo", "out/*\n!out/keep.csv", "*.csv\n!keep.csv", "build\n!src/build", "f\x00oo", "foo\x00", ".*", "!", "!/", "\\", "/\\", "a\\", "*\\", "[", "[!", "[^", "]",
		"b/../a", "./a", "b//a", "b/./a", "foo/ ", "foo\t", " foo", "*.[ch]", "*[.]c", "a/b\\/", `x\/foo`, `**\/foo`, `x/**\/foo`, "*o*", "*o*.t*t", "f*o*", "s*c/m*.c", "s**/main.c", "src**/main.c", "sr?/main.c", "src?main.c", "src[/]main.c",
	}
	for i, text := range patterns {
		t.Run(fmt.Sprintf("%03d", i), func(t *testing.T) {
			t.Parallel()
			project{files: map[string]string{"": text}, paths: treePaths()}.compare(t, t.TempDir())
		})
	}
}

func TestNestedSameAsGit(t *testing.T) {
	needGit(t)
	cases := []map[string]string{
		{"": "*.c", "src": "!main.c"},
		{"": "*.c", "src": "!main.c", "src/lib": "main.c"},
		{"": "src/lib", "src": "!lib", "src/lib": "!main.c"},
		{"src": "/main.c"}, {"src": "lib/main.c"}, {"src": "/lib/"}, {"src": "src"}, {"src": "**/main.c"}, {"src": "*"}, {"src": "/"},
		{"": "!foo", "x": "foo", "bar": "foo/"}, {"b": "c/**/a", "": "!a"}, {"b/c": "/a\n!/d/a"},
		{"": ".gitignore"}, {"": "*\n!.gitignore\n!src/", "src": "!*.c"},
	}
	for i, files := range cases {
		t.Run(fmt.Sprintf("%03d", i), func(t *testing.T) {
			t.Parallel()
			project{files: files, paths: treePaths()}.compare(t, t.TempDir())
		})
	}
}

// TestGeneratedSameAsGit makes up rules and paths from the letters that matter.
func TestGeneratedSameAsGit(t *testing.T) {
	needGit(t)
	dir := t.TempDir()
	piece := rapid.SampledFrom([]string{"a", "b", "c", "ab", "*", "**", "?", "/", "/", "[ab]", "[!a]", "[^b]", "[a-c]", "[", "]", "-", "\\", "!", "#", " ", ".", "[[:alpha:]]", "\r", "***", "/**/", "\\*"})
	line := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 1, 7).Draw(t, "pieces"), "") })
	text := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(line, 1, 4).Draw(t, "lines"), "\n") })
	name := rapid.SampledFrom([]string{"a", "b", "c", "ab", "ba", "abc", "a-b", "a b", "-", "]", "[", "a]", "*", `\`, "!a", "#b", "a.b", "aa"})
	rapid.Check(t, func(t *rapid.T) {
		p := project{files: map[string]string{"": text.Draw(t, "root")}}
		if rapid.Bool().Draw(t, "nested") {
			p.files["a"] = text.Draw(t, "nested rules")
		}
		kinds := map[string]bool{"a": true} // path → folder
		for range rapid.IntRange(5, 15).Draw(t, "paths") {
			names := rapid.SliceOfN(name, 1, 4).Draw(t, "names")
			for i := range names {
				path := strings.Join(names[:i+1], "/")
				is, known := kinds[path]
				if known && !is {
					break
				}
				kinds[path] = i < len(names)-1 || is
			}
		}
		for path, folder := range kinds {
			if folder {
				path += "/"
			}
			p.paths = append(p.paths, path)
		}
		here, err := os.MkdirTemp(dir, "")
		must(t, err)
		defer os.RemoveAll(here)
		p.compare(t, here)
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a\n!b/\n**/c[!d]\\"), "a/b/c")
	f.Fuzz(func(_ *testing.T, text []byte, path string) {
		r := ignore.Parse(ignore.Parse(nil, "", text), "a", text)
		r.Ignored(path, false)
		r.Ignored("a/"+path, true)
	})
}
