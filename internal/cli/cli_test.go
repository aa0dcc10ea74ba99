package cli_test

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/cli"
)

var update = flag.Bool("update", false, "write the golden files anew")

// home is this package's folder, wherever a test goes.
var home, _ = os.Getwd()

// result is what a command left.
type result struct {
	code           int
	stdout, stderr string
}

// bench is a person's machine: home, folder, and a server that counts what it is asked.
type bench struct {
	t        *testing.T
	dir      string
	requests atomic.Int32
	answer   http.HandlerFunc // nil: answers 500
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.requests.Add(1)
		if b.answer != nil {
			b.answer(w, r)
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(server.Close)
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("PETRI_DATA", "")
	t.Setenv("PETRI_URL", server.URL)
	t.Setenv("PETRI_TOKEN", "ptr_test")
	t.Chdir(b.dir)
	return b
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(b.dir, name)), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) petri(args ...string) result {
	b.t.Helper()
	return runPetri(b.t.Context(), args...)
}

func runPetri(ctx context.Context, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := cli.New(cli.Options{
		Version: "1.2.3", Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		Server: func() *cobra.Command {
			return &cobra.Command{Use: "server", Short: "Run the server", RunE: func(*cobra.Command, []string) error { return nil }}
		},
		LocalDoctor: func(context.Context) []api.Check {
			return []api.Check{{Name: "engine", Status: "ok", Detail: "docker"}}
		},
	}).Execute(ctx, args)
	return result{code, stdout.String(), stderr.String()}
}

// golden compares with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(home, "testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./internal/cli -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; write it anew with: go test ./internal/cli -update\n%s", name, diff)
	}
}

// commands are all of petri's commands, by walking their help.
func commands() [][]string {
	return [][]string{
		{}, {"init"}, {"project"}, {"project", "ls"}, {"project", "show"}, {"project", "set"}, {"project", "archive"}, {"project", "unarchive"},
		{"status"}, {"push"}, {"pull"}, {"log"}, {"clone"}, {"run"}, {"runs"}, {"show"}, {"logs"}, {"stop"}, {"results"}, {"packages"}, {"metric"}, {"rerun"},
		{"compare"}, {"record"}, {"env"}, {"env", "ls"}, {"env", "show"}, {"env", "revisions"}, {"env", "packages"}, {"env", "log"}, {"env", "usage"},
		{"env", "create"}, {"env", "edit"}, {"env", "duplicate"}, {"env", "build"}, {"env", "cancel"}, {"env", "diff"}, {"env", "promote"},
		{"env", "trial"}, {"env", "trial", "show"}, {"env", "trial", "stop"}, {"env", "trial", "resume"}, {"env", "trials"},
		{"env", "bisect"}, {"env", "bisect", "show"}, {"env", "bisect", "stop"}, {"env", "bisect", "resume"},
		{"env", "archive"}, {"env", "unarchive"}, {"login"}, {"logout"}, {"whoami"}, {"doctor"},
	}
}

func TestHelp(t *testing.T) {
	for _, command := range commands() {
		r := runPetri(t.Context(), append(command, "--help")...)
		if r.code != 0 || r.stderr != "" {
			t.Errorf("%v --help: code %d, %s", command, r.code, r.stderr)
		}
		if len(command) > 0 && !strings.Contains(r.stdout, "Example") && !strings.Contains(r.stdout, "Available Commands") {
			t.Errorf("petri %s --help has no example", strings.Join(command, " "))
		}
		golden(t, "help/"+strings.Join(append([]string{"petri"}, command...), "-")+".txt", r.stdout)
	}
}

func TestVersion(t *testing.T) {
	if r := runPetri(t.Context(), "--version"); r.stdout != "petri 1.2.3\n" || r.code != 0 {
		t.Errorf("%+v", r)
	}
}

func addressOf(t *testing.T) string {
	t.Helper()
	return os.Getenv("PETRI_URL")
}

func TestMain(m *testing.M) {
	time.Local = time.UTC // what people are shown is in their own zone
	os.Exit(m.Run())
}
