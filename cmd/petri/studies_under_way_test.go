package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// underWay is one study of each kind over the same projects, with the answers that they must come to
// whatever happens to the server meanwhile. The environment r has three revisions, and the second
// changes results.
type underWay struct {
	*testing.T
	client  func() *api.Client // of the server that is up
	scripts map[string]string  // a project's command in petri.toml: same, changes, breaks, shaky
	refs    []string
}

// Commands of sh, in revisions that say in /etc/revision which they are.
var shellScripts = map[string]string{
	"same":    `["sh", "-c", "sleep 0.3; mkdir out; echo 1 > out/a.csv"]`,
	"changes": `["sh", "-c", "sleep 0.2; mkdir out; test $(cat /etc/revision) = 1; echo $? > out/a.csv"]`,
	"breaks":  `["sh", "-c", "mkdir out; echo 1 > out/a.csv; sleep 0.4; test $(cat /etc/revision) != 2"]`,
	"shaky":   `["sh", "-c", "sleep 0.1; mkdir out; date +%N > out/a.csv"]`,
}

// The same in the language of the fake engine.
var fakeScripts = map[string]string{
	"same":    `["fake", "sleep 300ms", "write out/a.csv 1"]`,
	"changes": `["fake", "sleep 200ms", "write out/a.csv 1", "in r@2,r@3 write out/a.csv 2"]`,
	"breaks":  `["fake", "write out/a.csv 1", "sleep 400ms", "in r@2 exit 3"]`,
	"shaky":   `["fake", "sleep 100ms", "random out/a.csv"]`,
}

// prepare makes the environment and the projects, and the first run of project same, which becomes
// its baseline. write and petri are how a person does it.
func (u *underWay) prepare(base string, write func(folder string, files map[string]string), cli func(folder string, args ...string)) {
	u.Helper()
	for n := range 3 {
		write("", map[string]string{fmt.Sprint("def", n+1): fmt.Sprintf("RUN echo %d > /etc/revision", n+1)})
	}
	cli("", "env", "create", "r", "--from", base, "-f", "def1")
	cli("", "env", "edit", "r", "-f", "def2")
	cli("", "env", "edit", "r", "-f", "def3")
	for name, script := range u.scripts {
		write(name, map[string]string{"in.txt": name, "petri.toml": fmt.Sprintf("project = %q\n\n[[check]]\nname = \"sum\"\ncommand = %s\nresults = [\"out/*\"]\ncpus = 0.5\nmemory = \"64m\"\nnetwork = \"none\"\n", name, script)})
		cli(name, "init", "--env", "r")
		cli(name, "push")
	}
	cli("same", "check")
}

// begin starts all four. A server that dies meanwhile may have begun one without saying so: what there
// is is counted in the end.
func (u *underWay) begin() {
	u.Helper()
	ctx, owner := context.Background(), accountName()
	note := func(s api.Study, err error) {
		if err == nil {
			u.refs = append(u.refs, s.Ref)
		} else if petri.KindOf(err) != petri.Unavailable {
			u.Fatal(err)
		}
	}
	env := petri.EnvironmentRef{Owner: owner, Name: "r"}
	same := petri.ProjectRef{Owner: owner, Name: "same"}
	note(u.client().StartTrial(ctx, env.At(2), api.NewTrial{}))
	note(u.client().StartChecks(ctx, same, api.NewChecks{}))
	note(u.client().Reproduce(ctx, petri.RunRef{Project: same, Number: 1}, api.NewReproduction{Times: 3}))
	note(u.client().StartBisection(ctx, env, api.NewBisection{Project: owner + "/changes", Check: "sum", Good: 1, Bad: 3}))
}

// end waits until every study is at rest and looks at its answer.
func (u *underWay) end(what string) {
	u.Helper()
	for _, ref := range u.refs {
		var study api.Study
		err := eventually(func() (err error) {
			if study, err = u.client().Study(context.Background(), ref); err == nil && study.Status == "running" {
				err = fmt.Errorf("%s is %s", ref, study.Status)
			}
			return err
		})
		if err != nil || study.Status != "done" {
			u.Errorf("%s: %s is %s %s: %v", what, ref, study.Status, study.Error, err)
			continue
		}
		u.answered(what, study)
	}
}

func (u *underWay) answered(what string, s api.Study) {
	u.Helper()
	got := s.Verdict
	want := map[string]string{"check": "same", "reproduction": "same same same same", "trial": "breaks breaks:regressed changes:changed same:same shaky:unstable", "bisection": "different r@2 before r@1"}[s.Kind]
	switch s.Kind {
	case "reproduction":
		for _, r := range s.Reruns {
			got += " " + r.Verdict
		}
	case "trial":
		var rows []string
		for _, c := range s.Checks {
			rows = append(rows, filepath.Base(c.Project)+":"+c.Verdict)
		}
		slices.Sort(rows)
		got += " " + strings.Join(rows, " ")
	case "bisection":
		got += " " + filepath.Base(s.First) + " before " + filepath.Base(s.Before)
	}
	if got != want {
		u.Errorf("%s: %s found %q, want %q", what, s.Ref, got, want)
	}
}

// runs counts those of all projects that nobody stopped; every one stands in a study, and has a record
// that verifies.
func (u *underWay) runs(what string) (total int) {
	u.Helper()
	ctx, cited := context.Background(), map[string]bool{}
	for n := 1; ; n++ {
		study, err := u.study(n)
		if petri.KindOf(err) == petri.NotFound {
			break
		}
		if err != nil {
			u.Fatal(err)
		}
		for _, run := range runsOf(study) {
			cited[run] = true
		}
	}
	for name := range u.scripts {
		project := petri.ProjectRef{Owner: accountName(), Name: name}
		list, err := u.client().Runs(ctx, api.RunFilter{Project: project, Limit: 1000})
		if err != nil {
			u.Fatal(err)
		}
		for _, run := range list {
			if run.Status == "stopped" {
				continue // another stands in its place
			}
			if total++; !cited[run.Ref] {
				u.Errorf("%s: %s, %s, was made for nothing", what, run.Ref, run.Status)
			}
			v, err := u.client().VerifyRun(ctx, petri.RunRef{Project: project, Number: run.Number})
			if err != nil || !v.OK {
				u.Errorf("%s: the record of %s does not verify: %v, %+v", what, run.Ref, err, v)
			}
		}
	}
	if total != len(cited) {
		u.Errorf("%s: there are %d runs, and the studies tell of %d", what, total, len(cited))
	}
	return total
}

// study gives the n-th study, of whatever kind.
func (u *underWay) study(n int) (study api.Study, err error) {
	for _, kind := range []string{"check", "reproduction", "trial", "bisection"} {
		if study, err = u.client().Study(context.Background(), fmt.Sprint(kind, "-", n)); petri.KindOf(err) != petri.NotFound {
			return study, err
		}
	}
	return study, err
}

// runsOf are the runs that stand in a study.
func runsOf(s api.Study) []string {
	var all []string
	add := func(list ...*string) {
		for _, run := range list {
			if run != nil && *run != "" {
				all = append(all, *run)
			}
		}
	}
	for _, c := range s.Checks {
		add(c.Run, c.ControlRun, c.CandidateRun, c.ControlAgain)
	}
	for _, r := range s.Reruns {
		add(&r.Run)
	}
	for _, step := range s.Steps {
		add(&step.Run)
	}
	return all
}
