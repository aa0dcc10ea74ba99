package runs_test

import (
	"bytes"
	"context"
	"database/sql" //nolint:depguard // the test plays somebody who has the database's file
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

func TestVerifyFindsNothing(t *testing.T) {
	w := newWorld(t)
	w.sealed(petri.Outcome{})
	w.sealed(petri.Outcome{ExitCode: 1})
	for n := 1; n <= 2; n++ {
		v, err := w.Verify(ctx, w.alice, run(n))
		w.must(err)
		if !v.OK() || len(v.Checks) != 11 || v.Run != run(n) {
			t.Errorf("%+v", v)
		}
	}
}

// meddle changes the database as somebody would who has its file.
func (w *world) meddle(statement string, args ...any) {
	w.Helper()
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(w.data, "petri.db")+"?_pragma=busy_timeout(5000)")
	w.must(err)
	defer raw.Close()
	for _, trigger := range []string{"records_no_update", "records_no_delete"} {
		_, err := raw.Exec("DROP TRIGGER IF EXISTS " + trigger)
		w.must(err)
	}
	result, err := raw.Exec(statement, args...)
	w.must(err)
	if n, err := result.RowsAffected(); n != 1 || err != nil {
		w.Fatalf("%s changed %d rows, %v", statement, n, err)
	}
}

// flip alters one byte of a blob's file, or removes the file.
func (w *world) flip(d petri.Digest, remove bool) {
	w.Helper()
	path, err := w.blobs.Path(ctx, d, false)
	w.must(err)
	if remove {
		w.must(os.Remove(path))
		return
	}
	content, err := os.ReadFile(path)
	w.must(err)
	content[len(content)/2] ^= 1
	w.must(os.Chmod(path, 0o644))
	w.must(os.WriteFile(path, content, 0o644))
}

func (w *world) stored(n int) store.StoredRecord {
	w.Helper()
	r, err := w.Record(ctx, w.alice, run(n))
	w.must(err)
	return r
}

// results is the digest of a file in the results of run n.
func (w *world) result(n int, path string) petri.Digest {
	w.Helper()
	r, err := w.Get(ctx, w.alice, run(n))
	w.must(err)
	var commit petri.Commit
	w.update(func(tx *store.Tx) (err error) {
		commit, err = tx.Commits().ByID(w.project.ID, r.Results)
		return err
	})
	read := func(_ context.Context, d petri.Digest) ([]byte, error) { return w.blobs.ReadAll(ctx, d, 1<<20) }
	entry, err := tree.Lookup(ctx, read, commit.Tree, path)
	w.must(err)
	return entry.Digest
}

func TestVerifyFindsOneAlteredByte(t *testing.T) {
	tests := []struct {
		name  string
		alter func(*world)
		want  []string // the checks of run 2 that fail
	}{
		{"a letter of the record", func(w *world) {
			w.meddle("UPDATE records SET document = ? WHERE sequence = 2", bytes.Replace(w.stored(2).Document, []byte("main.R"), []byte("mein.R"), 1))
		}, []string{runs.CheckDigest, runs.CheckSignature, runs.CheckRow}},
		{"a space in the record", func(w *world) {
			w.meddle("UPDATE records SET document = ? WHERE sequence = 2", bytes.Replace(w.stored(2).Document, []byte(","), []byte(", "), 1))
		}, []string{runs.CheckCanonical, runs.CheckDigest, runs.CheckSignature}},
		{"no record at all", func(w *world) {
			w.meddle("UPDATE records SET document = ? WHERE sequence = 2", []byte("nonsense"))
		}, []string{runs.CheckCanonical, runs.CheckDigest, runs.CheckChain, runs.CheckSignature, runs.CheckRow, runs.CheckCommit, runs.CheckCode, runs.CheckResults, runs.CheckLog, runs.CheckPackages, runs.CheckFacts}},
		{"all but the signature, made to fit", func(w *world) {
			document := bytes.Replace(w.stored(2).Document, []byte(`"title":""`), []byte(`"title":"x"`), 1)
			w.meddle("UPDATE records SET document = ?, digest = ? WHERE sequence = 2", document, petri.DigestBytes(document))
			w.meddle("UPDATE runs SET record = ?, spec = replace(spec, '{', '{\"title\":\"x\",') WHERE number = 2", petri.DigestBytes(document))
		}, []string{runs.CheckSignature}},
		{"the kept digest", func(w *world) {
			w.meddle("UPDATE records SET digest = ? WHERE sequence = 2", digest("other"))
		}, []string{runs.CheckDigest}},
		{"the run's digest", func(w *world) {
			w.meddle("UPDATE runs SET record = ? WHERE number = 2", digest("other"))
		}, []string{runs.CheckDigest}},
		{"the kept link", func(w *world) {
			w.meddle("UPDATE records SET previous = ? WHERE sequence = 2", digest("other"))
		}, []string{runs.CheckChain, runs.CheckRow}},
		{"the record before", func(w *world) {
			w.meddle("UPDATE records SET document = ? WHERE sequence = 1", bytes.Replace(w.stored(1).Document, []byte("main.R"), []byte("mein.R"), 1))
		}, []string{runs.CheckChain}},
		{"the record before, gone", func(w *world) {
			w.meddle("DELETE FROM records WHERE sequence = 1")
		}, []string{runs.CheckChain}},
		{"the signature", func(w *world) {
			w.meddle("UPDATE records SET envelope = ? WHERE sequence = 2", swapSignature(w.stored(2).Envelope))
		}, []string{runs.CheckSignature}},
		{"another record's envelope", func(w *world) {
			w.meddle("UPDATE records SET envelope = ? WHERE sequence = 2", w.stored(1).Envelope)
		}, []string{runs.CheckSignature}},
		{"no envelope", func(w *world) {
			w.meddle("UPDATE records SET envelope = ? WHERE sequence = 2", []byte("{"))
		}, []string{runs.CheckSignature}},
		{"the run's command", func(w *world) {
			w.meddle("UPDATE runs SET spec = replace(spec, 'main.R', 'mein.R') WHERE number = 2")
		}, []string{runs.CheckRow}},
		{"who made the run", func(w *world) {
			w.meddle("UPDATE runs SET created_by = 'bob' WHERE number = 2")
		}, []string{runs.CheckRow}},
		{"how it ended", func(w *world) {
			w.meddle("UPDATE runs SET outcome = replace(outcome, '\"exit_code\":3', '\"exit_code\":4') WHERE number = 2")
		}, []string{runs.CheckRow}},
		{"what it wrote", func(w *world) {
			w.meddle("UPDATE runs SET result_changes = replace(result_changes, 'result.csv', 'result.txt') WHERE number = 2")
		}, []string{runs.CheckRow}},
		{"the revision's instructions", func(w *world) {
			w.meddle("UPDATE revisions SET instructions = 'RUN evil' WHERE number = 2")
		}, []string{runs.CheckRow}},
		{"the commit's author", func(w *world) {
			w.meddle("UPDATE commits SET author = 'bob' WHERE id = ?", w.project.Head)
		}, []string{runs.CheckCommit}},
		{"the results' message", func(w *world) {
			w.meddle("UPDATE commits SET message = 'x' WHERE message = 'results of alice/p#2'")
		}, []string{runs.CheckCommit}},
		{"the results, gone", func(w *world) {
			w.meddle("DELETE FROM commits WHERE message = 'results of alice/p#2'")
		}, []string{runs.CheckRow, runs.CheckCommit}},
		{"a file of the code", func(w *world) { w.flip(digest("1,2\n"), false) }, []string{runs.CheckCode}},
		{"a folder of the code", func(w *world) { w.flip(w.result(2, "data"), false) }, []string{runs.CheckCode, runs.CheckResults}},
		{"a file of the code, gone", func(w *world) { w.flip(digest("print(1)\n"), true) }, []string{runs.CheckCode}},
		{"a result", func(w *world) { w.flip(digest("3\n"), false) }, []string{runs.CheckResults}},
		{"a folder of results, gone", func(w *world) { w.flip(w.result(2, "out"), true) }, []string{runs.CheckResults}},
		{"the log", func(w *world) { w.flip(w.run(2).Log, false) }, []string{runs.CheckLog}},
		{"the log, gone", func(w *world) { w.flip(w.run(2).Log, true) }, []string{runs.CheckLog}},
		{"a package list", func(w *world) { w.flip(w.run(2).PackagesAfter, false) }, []string{runs.CheckPackages}},
		{"a package list, gone", func(w *world) { w.flip(w.run(2).PackagesBefore, true) }, []string{runs.CheckPackages}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sealed(petri.Outcome{})
			w.sealed(petri.Outcome{ExitCode: 3})
			test.alter(w)
			v, err := w.Verify(ctx, w.alice, run(2))
			w.must(err)
			var failed, said []string
			for _, check := range v.Checks {
				if !check.OK {
					failed = append(failed, check.Name)
					said = append(said, check.Name+": "+check.Detail)
				}
			}
			if !slices.Equal(failed, test.want) || v.OK() {
				t.Errorf("failed: %q\nwant:   %q", said, test.want)
			}
			for _, line := range said {
				if strings.Contains(line, "something went wrong inside Petri") {
					t.Errorf("no reason for people: %s", line)
				}
			}
		})
	}
}

func (w *world) run(n int) petri.Run {
	w.Helper()
	r, err := w.Get(ctx, w.alice, run(n))
	w.must(err)
	return r
}

// swapSignature exchanges two letters of the signature.
func swapSignature(envelope []byte) []byte {
	changed := bytes.Clone(envelope)
	at := bytes.Index(changed, []byte(`"sig":"`)) + len(`"sig":"`) + 5
	if changed[at] == 'A' {
		changed[at] = 'B'
	} else {
		changed[at] = 'A'
	}
	return changed
}

func TestAnotherKeyDoesNotVerify(t *testing.T) {
	w := newWorld(t)
	w.sealed(petri.Outcome{})
	other, err := runs.LoadOrCreateKey(filepath.Join(t.TempDir(), "server.key"))
	w.must(err)
	s := runs.New(runs.Config{DB: w.db, Blobs: w.blobs, Key: other, Server: "x", Now: nil})
	v, err := s.Verify(ctx, w.alice, run(1))
	w.must(err)
	if v.OK() || v.Checks[3].Name != runs.CheckSignature || v.Checks[3].OK {
		t.Errorf("%+v", v)
	}
}

func TestKey(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "server.key")
	key, err := runs.LoadOrCreateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := runs.LoadOrCreateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := key.KeyID()
	if second, _ := again.KeyID(); second != id || len(id) != 64 {
		t.Errorf("ids %q and %q", id, second)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if public, err := key.PublicPEM(); err != nil || !strings.Contains(string(public), "PUBLIC KEY") {
		t.Errorf("%s, %v", public, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".server-key-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for name, content := range map[string]string{"empty": "", "other": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "text": "hello"} {
		bad := filepath.Join(dir, name)
		if err := os.WriteFile(bad, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := runs.LoadOrCreateKey(bad); petri.KindOf(err) != petri.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := runs.LoadOrCreateKey(path); petri.KindOf(err) != petri.Conflict {
		t.Errorf("readable by all: %v", err)
	}
}
