package main

import (
	"database/sql"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// badStart is a server that must not come up.
type badStart struct {
	name  string
	data  string // below the lab's folder; "data", where the lab's server works, where absent
	args  []string
	env   []string
	files map[string]string // written into the data folder
	kind  petri.Kind
	says  string
}

// TestBadStarts: a server that cannot be says why, ends with 2, and leaves the data as it was.
func TestBadStarts(t *testing.T) {
	t.Parallel()
	l := newLab(t, "")
	l.petri("", "env", "create", "r", "--from", "debian:12")
	l.stop()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	l.must(err)
	defer taken.Close()
	l.must(os.Mkdir(filepath.Join(l.dir, "readonly"), 0o755))
	if err := syscall.Mount("tmpfs", filepath.Join(l.dir, "readonly"), "tmpfs", syscall.MS_RDONLY, "size=1m"); err == nil {
		defer func() { _ = syscall.Unmount(filepath.Join(l.dir, "readonly"), syscall.MNT_DETACH) }()
	} else {
		l.must(os.Chmod(filepath.Join(l.dir, "readonly"), 0o555)) // not root, so this holds for us
	}
	l.write("", map[string]string{"file": "x"})
	for _, name := range []string{"newer", "damaged", "keyless", "open"} {
		l.must(os.CopyFS(filepath.Join(l.dir, name), os.DirFS(l.data)))
		l.must(os.Chmod(filepath.Join(l.dir, name, "server.key"), 0o600))
	}
	l.start()
	l.newerSchema("newer")
	l.write("damaged", map[string]string{"petri.db": strings.Repeat("no database ", 1000)})
	l.write("keyless", map[string]string{"server.key": "no key"})
	l.must(os.Chmod(filepath.Join(l.dir, "open", "server.key"), 0o644))
	for _, c := range badStarts(taken.Addr().String()) {
		t.Run(c.name, func(t *testing.T) {
			l := &lab{T: t, dir: l.dir, data: l.data, env: l.env, home: l.home}
			l.cannotStart(c)
		})
	}
	l.alive()
}

func badStarts(taken string) []badStart {
	setting := func(name, says string, args ...string) badStart {
		return badStart{name: name, data: "fresh", args: args, kind: petri.Invalid, says: says}
	}
	file := func(name, says, text string) badStart {
		return badStart{name: name, data: "set-" + strings.ReplaceAll(name, " ", "-"), files: map[string]string{"server.toml": text}, kind: petri.Invalid, says: says}
	}
	return []badStart{
		{name: "a second server", kind: petri.Conflict, says: "another Petri server (process …) uses the data folder …stop it first, or give this one another folder with --data"},
		{name: "a newer schema", data: "newer", kind: petri.Conflict, says: "schema version 99 and this petri knows up to …a newer petri has used it; start that one, or restore the copy"},
		{name: "a damaged database", data: "damaged", kind: petri.Invalid, says: "damaged/petri.db is no Petri database, or is damaged: put it back from a backup"},
		{name: "a damaged key", data: "keyless", kind: petri.Conflict, says: "server.key does not hold the server's key: put the right file back from a backup"},
		{name: "a key that all may read", data: "open", kind: petri.Conflict, says: "server.key can be read by others: if nobody did, chmod 600 it"},
		{name: "a folder that cannot be made", data: "/proc/petri", kind: petri.Invalid, says: "cannot make the data folder /proc/petri (no such file or directory); choose another with --data"},
		{name: "a folder that is read-only", data: "readonly", kind: petri.Invalid, says: "the data folder …readonly (read-only file system); choose another with --data"},
		{name: "a file for a folder", data: "file", kind: petri.Invalid, says: "cannot make the data folder …file (not a directory)"},
		setting("a folder with a comma", "holds a comma or a colon", "--data", "a,b"),
		{name: "a port that is taken", data: "fresh", args: []string{"--listen", taken}, kind: petri.Invalid, says: "cannot listen on " + taken + " (…address already in use); choose another address with --listen"},
		setting("an address without a port", "cannot listen on localhost (…missing port in address)", "--listen", "localhost"),
		setting("an address elsewhere", "cannot listen on 192.0.2.1:8700", "--listen", "192.0.2.1:8700"),
		setting("a malformed database", "address of the PostgreSQL database is malformed: write postgres://user:password@host/database", "--db", "postgres://a:b:c:d@/%%"),
		{name: "a database that is away", data: "fresh", args: []string{"--db", "postgres://petri:secret@127.0.0.1:1/petri"}, kind: petri.Unavailable, says: "PostgreSQL at 127.0.0.1:1 cannot be reached or refuses connections: check that it runs"},
		{name: "a database of another sort", data: "fresh", args: []string{"--db", "mysql://localhost/petri"}, kind: petri.Invalid, says: "mysql:// is no database that Petri can use: give postgres://"},
		{name: "a database in no folder", data: "fresh", args: []string{"--db", "/nonexistent/petri.db"}, kind: petri.NotFound, says: "cannot keep the database in /nonexistent: there is no such folder"},
		setting("an unknown log level", `"loud" is no log level: use debug, info, warn or error`, "--log-level", "loud"),
		setting("no builds at once", "setting builds: 0 at once cannot be; use 1 to 64", "--builds", "0"),
		setting("builds without sense", `"many" is no value for --builds, which takes a whole number; see: petri server --help`, "--builds", "many"),
		setting("negative CPUs", "cannot be negative", "--cpus", "-1"),
		setting("memory without sense", "setting memory: ", "--memory", "lots"),
		setting("a reserve without sense", "setting disk-reserve: ", "--disk-reserve", "some"),
		setting("a grace without end", "setting grace: use up to an hour", "--grace", "900h"),
		setting("certificates that are not there", "setting ca-bundle: cannot read /nonexistent.pem", "--ca-bundle", "/nonexistent.pem"),
		{name: "an address of Docker that is none", data: "fresh", args: []string{"--docker", "nonsense"}, env: []string{fakeFolder + "="}, kind: petri.Invalid, says: "Docker"},
		setting("an argument", "unknown command", "now"),
		{name: "a variable without sense", data: "fresh", env: []string{"PETRI_CPUS=many"}, kind: petri.Invalid, says: `setting cpus: "many" in the variable PETRI_CPUS must be a number`},
		file("a broken file", "server.toml, line 1, column 10: ", "listen = \n"),
		file("a file with an unknown key", `holds the setting "colour", which Petri does not know; petri server --help lists them`, "colour = \"red\"\n"),
		file("a file with a wrong value", `setting builds: "many" in server.toml must be a whole number`, "builds = \"many\"\n"),
	}
}

func (l *lab) cannotStart(c badStart) {
	l.Helper()
	data := filepath.Join(l.dir, c.data)
	switch {
	case c.data == "":
		data = l.data
	case filepath.IsAbs(c.data):
		data = c.data
	}
	if c.files != nil {
		l.write(c.data, c.files)
	}
	before := contents(data)
	args := append([]string{"server", "--data", data, "--listen", "127.0.0.1:0"}, c.args...)
	out := l.call(call{args: args, env: c.env})
	l.Logf("%s", out.stderr)
	if out.code != 2 || !inOrder(out.stderr, c.says) || out.stdout != "" {
		l.Errorf("code %d, stdout %q, stderr %q; want %q", out.code, out.stdout, out.stderr, c.says)
	}
	if strings.Contains(out.stderr, "secret") {
		l.Errorf("it gives the password away: %s", out.stderr)
	}
	out = l.call(call{args: append([]string{"--json"}, args...), env: c.env})
	lines := strings.Split(strings.TrimSpace(out.stderr), "\n")
	var body api.ErrorBody
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &body); err != nil || petri.Kind(body.Error.Kind) != c.kind || !inOrder(body.Error.Message, c.says) {
		l.Errorf("with --json it says %s, want kind %s", out.stderr, c.kind)
	}
	after := contents(data)
	for path, text := range before {
		if after[path] != text {
			l.Errorf("%s changed", path)
		}
	}
	if _, made := after["/petri.db"]; made && before["/petri.db"] == "" {
		l.Error("it made a database")
	}
}

// contents are the files of a folder, with their content; the lock says who held it last.
func contents(dir string) map[string]string {
	found := map[string]string{}
	_ = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "lock" {
			return nil
		}
		text, _ := os.ReadFile(path)
		found[strings.TrimPrefix(path, dir)] = string(text)
		return nil
	})
	return found
}

func (l *lab) newerSchema(name string) {
	l.Helper()
	db, err := sql.Open("sqlite", filepath.Join(l.dir, name, "petri.db"))
	l.must(err)
	_, err = db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
	l.must(err)
	l.must(db.Close())
}
