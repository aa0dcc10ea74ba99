package storetest

import (
	"fmt"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// rowsOf2 are rows as a petri of schema version 2 left them: an environment with a ready revision,
// a project, and runs that ended, changed their packages, failed for Petri's own reasons, and wait.
func rowsOf2() []string {
	const run = `INSERT INTO runs (project_id, number, status, status_before, spec, commit_id, revision_id, environment_owner, environment_name,
		environment_revision, image, origin, created_by, rerun_of, created_at, packages_before, packages_after, result_changes) VALUES `
	lists := func(before, after int) string { return fmt.Sprintf("'%s', '%s'", digest(before), digest(after)) }
	return []string{
		`INSERT INTO environments (owner, name, description, visibility, active, archived, created_by, created_at, revisions) VALUES ('alice', 'r', '', 'private', 1, FALSE, 'alice', 5, 1)`,
		fmt.Sprintf(`INSERT INTO revisions (environment_id, number, base_kind, base_ref, base_file, base_digest, instructions, files, variables, definition_digest, note,
			created_by, created_at, status, image_digest, image_packages, promote) VALUES (1, 1, 'image', 'debian:12', '', '', '', '', '{}', '', '', 'alice', 5, 'ready', 'x', '%s', FALSE)`, digest(1)),
		`INSERT INTO projects (owner, name, visibility, environment_owner, environment_name, environment_revision, head, archived, created_by, created_at, runs) VALUES ('alice', 'churn', 'private', 'alice', 'r', 0, '', FALSE, 'alice', 5, 5)`,
		run + `(1, 1, 'succeeded', 'collecting', '{"command":["true"]}', 'c', 1, 'alice', 'r', 1, 'x', 'cli', 'alice', '', 5, ` + lists(1, 1) +
			`, '[{"p":"a.csv","c":"added","n":5,"d":"sha256:1"},{"raw":"//4=","c":"changed"},{"p":"b","c":"removed"},{"w":"a socket"}]')`,
		run + `(1, 2, 'succeeded', 'collecting', '{"command":["true"]}', 'c', 1, 'alice', 'r', 1, 'x', 'cli', 'alice', '', 6, ` + lists(1, 1) + `, '')`,
		run + `(1, 3, 'failed', 'collecting', '{"command":["pip"]}', 'c', 1, 'alice', 'r', 1, 'x', 'cli', 'alice', '', 7, ` + lists(1, 2) + `, '')`,
		run + `(1, 4, 'error', 'starting', '{"command":["true"]}', 'c', 1, 'alice', 'r', 1, 'x', 'cli', 'alice', '', 8, ` + lists(3, 3) + `, '')`,
		run + `(1, 5, 'queued', '', '{"command":["true"]}', 'c', 1, 'alice', 'r', 1, 'x', 'cli', 'alice', '', 9, '', '', '')`,
	}
}

// testUpgrade opens a database that schema version 2 left, with rows.
func testUpgrade(t *testing.T, fresh Address) {
	dsn := fresh(t)
	older(t, dsn, 2)
	for _, statement := range rowsOf2() {
		Raw(t, dsn, statement)
	}
	w := &world{dsn: dsn, db: OpenAt(t, dsn, atNoon), alice: petri.User{Name: "alice"}}
	first := w.run(t, 1)
	if first.Facts != "" || first.Loaded != "" || first.Metrics != nil || first.Study != 0 || first.Check != "" || len(first.ResultChanges) != 3 {
		t.Errorf("the oldest run is now %+v", first)
	}
	alike := func() (n int) {
		w.view(t, func(tx *store.Tx) error {
			list, err := tx.Runs().Alike(store.Likeness(first))
			n = len(list)
			return err
		})
		return n
	}
	same(t, "alike before they were given their likeness", alike(), 0)
	for last, rounds := petri.RunID(0), 0; ; rounds++ {
		w.update(t, func(tx *store.Tx) (err error) {
			last, err = tx.Runs().SetLikeness(last, 2)
			return err
		})
		if last == 0 {
			same(t, "rounds", rounds, 3)
			break
		}
	}
	same(t, "alike", alike(), 2) // the queued one is not sealed, and petri's own failure is none to go by

	w.view(t, func(tx *store.Tx) error {
		waiting, err := tx.Packages().Unindexed(0, 10)
		if err != nil {
			return err
		}
		same(t, "lists to enter", len(waiting), 2) // no record cites the third
		rest, err := tx.Packages().Unindexed(waiting[0].ID, 10)
		same(t, "after the first", rest, waiting[1:])
		return err
	})
	w.update(t, func(tx *store.Tx) error {
		if err := tx.Packages().Index(digest(1), petri.PackageList{{Ecosystem: "python", Name: "NumPy", Version: "1.21"}}); err != nil {
			return err
		}
		return tx.Packages().Index(digest(2), petri.PackageList{{Ecosystem: "python", Name: "SciPy", Version: "1.7"}})
	})
	for name, want := range map[string]string{"numpy": "1 revisions, 3 runs, 2 files", "scipy": "0 revisions, 1 runs, 0 files"} {
		a := w.whoUsed(t, store.PackageQuestion{Names: []string{name}, Match: anyVersion, Viewer: w.alice})
		same(t, name, fmt.Sprintf("%d revisions, %d runs, %d files", a.Revisions, a.Runs, a.ResultFiles), want)
		same(t, "all were entered", a.Unindexed, 0)
	}
}

func anyVersion(string, string, string) bool { return true }

func (w *world) whoUsed(t testing.TB, q store.PackageQuestion) (a store.PackageAnswer) {
	t.Helper()
	w.view(t, func(tx *store.Tx) (err error) {
		a, err = tx.Packages().WhoUsed(q)
		return err
	})
	return a
}
