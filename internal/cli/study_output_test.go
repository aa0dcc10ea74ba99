package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/petri-dev/petri/api"
)

func aText(s string) *string { return &s }

// studies are what the canned server knows of checks and reproductions.
func studies() map[string]any {
	check := func(name, verdict, summary string) api.StudyCheck {
		c := api.StudyCheck{Project: "me/p", Check: name, Verdict: verdict, Summary: summary, Run: aText("me/p#8"), Status: aText("succeeded"), Baseline: aText("me/p#7"), Seconds: 1.5}
		if verdict == "changed" {
			c.Comparison = &api.Comparison{Verdict: "different"}
		}
		return c
	}
	call := api.Study{
		Ref: "check-12", Kind: "check", Status: "done", Verdict: "different", CreatedBy: "me", Origin: "cli", CreatedAt: at, FinishedAt: &at,
		Project: "me/p", Commit: digest[7:], Environment: "me/r@3", Checks: []api.StudyCheck{
			check("same", "same", ""), check("forecast", "changed", "out/a.csv: 3 of 12 cells differ <beyond> \"tolerance\"\x1b"), check("broken", "regressed", "it failed with exit code 3"),
			check("nothing", "trouble", "its files match nothing"), check("never", "stopped", "me/p#8 was stopped by me"),
		},
	}
	reproduction := api.Study{
		Ref: "reproduction-3", Kind: "reproduction", Status: "done", Verdict: "different", CreatedBy: "me", CreatedAt: at, FinishedAt: &at, Project: "me/p", Run: "me/p#7",
		Reruns: []api.Reproduction{
			{Run: "me/p#8", Status: "succeeded", Verdict: "same", Seconds: 2, Causes: []api.Cause{}},
			{Run: "me/p#9", Status: "succeeded", Verdict: "different", Summary: "out/a.csv: 1 of 2 cells differs", Causes: []api.Cause{{Cause: "random seed", Why: "main.R line 3 uses rnorm(), and nothing in the R code gives set.seed()"}}},
			{Run: "me/p#10", Status: "succeeded", Verdict: "different", Causes: []api.Cause{}},
		},
		Noise: []api.Spread{{Where: "metric auc", Least: 0.5, Most: 0.75, MaxAbs: 0.25, MaxRel: 0.5}}, Suggestion: &api.Tolerance{RTol: 1e-9, ATol: 0.5},
	}
	stopped := call
	stopped.Ref, stopped.Status, stopped.StoppedBy, stopped.Checks = "check-13", "stopped", "you", call.Checks[:1]
	troubled := reproduction
	troubled.Ref, troubled.Status, troubled.Error, troubled.Verdict, troubled.Reruns, troubled.Noise = "reproduction-4", "error", "me/p#8 did not come to its own end", "", reproduction.Reruns[:1], nil
	return map[string]any{
		"GET /studies/check-12": call, "GET /studies/check-13": stopped, "GET /studies/reproduction-3": reproduction, "GET /studies/reproduction-4": troubled,
		"GET /projects/me/p/checks": []api.DeclaredCheck{
			{Name: "forecast", Command: []string{"forecast"}, Results: []string{"out/*"}, Baseline: &api.Baseline{Check: "forecast", Run: "me/p#7", AcceptedBy: "me", AcceptedAt: at, Note: "the first result"}, Verdict: "changed", Summary: "out/a.csv", Run: "me/p#8", Study: "check-12", At: &at},
			{Name: "new", Command: []string{"new"}, Results: []string{}},
		},
		"GET /projects/me/p/checks/forecast/baselines": []api.Baseline{{Check: "forecast", Run: "me/p#7", AcceptedBy: "me", AcceptedAt: at, Note: "the first\nresult"}},
		"POST /projects/me/p/checks/forecast/accept":   api.Baseline{Check: "forecast", Run: "me/p#8", AcceptedBy: "me", AcceptedAt: at, Note: "right"},
		"POST /studies/check-12/stop":                  call,
	}
}

// TestStudyOutput holds what checks and reproductions print, as text and as JSON, and their exit
// codes.
func TestStudyOutput(t *testing.T) {
	cases := []output{
		{"checks", []string{"checks"}, 0},
		{"checks-one", []string{"checks", "new"}, 0},
		{"checks-history", []string{"checks", "forecast", "--history"}, 0},
		{"checks-show", []string{"checks", "show", "12"}, 2},
		{"checks-stopped", []string{"checks", "show", "check-13"}, 2},
		{"checks-stop", []string{"checks", "stop", "12"}, 0},
		{"check-accept", []string{"check", "--accept", "--note", "right"}, 0},
		{"reproduce-show", []string{"reproduce", "show", "3"}, 1},
		{"reproduce-error", []string{"reproduce", "show", "4"}, 2},
		{"checks-none", []string{"checks", "none"}, 2},
	}
	outputs(t, studies(), cases)
}

// What makes no sense is refused here, before anything is asked of a server.
func TestWrongChecks(t *testing.T) {
	cases := map[string][]string{
		"--note and --run go with --accept":                           {"check", "--note", "x"},
		"only with a note":                                            {"check", "--accept"},
		"--accept runs nothing":                                       {"check", "--accept", "--note", "x", "--junit", "r.xml"},
		"whose baseline is 7 to be? Name one check":                   {"check", "--accept", "--note", "x", "--run", "7"},
		"--detach does not wait":                                      {"check", "--detach", "--junit", "r.xml"},
		`there is no check "none" in petri.toml; there are: forecast`: {"check", "none"},
		"is not a commit":                                             {"check", "--commit", "zz"},
		"is not an environment reference":                             {"check", "--env", "r@x"},
		"is not a run reference":                                      {"check", "forecast", "--baseline", "x"},
		"whose history? Name the check":                               {"checks", "--history"},
		"is no check":                                                 {"checks", "show", "trial-1"},
		"is no reproduction":                                          {"reproduce", "show", "check-1"},
		"cannot be reproduced 0 times":                                {"reproduce", "7", "--times", "0"},
		"atol cannot be -1":                                           {"reproduce", "7", "--atol", "-1"},
		"stdout cannot be \"loud\"":                                   {"reproduce", "7", "--stdout", "loud"},
		`"seven" is not a run reference`:                              {"reproduce", "seven"},
	}
	b := newBench(t)
	b.write("petri.toml", "project = \"me/p\"\n[[check]]\nname = \"forecast\"\ncommand = \"x\"\n")
	b.can(map[string]any{})
	for says, args := range cases {
		if r := b.petri(args...); r.code != 2 || !strings.Contains(r.stderr, says) {
			t.Errorf("petri %v: exit code %d, %s; want …%s…", args, r.code, r.stderr, says)
		}
	}
}

// A report has, for each check, what continuous integration looks for, whatever the texts hold.
func TestJUnit(t *testing.T) {
	b := newBench(t)
	b.write("petri.toml", "project = \"me/p\"\n[[check]]\nname = \"forecast\"\ncommand = \"x\"\n")
	known := studies()
	call := known["GET /studies/check-12"].(api.Study)
	known["POST /projects/me/p/checks"] = call
	known["GET /studies/check-12/events"] = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		encoded, _ := json.Marshal(call)
		w.Header().Set("Content-Type", api.TypeEvents)
		_, _ = fmt.Fprintf(w, "data: %s\n\nevent: end\ndata: {}\n\n", encoded)
	})
	b.can(known)
	if r := b.petri("check", "--commit", "head", "--junit", filepath.Join(b.dir, "report.xml")); r.code != 2 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	text, err := os.ReadFile(filepath.Join(b.dir, "report.xml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`tests="5" failures="2" errors="1" skipped="1" time="7.500" timestamp="2001-02-03T04:05:06"`,
		`<testcase name="same" classname="me/p" time="1.500"></testcase>`,
		`<failure message="out/a.csv: 3 of 12 cells differ &lt;beyond&gt; &#34;tolerance&#34;�" type="changed">`,
		`<error message="its files match nothing" type="trouble">`, `<skipped></skipped>`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if regexp.MustCompile("[\x00-\x08\x0b\x0c\x0e-\x1f]").Match(text) {
		t.Error("the report holds what XML cannot")
	}
}
