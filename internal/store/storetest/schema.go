package storetest

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// testChecks compares the database's own constraints with petri's tables.
func testChecks(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	raw := Connect(t, w.dsn)
	defer raw.Close()
	run, build := w.newRun(t, "alice"), w.newBuild(t)
	runWorker := func(s string) bool { return s == "starting" || s == "running" || s == "collecting" }
	agree(t, raw, "runs", int64(run.ID), words(petri.RunStatuses()), runWorker, func(from, to string) bool {
		return petri.RunStatus(from).CanBecome(petri.RunStatus(to)) || from == "" && to == "queued"
	})
	agree(t, raw, "builds", int64(build.ID), words(petri.BuildStatuses()), func(s string) bool { return s == "building" }, func(from, to string) bool {
		return petri.BuildStatus(from).CanBecome(petri.BuildStatus(to)) || from == "" && to == "queued"
	})
	study := w.newStudy(t, w.aStudy(petri.StudyChecks, run))
	agree(t, raw, "studies", int64(study.ID), words(petri.StudyStatuses()), nil, func(from, to string) bool {
		return petri.StudyStatus(from).CanBecome(petri.StudyStatus(to)) || from == "" && to == "running"
	})
	for _, status := range append(words(petri.BuildStatuses()), "done") {
		err := try(raw, fmt.Sprintf("UPDATE revisions SET status = '%s', image_digest = 'x' WHERE id = %d", status, w.revision.ID))
		if known := status != "done"; known != (err == nil) {
			t.Errorf("revision %s: %v", status, err)
		}
	}
	for _, bad := range []string{
		"UPDATE revisions SET status = 'ready', image_digest = ''",
		"UPDATE revisions SET base_kind = 'magic'",
		"UPDATE environments SET visibility = 'world'",
		"UPDATE environments SET active = revisions + 1",
		"UPDATE projects SET visibility = ''",
		"UPDATE runs SET worker = 'x', status = 'queued', status_before = ''",
		"UPDATE runs SET number = 0",
		"UPDATE studies SET kind = 'magic'",
		"UPDATE studies SET project_id = NULL",
		"UPDATE studies SET kind = 'trial', environment_id = 1",
		"UPDATE studies SET kind = 'bisection'",
		"UPDATE studies SET kind = 'reproduction'",
		"UPDATE studies SET version = 0",
	} {
		if try(raw, bad) == nil {
			t.Errorf("the database took: %s", bad)
		}
	}
}

func agree(t *testing.T, raw *sql.DB, table string, id int64, statuses []string, held func(string) bool, allowed func(from, to string) bool) {
	t.Helper()
	for _, from := range append([]string{""}, statuses...) {
		for _, to := range append([]string{"magic"}, statuses...) {
			worker := ""
			if held != nil && held(to) {
				worker = ", worker = 'one'"
			} else if held != nil {
				worker = ", worker = ''"
			}
			err := try(raw, fmt.Sprintf("UPDATE %s SET status_before = '%s', status = '%s'%s WHERE id = %d", table, from, to, worker, id))
			if allowed(from, to) != (err == nil) {
				t.Errorf("%s: petri says %v of %q → %q, the database says %v", table, allowed(from, to), from, to, err)
			}
		}
	}
}

// try runs a statement and takes it back.
func try(raw *sql.DB, statement string) error {
	tx, err := raw.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = tx.Exec(statement)
	return err
}

func words[S ~string](statuses []S) (list []string) {
	for _, s := range statuses {
		list = append(list, string(s))
	}
	return list
}

func testSchema(t *testing.T, fresh Address) {
	dsn := fresh(t)
	older(t, dsn, 2)
	reopen := func() (*store.DB, error) { return store.Open(t.Context(), dsn, store.Options{Now: atNoon}) }
	mustClose := func(db *store.DB, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	isFile := !strings.HasPrefix(dsn, "postgres")
	copies := func() []string {
		list, _ := filepath.Glob(dsn + ".schema-*")
		return list
	}
	Raw(t, dsn, "INSERT INTO settings (key, value) VALUES ('kept', 'yes')")
	mustClose(reopen())
	mustClose(reopen())
	Raw(t, dsn, "SELECT document FROM studies")
	if isFile {
		list := copies()
		if len(list) != 1 || !strings.Contains(list[0], ".schema-2.") {
			t.Fatalf("copies: %v", list)
		}
		old := OpenAt(t, list[0], atNoon) // a whole database, which migrates in turn
		if err := old.View(t.Context(), func(tx *store.Tx) error {
			value, err := tx.Settings().Get("kept")
			same(t, "in the copy", value, "yes")
			return err
		}); err != nil {
			t.Error(err)
		}
	}
	fresher := fresh(t)
	OpenAt(t, fresher, atNoon)
	if list, _ := filepath.Glob(fresher + ".schema-*"); len(list) > 0 {
		t.Errorf("copied without a reason: %v", list)
	}

	Raw(t, dsn, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, "+map[bool]string{true: "1", false: "TRUE"}[isFile]+")")
	db, err := reopen()
	if petri.KindOf(err) != petri.Conflict || !strings.Contains(petri.MessageOf(err), "newer petri") {
		t.Errorf("a newer schema: %v", err)
	}
	if db != nil {
		db.Close()
	}
}
