package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/petri-dev/petri"
)

// TestBadFolders: what a person has in a folder, and others in the project, is never lost to
// a pull, a push, a clone or an adoption.
func TestBadFolders(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", "--cpus", "4", "--memory", "8g")
	l.twoPeople()
	in := func(folder string, c badCase) badCase {
		c.in = folder
		return c
	}
	cases := []badCase{
		in("behind", bad("pull over a change", petri.Conflict, "nothing was written, since it would overwrite what you changed here; move it away or undo it first:\n  in the way.txt\n  main.R", "pull").noRequest()),
		in("behind", bad("push a change when behind", petri.Conflict, "the project "+l.owner+"/churn has a newer commit…get it first with: petri pull", "push").noRequest()),
		in("behind", bad("run a change when behind", petri.Conflict, "has a newer commit…petri pull", "run", "--", "true").in125().noRequest()),
		in("behind", bad("pull results over a change", petri.Conflict, "nothing was written…main.R", "results", "1", "pull").noRequest()),
		in("behind", bad("pull results that are not there", petri.NotFound, "churn#1 has no result nothing…petri results", "results", "1", "pull", "nothing").noRequest()),
		in("ahead", bad("adopt what both changed", petri.Conflict, "the project's head has changed these files since the run, and so did the run; adopt others by name, or settle these by hand, with what petri results …churn#1 pull --to FOLDER gets:\n  main.R", "results", "1", "adopt")),
		in("ahead", bad("adopt a file that both changed", petri.Conflict, "\n  main.R", "results", "1", "adopt", "main.R")),
		in("nowhere", bad("pull results in no project's folder", petri.Invalid, "this is not the folder of churn; say where to write the results, as in --to results", "results", "churn#1", "pull").noRequest()),
		in("nowhere", bad("clone onto a file", petri.Invalid, "cannot clone into taken: it is there and is no folder that can be read", "clone", "churn", "taken").noRequest()),
		in("nowhere", bad("clone an unknown commit", petri.NotFound, "the project has no commit 0123456789; petri log", "clone", "churn", "new", "--commit", "0123456789")),
		in("nowhere", bad("clone a commit that is none", petri.Invalid, `"main" is not a commit: write head`, "clone", "churn", "new", "--commit", "main").noRequest()),
		in("absolute", bad("push an absolute link", petri.Invalid, "the folder holds what no commit can keep; remove it, or name it in .petriignore:\n  l is a link to /etc/passwd, which leaves the project", "push").noRequest()),
		in("escaping", bad("push a link that climbs out", petri.Invalid, "l is a link to ../../x, which leaves the project", "push").noRequest()),
		in("piped", bad("push a pipe", petri.Invalid, "name it in .petriignore:\n  p is a named pipe", "push").noRequest()),
		in("escaping", bad("run with a link that climbs out", petri.Invalid, "l is a link to ../../x, which leaves the project", "run", "--", "true").in125().noRequest()),
	}
	l.refuseAll(cases)
}

// twoPeople makes a project with a run, the folder of somebody who went on, of somebody who
// did not pull that, and folders with what no project can hold.
func (l *lab) twoPeople() {
	l.Helper()
	l.petri("", "env", "create", "r", "--from", "debian:12")
	l.write("ahead", map[string]string{"main.R": "one\n", "data.csv": "1\n"})
	l.petri("ahead", "init", "--project", "churn", "--env", "r")
	l.petri("ahead", "run", "--", "fake", "write out.csv 1", "write main.R two")
	l.petri("", "clone", "churn", "behind")
	l.write("ahead", map[string]string{"main.R": "three\n", "in the way.txt": "theirs\n"})
	l.petri("ahead", "push")
	l.write("behind", map[string]string{"main.R": "mine\n", "in the way.txt": "mine\n"})
	l.write("nowhere", map[string]string{"taken": "a file"})
	for _, name := range []string{"absolute", "escaping", "piped"} {
		l.write(name, map[string]string{"petri.toml": "project = \"" + name + "\"\nenvironment = \"r\"\n"})
		l.petri(name, "init", "--project", name)
	}
	l.must(os.Symlink("/etc/passwd", filepath.Join(l.dir, "absolute", "l")))
	l.must(os.Symlink("../../x", filepath.Join(l.dir, "escaping", "l")))
	l.must(syscall.Mkfifo(filepath.Join(l.dir, "piped", "p"), 0o644))
}
