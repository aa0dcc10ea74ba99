package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const goodToml = "project = \"me/p\"\nenvironment = \"r\"\n"

// TestRefused: what is wrong is refused here, in words, before anything is sent or changed.
func TestRefused(t *testing.T) {
	long := strings.Repeat("x", 300)
	cases := []struct {
		name string
		toml string // petri.toml; "" for none
		args []string
		says string
		code int // 0 stands for 2
	}{
		{"unknown command", "", []string{"rum"}, `unknown command "rum"`, 0},
		{"unknown flag", goodToml, []string{"status", "--fast"}, "unknown flag: --fast; see: petri status --help", 0},
		{"unknown flag of run", goodToml, []string{"run", "--ram", "4g", "--", "true"}, "unknown flag: --ram", 125},
		{"too many arguments", goodToml, []string{"status", "x"}, "see: petri status --help", 0},
		{"too few arguments", goodToml, []string{"compare", "1"}, "accepts 2 arg(s), received 1", 0},
		{"an empty key column", goodToml, []string{"compare", "1", "2", "--key", ""}, "a key column has a name", 0},
		{"an empty pattern", goodToml, []string{"compare", "1", "2", "--result", ""}, "is no pattern of files", 0},
		{"a negative tolerance", goodToml, []string{"compare", "1", "2", "--rtol", "-1"}, "rtol cannot be -1", 0},
		{"a question about nothing", goodToml, []string{"packages", "--who-used", " "}, "no package named", 0},
		{"lists of less than nothing", goodToml, []string{"packages", "--who-used", "x", "--limit", "-1"}, "ask for 1 to 1000", 0},
		{"a note that is no text", goodToml, []string{"check", "a", "--accept", "--note", "\xff"}, "not UTF-8", 0},
		{"a report in no folder", goodToml + "[[check]]\nname = \"a\"\ncommand = \"true\"\n", []string{"check", "--junit", "none/x.xml"}, "the report cannot be written", 0},
		{"no project folder", "", []string{"status"}, "there is no petri.toml here or above", 0},
		{"no project folder to run in", "", []string{"run", "--", "true"}, "petri init --project NAME", 125},
		{"no project folder for a number", "", []string{"show", "17"}, "run 17 of which project?", 0},
		{"broken toml", "project = \"p\nx", []string{"status"}, "line 1", 0},
		{"unknown key", goodToml + "\n[run]\nmemroy = \"4g\"\n", []string{"status"}, `line 5: Petri knows no setting "run.memroy"`, 0},
		{"wrong type", "project = 7\n", []string{"status"}, "line 1", 0},
		{"toml without project", "environment = \"r\"\n", []string{"status"}, "does not say which project", 0},
		{"malformed project in toml", "project = \"P P\"\n", []string{"push"}, `cannot name a project`, 0},
		{"malformed environment in toml", "project = \"p\"\nenvironment = \"r@x\"\n", []string{"run", "--", "true"}, "environment:", 125},
		{"bad memory in toml", goodToml + "[run]\nmemory = \"lots\"\n", []string{"status"}, "run.memory: \"lots\" is not a size", 0},
		{"bad timeout in toml", goodToml + "[run]\ntimeout = \"soon\"\n", []string{"status"}, "run.timeout", 0},
		{"bad command in toml", goodToml + "[run]\ncommand = 3\n", []string{"run"}, "run.command", 125},
		{"no command", goodToml, []string{"run"}, "no command given", 125},
		{"empty command", goodToml, []string{"run", "--", ""}, "no command given", 125},
		{"memory without sense", goodToml, []string{"run", "--memory", "4x", "--", "true"}, `"4x" is not a size`, 125},
		{"negative memory", goodToml, []string{"run", "--memory", "-4g", "--", "true"}, "is not a size", 125},
		{"too little memory", goodToml, []string{"run", "--memory", "1m", "--", "true"}, "at least 6m", 125},
		{"memory beyond all bounds", goodToml, []string{"run", "--memory", "9999999t", "--", "true"}, "is not a size", 125},
		{"zero CPUs", goodToml, []string{"run", "--cpus", "0", "--", "true"}, "cannot run with 0 CPUs", 125},
		{"negative CPUs", goodToml, []string{"run", "--cpus", "-1", "--", "true"}, "cannot run with -1 CPUs", 125},
		{"CPUs that are no number", goodToml, []string{"run", "--cpus", "many", "--", "true"}, `"many" is no value for --cpus, which takes a number`, 125},
		{"absurd GPUs", goodToml, []string{"run", "--gpus", "1000", "--", "true"}, "cannot run with 1000 GPUs", 125},
		{"timeout without sense", goodToml, []string{"run", "--timeout", "tomorrow", "--", "true"}, `"tomorrow" is not a duration`, 125},
		{"negative timeout", goodToml, []string{"run", "--timeout", "-5m", "--", "true"}, "is not a duration", 125},
		{"timeout beyond all bounds", goodToml, []string{"run", "--timeout", "9000d", "--", "true"}, "up to a year", 125},
		{"unknown network", goodToml, []string{"run", "--network", "host", "--", "true"}, "use none or default", 125},
		{"variable without name", goodToml, []string{"run", "--var", "=x", "--", "true"}, "cannot name a variable", 125},
		{"variable that is not set", goodToml, []string{"run", "--var", "NOT_SET_ANYWHERE", "--", "true"}, "is not set here", 125},
		{"variable twice", goodToml, []string{"run", "--var", "A=1", "--var", "A=2", "--", "true"}, "given twice", 125},
		{"variable of Petri's", goodToml, []string{"run", "--var", "PETRI_RUN=1", "--", "true"}, "Petri's own", 125},
		{"long title", goodToml, []string{"run", "--title", long, "--", "true"}, "title is longer", 125},
		{"empty tag", goodToml, []string{"run", "--tag", "", "--", "true"}, "a tag has 1 to 64 bytes", 125},
		{"commit that isn't", goodToml, []string{"run", "--commit", "xyz", "--", "true"}, `"xyz" is not a commit`, 125},
		{"commit too short", goodToml, []string{"run", "--commit", "abc", "--", "true"}, "at least four digits", 125},
		{"environment that isn't", goodToml, []string{"run", "--env", "r@0", "--", "true"}, "after @ stands a revision's number", 125},
		{"other project's folder", goodToml, []string{"run", "--project", "me/q", "--", "true"}, "--commit head", 125},
		{"run that isn't", goodToml, []string{"show", "seventeen"}, "is not a run reference", 0},
		{"run zero", goodToml, []string{"logs", "0"}, "is not a run reference", 0},
		{"run of a malformed project", "", []string{"stop", "a b#3"}, "cannot name a project", 0},
		{"log from never", goodToml, []string{"logs", "1", "--since", "once"}, `"once" is not a time`, 0},
		{"negative tail", goodToml, []string{"logs", "1", "--tail", "-3"}, "last -3 lines", 0},
		{"unknown verb", goodToml, []string{"results", "1", "eat"}, "is nothing to do with results", 0},
		{"cat of nothing", goodToml, []string{"results", "1", "cat"}, "which file?", 0},
		{"packages at noon", goodToml, []string{"packages", "1", "--at", "noon"}, "use start or end", 0},
		{"unknown state", goodToml, []string{"runs", "--status", "happy"}, "is not a state of a run", 0},
		{"list of none", goodToml, []string{"runs", "-n", "0"}, "cannot list 0", 0},
		{"environment's name", "", []string{"env", "create", "My Env", "--from", "debian:12"}, "cannot name an environment", 0},
		{"create with a revision", "", []string{"env", "create", "r@3", "--from", "debian:12"}, "is one revision", 0},
		{"create from nothing", "", []string{"env", "create", "r"}, "say --from IMAGE", 0},
		{"create from no file", "", []string{"env", "create", "r", "--from", "./none.tar"}, "there is no file ./none.tar", 0},
		{"create from an empty file", "", []string{"env", "create", "r", "--from", "empty.tar"}, "is empty", 0},
		{"create from what is no tar", "", []string{"env", "create", "r", "--from", "./folder/file"}, "./folder/file is not a tar file", 0},
		{"create with instructions that are no text", "", []string{"env", "create", "r", "--from", "debian:12", "-f", "folder/binary"}, "line 2, column 3: they hold a byte that is not text", 0},
		{"command that is no text", goodToml, []string{"run", "--", "echo", "\xff"}, "the command holds bytes that are not UTF-8", 125},
		{"note that is no text", "", []string{"env", "create", "r", "--from", "debian:12", "--note", "\xff"}, "the note holds bytes that are not UTF-8", 0},
		{"message that is no text", goodToml, []string{"push", "-m", "\xff"}, "the message holds bytes that are not UTF-8", 0},
		{"create from a folder", "", []string{"env", "create", "r", "--from", "./folder"}, "is a folder; pack it into a file first", 0},
		{"create without instructions", "", []string{"env", "create", "r", "--from", "debian:12", "-f", "none"}, "the instructions none cannot be read", 0},
		{"attach no file", "", []string{"env", "create", "r", "--from", "debian:12", "--file", "none"}, "cannot be attached", 0},
		{"malformed variable", "", []string{"env", "create", "r", "--from", "debian:12", "--env", "A"}, "write NAME=VALUE", 0},
		{"unknown visibility", "", []string{"env", "create", "r", "--from", "debian:12", "--visibility", "world"}, "is not a visibility", 0},
		{"edit of a revision", "", []string{"env", "edit", "r@3", "--from", "debian:12"}, "is one revision", 0},
		{"promote without number", "", []string{"env", "promote", "r"}, "say which revision, as in r@3", 0},
		{"duplicate to a revision", "", []string{"env", "duplicate", "r", "s@2"}, "is one revision", 0},
		{"project's name", "", []string{"init", "--project", "../p"}, "cannot name a", 0},
		{"owner's name", "", []string{"env", "ls", "--owner", "A/B"}, "cannot name a user or team", 0},
		{"set of nothing", goodToml, []string{"project", "set"}, "nothing to change", 0},
		{"clone into what is not empty", "", []string{"clone", "p", "folder"}, "it is not empty", 0},
		{"clone of no project", "", []string{"clone", "P!"}, "cannot name a project", 0},
		{"server that isn't", "", []string{"login", "petri.example.org"}, "write it as http://HOST:PORT", 0},
		{"login without a token", "", []string{"login", "http://127.0.0.1:1"}, "no token was given", 0},
	}
	if len(cases) < 30 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			if c.name == "login without a token" {
				t.Setenv("PETRI_TOKEN", "")
			}
			if c.toml != "" {
				b.write("petri.toml", c.toml)
			}
			b.write("empty.tar", "")
			b.write("folder/file", "x")
			b.write("folder/binary", "RUN x\nRU\xff")
			before := listing(t, b.dir)
			r := b.petri(c.args...)
			if want := max(c.code, 2); r.code != want {
				t.Errorf("exit code %d, want %d", r.code, want)
			}
			if !strings.Contains(r.stderr, c.says) || !strings.HasPrefix(r.stderr, "petri: ") {
				t.Errorf("stderr %q does not say %q", r.stderr, c.says)
			}
			if r.stdout != "" {
				t.Errorf("stdout %q", r.stdout)
			}
			if n := b.requests.Load(); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
			if diff := cmp.Diff(before, listing(t, b.dir)); diff != "" {
				t.Errorf("the folder changed: %s", diff)
			}
			asJSON := b.petri(append([]string{"--json"}, c.args...)...)
			var body struct {
				Error struct{ Kind, Message string }
			}
			if err := json.Unmarshal([]byte(asJSON.stderr), &body); err != nil || body.Error.Kind == "" || !strings.Contains(body.Error.Message, c.says) {
				t.Errorf("with --json stderr is %q", asJSON.stderr)
			}
		})
	}
}

func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			found[path] = "folder"
			return err
		}
		b, err := os.ReadFile(path)
		found[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
