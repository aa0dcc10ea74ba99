package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// at is when everything in the canned answers happened: long ago, so that texts do not age.
var at = api.NewTime(time.Date(2001, 2, 3, 4, 5, 6, 7000, time.UTC))

const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func aRun(status string, code int) api.Run {
	loaded := 1
	return api.Run{
		Ref: "me/p#7", Number: 7, Status: status, Command: []string{"Rscript", "main.R"}, Commit: digest[7:], Environment: "me/r@3", ImageDigest: digest,
		CPUs: 2, MemoryBytes: 4 << 30, TimeoutSeconds: 600, Network: "default", Variables: map[string]string{"SEED": "7"}, Origin: "cli", CreatedBy: "me",
		ExitCode: &code, Reason: "exit code 3", CreatedAt: at, StartedAt: &at, FinishedAt: &at, SealedAt: &at, WallSeconds: 1.5, CPUSeconds: 1.2, PeakMemoryBytes: 5 << 20,
		LogDigest: digest, ResultsCommit: digest[7:], Results: []api.Result{
			{FilePath: api.NewFilePath("out/a b.csv"), Change: "added", Bytes: 2048, Digest: digest}, {FilePath: api.NewFilePath("new\nline"), Change: "changed", Bytes: 3, Digest: digest}, {FilePath: api.NewFilePath("old"), Change: "removed"},
		},
		LeftOut: []api.LeftOut{{FilePath: api.NewFilePath("out/\xff"), Why: "a named pipe"}, {Why: "and 3 more"}},
		Tags:    []string{"nightly"}, Title: "<final & best>", RecordDigest: digest, EnvironmentChanged: true,
		Metrics: []api.Metric{{Name: "auc", Value: 0.914}, {Name: "bad\x1bname", Value: "two\nlines"}, {Name: "rows", Value: 12000.0}}, LoadedCount: &loaded,
	}
}

// answers are what the canned server knows, by method and path below /api/v1.
func answers() map[string]any {
	revision := api.Revision{
		Ref: "me/r@3", Number: 3, Status: "ready", Active: true, Base: "debian:12", BaseKind: "image", BaseDigest: digest, Instructions: "RUN true\nRUN false || true\n",
		Files: []api.File{{FilePath: api.NewFilePath("conf/x"), Kind: "file", Bytes: 3, Digest: digest}}, Variables: map[string]string{"LANG": "C.UTF-8"},
		ImageDigest: digest, ImageBytes: 150 << 20, PackageCount: 96, PackagesDigest: digest, Note: "adds sf", CreatedBy: "me", CreatedAt: at, BuildSeconds: 12.25,
	}
	environment := api.Environment{
		Ref: "me/r", Owner: "me", Name: "r", Description: "R with <sf>", Visibility: "team", ActiveRevision: 3, CreatedBy: "me", CreatedAt: at, Revisions: 3, Latest: 3, LatestStatus: "ready",
	}
	project := api.Project{Ref: "me/p", Owner: "me", Name: "p", Visibility: "private", Environment: "me/r", Head: digest[7:], Runs: 7, CreatedBy: "me", CreatedAt: at}
	packages := []api.Package{{Ecosystem: "deb", Name: "bash", Version: "5.2"}, {Ecosystem: "r", Name: "sf", Version: "1.0-9", Location: "/usr/lib/R"}}
	changed := []api.PackageChange{{Ecosystem: "r", Name: "sf", A: "1.0-8", B: "1.0-9", Change: "changed", Direction: "upgrade"}}
	return map[string]any{
		"GET /whoami":                                     api.Identity{User: "me", Admin: true},
		"GET /doctor":                                     []api.Check{{Name: "engine", Status: "ok", Detail: "docker"}, {Name: "disk", Status: "warning", Detail: "3 GiB free", Mend: "make room"}},
		"GET /environments":                               []api.Environment{environment},
		"GET /environments/me/r":                          environment,
		"GET /environments/me/r/revisions":                []api.Revision{revision},
		"GET /environments/me/r/revisions/3":              revision,
		"GET /environments/~/r/revisions/active/packages": packages,
		"GET /environments/me/r/usage":                    api.EnvironmentUsage{Projects: []string{"me/p", "you/q"}, Environments: []string{"you/s@1"}, Runs: 7},
		"GET /environments-diff": api.EnvironmentDiff{
			A: "me/r@2", B: "me/r@3", Settings: []api.FieldChange{{Field: "base", A: "debian:11", B: "debian:12"}}, Files: []api.PathChange{{FilePath: api.NewFilePath("conf/x"), Change: "added"}},
			Packages: changed, Instructions: "@@ -1 +1 @@\n-RUN a\n+RUN b\n",
		},
		"GET /projects":           []api.Project{project},
		"GET /projects/me/p":      project,
		"GET /projects/me/p/runs": []api.Run{aRun("failed", 3)},
		"GET /projects/me/p/commits": []api.Commit{
			{ID: digest[7:], Tree: digest, Parents: []string{}, Author: "me", Message: "first\nand more", CreatedAt: at, Files: 2, Bytes: 50, Git: &api.GitState{Commit: "abc", Dirty: true}},
		},
		"GET /projects/me/p/runs/7": aRun("failed", 3),
		"GET /projects/me/p/runs/7/packages": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			list := slices.Clone(packages)
			switch r.URL.Query().Get("at") {
			case "start":
				list[1].Version = "1.0-8"
			case "loaded":
				list = list[1:]
			}
			_ = json.NewEncoder(w).Encode(list)
		}),
		"GET /projects/me/p/runs/7/reproductions": api.Reproduced{Times: 3, Reproduced: 2, LastAt: &at, Studies: []api.Study{}},
		"GET /projects/me/p/runs/7/verify":        api.Verification{Run: "me/p#7", OK: false, Record: digest, Checks: []api.Check{{Name: "chain", Status: "failed", Detail: "the record before is missing"}}},
		"GET /projects/me/p/runs/7/record":        json.RawMessage(`{"a":1,"z":"<&>"}`),
		"GET /compare":                            aComparison(),
	}
}

func (b *bench) can(known map[string]any) {
	b.answer = func(w http.ResponseWriter, r *http.Request) {
		key := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/api/v1")
		answer, ok := known[key]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			_ = json.NewEncoder(w).Encode(api.ErrorBody{Error: api.ErrorDetail{Kind: "not_found", Message: "there is no " + key, RequestID: "r1"}})
			return
		}
		if write, ok := answer.(http.HandlerFunc); ok {
			write(w, r)
			return
		}
		if raw, ok := answer.(json.RawMessage); ok {
			_, _ = w.Write(raw)
			return
		}
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// TestOutput holds what listings and shows print, as text and as JSON.
func TestOutput(t *testing.T) {
	cases := []output{
		{"doctor", []string{"doctor"}, 0},
		{"env-ls", []string{"env", "ls"}, 0},
		{"env-show", []string{"env", "show", "me/r"}, 0},
		{"env-show-revision", []string{"env", "show", "me/r@3"}, 0},
		{"env-revisions", []string{"env", "revisions", "me/r"}, 0},
		{"env-packages", []string{"env", "packages", "r"}, 0},
		{"env-usage", []string{"env", "usage", "me/r"}, 0},
		{"env-diff", []string{"env", "diff", "me/r@2", "me/r@3"}, 0},
		{"project-ls", []string{"project", "ls"}, 0},
		{"project-show", []string{"project", "show"}, 0},
		{"log", []string{"log"}, 0},
		{"runs", []string{"runs"}, 0},
		{"show", []string{"show", "7"}, 0},
		{"packages", []string{"packages", "7"}, 0},
		{"packages-changed", []string{"packages", "7", "--changed"}, 0},
		{"packages-loaded", []string{"packages", "7", "--loaded"}, 0},
		{"results", []string{"results", "7"}, 0},
		{"compare", []string{"compare", "7", "8"}, 1},
		{"compare-all", []string{"compare", "7", "8", "--diff", "--all"}, 1},
		{"record", []string{"record", "7"}, 0},
		{"record-verify", []string{"record", "7", "--verify"}, 1},
		{"missing", []string{"show", "9"}, 2},
	}
	outputs(t, answers(), cases)
}

// output is a command of which every byte that it prints is kept, as text and as JSON, and its exit code.
type output struct {
	name string
	args []string
	code int
}

// outputs holds what commands print to the golden files, with a server that gives those answers.
func outputs(t *testing.T, server map[string]any, cases []output) {
	t.Helper()
	b := newBench(t)
	b.write("petri.toml", "project = \"me/p\"\n")
	b.can(server)
	address := addressOf(t)
	for _, c := range cases {
		for _, form := range []string{"txt", "json"} {
			args := c.args
			if form == "json" {
				args = append([]string{"--json"}, args...)
			}
			r := b.petri(args...)
			if r.code != c.code {
				t.Errorf("petri %v: exit code %d, want %d; %s", args, r.code, c.code, r.stderr)
			}
			golden(t, "output/"+c.name+"."+form, strings.ReplaceAll(r.stdout+r.stderr, address, "http://SERVER"))
		}
	}
}

func TestRecordIsByteForByte(t *testing.T) {
	b := newBench(t)
	b.write("petri.toml", "project = \"me/p\"\n")
	b.can(answers())
	if r := b.petri("record", "7", "--json"); r.stdout != `{"a":1,"z":"<&>"}` {
		t.Errorf("%q", r.stdout)
	}
}

// TestRun plays a run: both streams where they belong, the command's exit code, the last line.
func TestRun(t *testing.T) {
	frames := func(w http.ResponseWriter, _ *http.Request) {
		for _, f := range []struct {
			stream byte
			text   string
		}{{petri.Stdout, "out\n"}, {petri.Stderr, "err\n"}, {petri.Stdout, "more"}} {
			header := make([]byte, petri.LogHeaderSize)
			petri.PutLogHeader(header, f.stream, at.Time, len(f.text))
			_, _ = w.Write(append(header, f.text...))
		}
	}
	play := func(run api.Run) map[string]any {
		known := answers()
		known["POST /projects/me/p/runs"] = api.Run{Ref: "me/p#7", Status: "queued"}
		known["GET /projects/me/p/runs/7/log"] = http.HandlerFunc(frames)
		known["GET /projects/me/p/runs/7/events"] = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			encoded, _ := json.Marshal(run)
			_, _ = fmt.Fprintf(w, "id: 1\ndata: %s\n\nevent: end\ndata: {}\n\n", encoded)
		})
		return known
	}
	failed, broken := aRun("failed", 3), aRun("error", 0)
	broken.ExitCode, broken.Error, broken.EnvironmentChanged = nil, "the engine went away", false
	ended, timedOut := aRun("succeeded", 0), aRun("failed", 0)
	ended.EnvironmentChanged, ended.Results, ended.LeftOut, timedOut.LeftOut = false, nil, nil, nil
	for _, c := range []struct {
		run  api.Run
		code int
		last string
	}{
		{failed, 3, "  upgrade r sf 1.0-8 → 1.0-9\nme/p#7 failed (exit code 3) in 1.50 s, 3 results, 2 left out (petri show me/p#7), changed its own packages (petri packages me/p#7 --changed)"},
		{broken, 125, "me/p#7 error: the engine went away"},
		{ended, 0, "me/p#7 succeeded in 1.50 s, 0 results"},
		{timedOut, 1, "  upgrade r sf 1.0-8 → 1.0-9\nme/p#7 failed (exit code 3) in 1.50 s, 3 results, changed its own packages (petri packages me/p#7 --changed)"},
	} {
		b := newBench(t)
		b.write("petri.toml", "project = \"me/p\"\n")
		b.can(play(c.run))
		r := b.petri("run", "--commit", "head", "--", "Rscript", "main.R")
		if r.code != c.code || r.stdout != "out\nmore" || r.stderr != "err\n"+c.last+"\n" {
			t.Errorf("%+v, want code %d and %q", r, c.code, c.last)
		}
		asJSON := b.petri("run", "--json", "--commit", "head", "--", "Rscript", "main.R")
		var got api.Run
		if err := json.Unmarshal([]byte(asJSON.stdout), &got); err != nil || asJSON.code != c.code || got.Status != c.run.Status || asJSON.stderr != "" {
			t.Errorf("with --json: %+v, %v", asJSON, err)
		}
		if r := b.petri("run", "--detach", "--commit", "head", "--", "true"); r.stdout != "me/p#7\n" || r.code != 0 {
			t.Errorf("detached: %+v", r)
		}
	}
}
