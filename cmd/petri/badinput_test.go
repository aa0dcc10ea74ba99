package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/store"
)

// badCase is a command that must be refused, and leave everything as it was.
type badCase struct {
	name string
	call
	files map[string]string // the case's own folder; without any it works in that of the project churn
	kind  petri.Kind
	code  int    // 2 where 0
	says  string // parts of the message, in order, with … between
	local bool   // refused before the server is asked
}

// TestBadInput: what is wrong is refused with a clear message, the right code, and nothing changed.
func TestBadInput(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", "--builds", "1", "--cpus", "4", "--memory", "8g")
	l.world()
	cases := append(badReferences(l), badDefinitions(l)...)
	cases = append(cases, badRuns(l)...)
	cases = append(cases, badFolders(l)...)
	cases = append(cases, badServers(l)...)
	l.refuseAll(cases)
	t.Logf("%d cases", len(cases))
	if len(cases) < 70 {
		t.Errorf("only %d cases", len(cases))
	}
}

// refuseAll tries each case and looks that nothing changed, on the server and in the folder.
func (l *lab) refuseAll(cases []badCase) {
	t := l.T
	names := map[string]bool{}
	for i, c := range cases {
		if names[c.name] {
			t.Errorf("two cases are called %s", c.name)
		}
		names[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			l := &lab{T: t, dir: l.dir, data: l.data, env: l.env}
			if c.in == "" {
				c.in = "churn"
			}
			if c.files != nil {
				c.in = fmt.Sprintf("case%d", i)
				l.write(c.in, c.files)
			}
			before, mine := l.snapshot(), l.folder(c.in)
			l.refused(c)
			same(t, "the server", before, l.snapshot())
			same(t, "the folder", mine, l.folder(c.in))
		})
	}
}

func same(t *testing.T, what string, before, after map[string]string) {
	t.Helper()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("%s changed:\n%s", what, diff)
	}
}

// refused checks a case, as people see it and as programs do.
func (l *lab) refused(c badCase) {
	l.Helper()
	code := c.code
	if code == 0 {
		code = 2
	}
	out := l.call(c.call)
	l.Logf("%s", strings.TrimSpace(out.stderr))
	if out.code != code {
		l.Errorf("exit code %d, want %d", out.code, code)
	}
	if !inOrder(out.stderr, c.says) {
		l.Errorf("it says %q, want %q", out.stderr, c.says)
	}
	if out.stdout != "" {
		l.Errorf("it printed %q", out.stdout)
	}
	c.args = append([]string{"--json"}, c.args...)
	out = l.call(c.call)
	var body api.ErrorBody
	if err := json.Unmarshal([]byte(out.stderr), &body); err != nil {
		l.Fatalf("with --json it says %q", out.stderr)
	}
	e := body.Error
	if out.code != code || petri.Kind(e.Kind) != c.kind || !inOrder(e.Message, c.says) || (e.RequestID == "") != c.local || out.stdout != "" {
		l.Errorf("with --json: code %d, %+v, stdout %q; want code %d, kind %s", out.code, e, out.stdout, code, c.kind)
	}
}

func inOrder(text, parts string) bool {
	for part := range strings.SplitSeq(parts, "…") {
		_, rest, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = rest
	}
	return true
}

// world makes what the cases need: environments, revisions, projects and runs in every state.
func (l *lab) world() {
	l.Helper()
	l.write("", map[string]string{
		"fails": "RUN echo trying\nRUN fail 7\n", "waits": "RUN sleep 3600\n",
		"churn/main.R": "one\n", "other/x": "x\n",
	})
	l.petri("", "env", "create", "r", "--from", "debian:12", "--visibility", "everyone")
	l.petri("", "env", "create", "old", "--from", "debian:12")
	if out := l.call(call{args: []string{"env", "create", "fresh", "--from", "debian:12", "-f", "fails"}}); out.code != 1 {
		l.Fatal(out)
	}
	if out := l.call(call{args: []string{"env", "edit", "r", "-f", "fails"}}); out.code != 1 { // r@2
		l.Fatal(out)
	}
	l.petri("churn", "init", "--project", "churn", "--env", "r")
	l.petri("churn", "run", "--", "fake", "write out.csv 1", "write main.R two", "print done")
	if out := l.call(call{in: "churn", args: []string{"run", "--", "fake", "warn no such column", "exit 3"}}); out.code != 3 {
		l.Fatal(out)
	}
	l.petri("other", "init", "--project", "gone", "--env", "r")
	l.petri("other", "run", "--", "true")
	l.petri("other", "project", "archive")
	l.write("empty", nil)
	l.petri("empty", "init", "--project", "empty")
	l.petri("", "env", "archive", "old")
	l.petri("", "env", "edit", "r", "-f", "waits", "--detach")              // r@3 is building
	l.petri("", "env", "edit", "r", "-f", "fails", "--env=A=1", "--detach") // r@4 was cancelled
	l.petri("", "env", "cancel", "r@4")
	l.petri("", "env", "edit", "r", "-f", "fails", "--env=A=2", "--detach") // r@5 waits behind r@3
	l.petri("churn", "run", "--detach", "--", "sleep", "3600")
	l.petri("churn", "run", "--detach", "--cpus", "4", "--", "true")
	l.inStore(l.twins)
	l.comeTo("churn#3", "running")
	l.must(eventually(func() error {
		r, err := l.client.Revision(context.Background(), petri.EnvironmentRef{Owner: l.owner, Name: "r", Revision: 3})
		if err == nil && r.Status != "building" {
			err = fmt.Errorf("r@3 is %s", r.Status)
		}
		return err
	}))
}

func (l *lab) comeTo(run, status string) {
	l.Helper()
	ref, err := petri.ParseRunRef(run, petri.ProjectRef{Owner: l.owner})
	l.must(err)
	l.must(eventually(func() error {
		r, err := l.client.Run(context.Background(), ref)
		if err == nil && r.Status != status {
			err = fmt.Errorf("%s is %s", run, r.Status)
		}
		return err
	}))
}

// twins are two commits whose ids begin alike; twinsPrefix is how.
func (l *lab) twins(tx *store.Tx) error {
	project, err := tx.Projects().ByName(l.owner, "churn")
	if err != nil {
		return err
	}
	head, err := tx.Commits().ByID(project.ID, project.Head)
	if err != nil {
		return err
	}
	seen := map[string]petri.Commit{}
	for i := 0; ; i++ {
		c := head
		c.Message = fmt.Sprint("twin ", i)
		prefix := string(c.ID())[:4]
		if twin, found := seen[prefix]; found {
			l.twinsPrefix = prefix
			if err := tx.Commits().Insert(project.ID, twin); err != nil {
				return err
			}
			return tx.Commits().Insert(project.ID, c)
		}
		seen[prefix] = c
	}
}
