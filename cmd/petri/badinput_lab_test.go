package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// lab is a server of its own process and a person's machine beside it.
type lab struct {
	*testing.T
	dir, data, home string
	env             []string // of the person's commands
	server          *exec.Cmd
	serverLog       string
	client          *api.Client
	owner           string // who the person is: the server's administrator
	twinsPrefix     string // begins the ids of two commits
	token           string // the person's
}

// newLab starts a server with the fake engine; data is its data folder, a new one where "".
func newLab(t *testing.T, data string, flags ...string) *lab {
	t.Helper()
	l := bareLab(t, data)
	l.env = append(l.env, fakeFolder+"="+filepath.Join(l.dir, "engine"))
	l.start(flags...)
	return l
}

// bareLab is a machine without a server.
func bareLab(t *testing.T, data string) *lab {
	t.Helper()
	dir := t.TempDir()
	l := &lab{T: t, dir: dir, data: data, home: filepath.Join(dir, "home"), serverLog: filepath.Join(dir, "server.log"), owner: accountName()}
	if data == "" {
		l.data = filepath.Join(dir, "data")
	}
	l.must(os.MkdirAll(l.home, 0o755))
	l.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + l.home, "PETRI_DATA=" + l.data, "NO_COLOR=1", "TMPDIR=" + os.TempDir()}
	return l
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// start starts the server and waits until it answers.
func (l *lab) start(flags ...string) {
	l.Helper()
	log, err := os.OpenFile(l.serverLog, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	l.must(err)
	defer log.Close()
	l.server = exec.Command("petri", append([]string{"server", "--listen", "127.0.0.1:0", "--grace", "1s"}, flags...)...)
	l.server.Env, l.server.Stderr = l.env, log
	l.must(l.server.Start())
	l.Cleanup(l.stop)
	var where struct{ URL string }
	err = eventually(func() error {
		text, err := os.ReadFile(filepath.Join(l.data, "server.json"))
		if err == nil {
			err = json.Unmarshal(text, &where)
		}
		return err
	})
	token, tokenErr := os.ReadFile(filepath.Join(l.data, "admin.token"))
	if err := errors.Join(err, tokenErr); err != nil {
		text, _ := os.ReadFile(l.serverLog)
		l.Fatalf("the server did not come up: %v\n%s", err, text)
	}
	l.token = strings.TrimSpace(string(token))
	l.client = api.New(where.URL, l.token, api.Options{})
}

// stop ends the server as SIGTERM does.
func (l *lab) stop() {
	if l.server == nil || l.server.ProcessState != nil {
		return
	}
	_ = l.server.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(20*time.Second, func() { l.Error("the server did not end"); _ = l.server.Process.Kill() })
	defer late.Stop()
	_ = l.server.Wait()
	if l.Failed() {
		text, _ := os.ReadFile(l.serverLog)
		l.Logf("the server's log:\n%s", text)
	}
}

// alive checks that the server still answers.
func (l *lab) alive() {
	l.Helper()
	if _, err := l.client.Server(context.Background()); err != nil {
		l.Errorf("the server does not answer any more: %v", err)
	}
}

// outcome is what a command left.
type outcome struct {
	code           int
	stdout, stderr string
}

// call is one command of the person.
type call struct {
	in    string // a folder below the lab's
	env   []string
	stdin string
	args  []string
}

func (l *lab) call(c call) outcome {
	l.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "petri", c.args...)
	command.Dir = filepath.Join(l.dir, c.in)
	command.Env = append(append([]string{}, l.env...), c.env...)
	command.Stdin = strings.NewReader(c.stdin)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		l.Fatalf("petri %q: %v\n%s", c.args, err, stderr.String())
	}
	return outcome{command.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// petri runs a command that must succeed and gives what it printed.
func (l *lab) petri(in string, args ...string) string {
	l.Helper()
	out := l.call(call{in: in, args: args})
	if out.code != 0 {
		l.Fatalf("petri %q ended with %d: %s%s", args, out.code, out.stdout, out.stderr)
	}
	return strings.TrimSpace(out.stdout)
}

// write makes files below the lab's folder.
func (l *lab) write(folder string, files map[string]string) {
	l.Helper()
	l.must(os.MkdirAll(filepath.Join(l.dir, folder), 0o755))
	for name, text := range files {
		path := filepath.Join(l.dir, folder, name)
		l.must(os.MkdirAll(filepath.Dir(path), 0o755))
		l.must(os.WriteFile(path, []byte(text), 0o644))
	}
}

// snapshot is all that the server keeps: every row of every table, and every file of the
// data folder that is not the database's own.
func (l *lab) snapshot() map[string]string {
	l.Helper()
	found := map[string]string{}
	l.rows(found)
	err := filepath.WalkDir(l.data, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), "petri.db") {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		found[strings.TrimPrefix(path, l.data)] = fmt.Sprint(info.Size())
		return err
	})
	l.must(err)
	return found
}

func (l *lab) rows(found map[string]string) {
	l.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(l.data, "petri.db")+"?mode=ro&_pragma=busy_timeout(5000)")
	l.must(err)
	defer db.Close()
	for _, table := range l.strings(db, "SELECT name FROM sqlite_master WHERE type = 'table'") {
		for _, row := range l.strings(db, "SELECT * FROM "+table) {
			found[table+": "+row] = ""
		}
	}
}

// strings gives each row of a query as one string.
func (l *lab) strings(db *sql.DB, query string) []string {
	l.Helper()
	rows, err := db.Query(query)
	l.must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	l.must(err)
	var list []string
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		l.must(rows.Scan(into...))
		var cells []string
		for _, v := range values {
			cells = append(cells, fmt.Sprint(v))
		}
		list = append(list, strings.Join(cells, "|"))
	}
	l.must(rows.Err())
	return list
}

// folder is what a person's folder holds, by path.
func (l *lab) folder(name string) map[string]string {
	l.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(filepath.Join(l.dir, name), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if e != nil && e.Name() == ".petri" {
				return filepath.SkipDir // the client's own memory
			}
			return err
		}
		switch {
		case e.Type()&os.ModeSymlink != 0:
			found[path], err = os.Readlink(path)
		case e.Type().IsRegular():
			var text []byte
			text, err = os.ReadFile(path)
			found[path] = string(text)
		default:
			found[path] = e.Type().String()
		}
		return err
	})
	l.must(err)
	return found
}

// inStore does what no command can, in the server's database.
func (l *lab) inStore(fn func(*store.Tx) error) {
	l.Helper()
	db, err := store.Open(l.Context(), filepath.Join(l.data, "petri.db"), store.Options{})
	l.must(err)
	defer db.Close()
	l.must(db.Update(l.Context(), fn))
}

// user makes a person and gives their token.
func (l *lab) user(name string) string {
	l.Helper()
	db, err := store.Open(l.Context(), filepath.Join(l.data, "petri.db"), store.Options{})
	l.must(err)
	defer db.Close()
	user := petri.User{Name: name}
	l.must(db.Update(l.Context(), func(tx *store.Tx) error { return tx.Users().Create(&user) }))
	token, err := access.Issue(l.Context(), db, user, "test")
	l.must(err)
	return token
}
