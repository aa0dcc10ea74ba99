package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
)

// studyChecks are the checks of the project churn.
const studyChecks = `project = "churn"
environment = "r"

[[check]]
name = "forecast"
command = ["fake", "write out/a.csv 1"]
results = ["out/*"]

[[check]]
name = "nothing"
command = ["true"]
results = ["out/none-*.csv"]

[[check]]
name = "never-run"
command = ["true"]
`

// TestBadStudies: checks, trials, reproductions, bisections and recall that cannot be are refused
// with a clear message, and nothing changes.
func TestBadStudies(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", "--builds", "1", "--cpus", "16", "--memory", "16g")
	w := l.studyWorld()
	bob := []string{"PETRI_URL=" + l.client.URL(), "PETRI_TOKEN=" + l.user("bob")}
	cases := append(badCompares(l, w, bob), badChecks(l, w, bob)...)
	cases = append(cases, badTrials(l, w, bob)...)
	cases = append(cases, badReproductions(l, w, bob)...)
	cases = append(cases, badQuestions()...)
	l.refuseAll(cases)
	l.alive()
	t.Logf("%d cases", len(cases))
}

// studyWorld is what the cases need besides names: runs of the project churn by their state.
type studyWorld struct{ running, queued, stopped, broken string }

// studyWorld makes environments, projects, runs and studies in every state.
func (l *lab) studyWorld() studyWorld {
	l.Helper()
	l.write("", map[string]string{
		"two": "RUN echo 2\n", "three": "RUN echo 3\n", "fails": "RUN fail 7\n", "waits": "RUN sleep 3600\n",
		"churn/petri.toml": studyChecks, "churn/main.R": "one\n",
		"other/petri.toml": "project = \"other\"\nenvironment = \"r\"\n", "other/x": "x\n",
		"gone/petri.toml":  strings.Replace(studyChecks, "churn", "gone", 1),
		"bare/petri.toml":  "project = \"bare\"\n[[check]]\nname = \"a\"\ncommand = \"true\"\n",
		"empty/petri.toml": "project = \"empty\"\nenvironment = \"r\"\n", "slow/petri.toml": "project = \"slow\"\nenvironment = \"busy\"\n[[check]]\nname = \"a\"\ncommand = [\"sleep\", \"3600\"]\n",
	})
	for _, env := range []string{"r", "lonely", "busy", "old"} {
		l.petri("", "env", "create", env, "--from", "debian:12", "--visibility", "everyone")
		l.petri("", "env", "edit", env, "-f", "two") // @2 is ready
	}
	l.petri("", "env", "create", "fresh", "--from", "debian:12", "-f", "waits", "--detach")
	l.petri("", "env", "cancel", "fresh@1")
	if out := l.call(call{args: []string{"env", "edit", "r", "-f", "fails"}}); out.code != 1 { // r@3
		l.Fatal(out)
	}
	for _, project := range []string{"churn", "other", "gone", "bare", "slow"} {
		l.petri(project, "init")
		l.petri(project, "push")
	}
	l.petri("empty", "init")
	l.petri("gone", "run", "--", "true")
	l.petri("gone", "project", "archive")
	l.petri("other", "run", "--", "fake", "write petri.toml [[check]")
	l.petri("other", "results", "1", "adopt") // its head's petri.toml is broken
	l.petri("", "env", "archive", "old")
	l.petri("churn", "check", "forecast")                                                    // check-1, churn#1
	l.petri("churn", "run", "--", "fake", "write out/plot.png none", "write out/a.csv 2")    // churn#2
	l.petri("churn", "reproduce", "2")                                                       // reproduction-2, churn#3
	l.petri("", "env", "trial", "lonely@2")                                                  // trial-3
	if out := l.call(call{in: "churn", args: []string{"check", "nothing"}}); out.code != 2 { // check-4, churn#4
		l.Fatal(out)
	}
	l.petri("churn", "env", "bisect", "forecast", "--good", "r@1", "--bad", "r@2", "--detach") // bisection-5
	l.studyEnds("bisection-5")
	l.petri("", "env", "trial", "busy@2", "--detach") // trial-6 runs slow#1
	l.must(eventually(func() error { _, err := l.client.Run(context.Background(), l.runRef("slow#1")); return err }))
	l.comeTo("slow#1", "running")
	detached := func(args ...string) string {
		return l.petri("churn", append([]string{"run", "--detach"}, args...)...)
	}
	var w studyWorld
	w.broken = detached("--", "fake", "fail-start no such thing")
	w.stopped = detached("--", "sleep", "3600")
	l.comeTo(w.stopped, "running")
	l.petri("churn", "stop", w.stopped)
	l.comeTo(w.stopped, "stopped")
	l.comeTo(w.broken, "error")
	w.running = detached("--", "sleep", "3600")
	l.comeTo(w.running, "running")
	w.queued = detached("--cpus", "16", "--", "true")
	l.petri("", "env", "edit", "r", "-f", "waits", "--detach")              // r@4 is building
	l.petri("", "env", "edit", "r", "-f", "waits", "--env=A=1", "--detach") // r@5 is queued
	l.petri("", "env", "edit", "r", "-f", "waits", "--env=A=2", "--detach")
	l.petri("", "env", "cancel", "r@6")
	l.must(eventually(func() error {
		left, err := filepath.Glob(filepath.Join(l.data, "runs", "*"))
		if err == nil && len(left) > 3 { // of those that go on, and of the broken one
			err = fmt.Errorf("%s are still there", left)
		}
		return err
	}))
	return w
}

func (l *lab) runRef(s string) petri.RunRef {
	ref, err := petri.ParseRunRef(s, petri.ProjectRef{Owner: l.owner})
	l.must(err)
	return ref
}

func (l *lab) studyEnds(ref string) {
	l.Helper()
	l.must(eventually(func() error {
		s, err := l.client.Study(context.Background(), ref)
		if err == nil && s.Status == "running" {
			err = petri.Errorf(petri.Conflict, "%s still runs", ref)
		}
		return err
	}))
}
