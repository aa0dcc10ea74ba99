//go:build slow

// Package stories_test lives through true upgrade stories with real packages and real data: each folder
// here is a project with one check, and trials of real revisions must explain it rightly. With
// PETRI_WRITE=1 it also writes docs/explained.md.
package stories_test

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// line is an environment: each definition is a revision, the first one active.
type line struct {
	name      string
	revisions []definition
}

type definition struct{ base, instructions string }

func lines() []line {
	return []line{
		{"r", []definition{
			{"petri-base/bullseye", "r.instructions"}, {"petri-base/bookworm", "r.instructions"}, {"petri-base/trixie", "r.instructions"},
		}},
		{"r-blas", []definition{{"petri-base/bookworm", "r.instructions"}, {"petri-base/bookworm", "r-openblas.instructions"}}},
		{"r-sampling", []definition{{"petri-base/bookworm", "r.instructions"}, {"petri-base/bookworm", "r-rounding.instructions"}}},
		{"py", []definition{
			{"petri-base/bookworm", "py-2023.instructions"}, {"petri-base/bookworm", "py-2024.instructions"}, {"petri-base/bookworm", "py-numpy2.instructions"},
		}},
	}
}

// trial is one trial, with the projects that are made to follow the environment just before it.
type trial struct {
	candidate string
	verdict   string
	stories   []story
}

// story is what a trial must say of a project's check: its verdict, and words of its
// explanation.
type story struct {
	name    string
	verdict string
	words   []string
}

func trials() []trial {
	return []trial{
		{"r@2", "changes", []story{
			{"ks-test", "changed", []string{"out/ks.csv", "\"p\"", "0.006108 → 0.002648", "changed: survival 3.2-7", "stats", "4.0.4 → 4.2.2"}},
			{"pipe", "fixed", nil},
			{"unseeded", "unstable", []string{"out/interval.csv"}},
		}},
		{"r@3", "breaks", []story{
			{"conditions", "regressed", []string{"'length = 228' in coercion to 'logical(1)'"}},
			{"pdf-dates", "same", nil},
		}},
		{"r-blas@2", "safe", []story{{"blas", "tolerance", []string{"out/fitted.csv"}}}},
		{"r-sampling@2", "changes", []story{{"sampling", "changed", []string{"out/cox.csv", "no package differs; the instructions do: petri env diff root/r-sampling@1 root/r-sampling@2"}}}},
		{"py@2", "breaks", []story{
			{"groupby", "regressed", []string{"pandas 1.5.3 → 2.2.2"}},
			{"counts", "changed", []string{"count", "pandas 1.5.3 → 2.2.2"}},
			{"aliases", "regressed", []string{"AttributeError: module 'numpy' has no attribute 'float'", "numpy 1.23.5 → 1.26.4"}},
			{"kmeans", "changed", []string{"scikit-learn 1.3.2 → 1.4.2"}},
		}},
		{"py@3", "changes", []story{{"printing", "changed", []string{"out/quartiles.txt", "numpy 1.26.4 → 2.0.2"}}}},
	}
}

// outcome is a trial as `petri env trial --json` prints it, as far as a story needs it.
type outcome struct {
	Ref     string  `json:"ref"`
	Verdict string  `json:"verdict"`
	Checks  []check `json:"checks"`
}

type check struct {
	Project      string `json:"project"`
	Check        string `json:"check"`
	Verdict      string `json:"verdict"`
	ControlRun   string `json:"control_run"`
	CandidateRun string `json:"candidate_run"`
	Summary      string `json:"summary"`
}

func TestStories(t *testing.T) {
	w := newWorld(t)
	w.buildAll(lines())
	var book book
	for _, tr := range trials() {
		env, revision, _ := strings.Cut(tr.candidate, "@")
		for _, s := range tr.stories {
			w.project(s.name, env)
		}
		out := w.petri("", tr.exit(), "env", "trial", tr.candidate, "--json")
		var got outcome
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("trial of %s: %v\n%s", tr.candidate, err, out)
		}
		matrix := w.petri("", tr.exit(), "env", "trial", "show", got.Ref)
		t.Logf("%s", matrix)
		if got.Verdict != tr.verdict {
			t.Errorf("the trial of %s is %s, want %s", tr.candidate, got.Verdict, tr.verdict)
		}
		for _, s := range tr.stories {
			c := w.judge(got, s)
			book.tell(w, tr, s, c)
		}
		w.petri("", 0, "env", "promote", tr.candidate, "--anyway")
		_ = revision
	}
	book.epilogue = w.epilogue()
	if os.Getenv("PETRI_WRITE") != "" {
		book.write(t, filepath.Join(w.home, "docs", "explained.md"))
	}
}

// exit is the exit code of a trial's commands.
func (tr trial) exit() int {
	if tr.verdict == "safe" {
		return 0
	}
	return 1
}

// judge holds a check of a trial to its story.
func (w *world) judge(got outcome, s story) check {
	for _, c := range got.Checks {
		if c.Check != s.name {
			continue
		}
		if c.Verdict != s.verdict {
			w.t.Errorf("%s is %s, want %s: %s", s.name, c.Verdict, s.verdict, c.Summary)
		}
		for _, word := range s.words {
			if !strings.Contains(c.Summary, word) {
				w.t.Errorf("the summary of %s does not say %q: %s", s.name, word, c.Summary)
			}
		}
		return c
	}
	w.t.Errorf("the trial has no check %s: %+v", s.name, got.Checks)
	return check{}
}

// epilogue asks what else one would ask after such an upgrade.
func (w *world) epilogue() []said {
	all := []said{
		w.say("ks-test", 0, "Which revision changed the p-value?", "env", "bisect", "ks-test", "--good", "r@1", "--bad", "r@3"),
		w.say("unseeded", 1, "Does the bootstrap reproduce itself?", "reproduce", "1", "--times", "3"),
		w.say("pdf-dates", 0, "Does the picture?", "reproduce", "1"),
		w.say("ks-test", 0, "Who used the NumPy that still had `np.float`?", "packages", "--who-used", "numpy<1.24", "--loaded"),
	}
	for i, words := range [][]string{{"r@2"}, {"seed"}, {"reproduced"}, {"aliases", "kmeans"}} {
		for _, word := range words {
			if !strings.Contains(all[i].output, word) {
				w.t.Errorf("%s: no %q in\n%s", all[i].command, word, all[i].output)
			}
		}
	}
	return all
}

// said is a command with what it printed.
type said struct{ question, command, output string }

func (w *world) say(project string, exit int, question string, args ...string) said {
	return said{question, "petri " + strings.Join(args, " "), w.petri(project, exit, args...)}
}

// difference is what petri compare says of a check's two runs: all of it once, and the results
// of the others.
func (w *world) difference(s story, c check) said {
	exit := 1
	if s.verdict == "same" || s.verdict == "tolerance" {
		exit = 0
	}
	d := w.say(s.name, exit, "", "compare", number(c.ControlRun), number(c.CandidateRun), "--rtol", "1e-8", "--diff")
	if before, _, found := strings.Cut(d.output, "\nSettings\n"); found && s.name != "ks-test" {
		d.output = before // packages and machine are the same story after story
	}
	return d
}

func number(run string) string {
	_, n, found := strings.Cut(run, "#")
	if !found {
		return cmp.Or(run, "?")
	}
	return n
}
