package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// Many is how much FillMany makes.
type Many struct {
	Revisions, Runs, Projects int
	// Scattered has every project make runs in all revisions, where else it has a few to itself.
	Scattered bool
}

// FillMany makes an empty database one that has been in use for years, and opens it: revisions with
// 300 packages each, and sealed runs with three result files. Half of the revisions, and so of the runs,
// have Python's scipy 1.7, the others 1.8; half of the runs loaded it. Everything is ada's.
func FillMany(t testing.TB, dsn string, many Many) *store.DB {
	t.Helper()
	older(t, dsn, 2)
	series := func(n int) string {
		return fmt.Sprintf("WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < %d) ", n-1)
	}
	// A digest of digits is as good as any.
	list := func(n string) string { return "'sha256:' || (1000000000 + " + n + ")" }
	insert := func(into string, n int, values string) {
		Raw(t, dsn, "INSERT INTO "+into+" "+series(n)+"SELECT "+values+" FROM s ORDER BY n")
	}
	insert("environments (owner, name, description, visibility, active, archived, created_by, created_at, revisions)", 1, fmt.Sprintf("'ada', 'r', '', 'everyone', 1, FALSE, 'ada', 5, %d", many.Revisions))
	insert(`revisions (environment_id, number, base_kind, base_ref, base_file, base_digest, instructions, files, variables, definition_digest, note,
		created_by, created_at, status, image_digest, image_packages, promote)`, many.Revisions,
		"1, n + 1, 'image', 'debian:12', '', '', '', '', '{}', '', '', 'ada', 5, 'ready', 'x', "+list("n")+", FALSE")
	insert("projects (owner, name, visibility, environment_owner, environment_name, environment_revision, head, archived, created_by, created_at)", many.Projects,
		"'ada', 'p' || n, 'everyone', 'ada', 'r', 0, '', FALSE, 'ada', 5")
	revision, project := fmt.Sprintf("n %% %d", many.Revisions), fmt.Sprintf("(n %% %d) * %d / %d", many.Revisions, many.Projects, many.Revisions)
	if many.Scattered {
		project = fmt.Sprintf("n %% %d", many.Projects)
	}
	insert(`runs (project_id, number, status, status_before, spec, commit_id, revision_id, environment_owner, environment_name,
		environment_revision, image, origin, created_by, rerun_of, created_at, packages_before, packages_after, result_changes)`, many.Runs,
		project+` + 1, n + 1, 'succeeded', 'collecting', '{"command":["Rscript","main.R"]}', 'c', `+revision+` + 1, 'ada', 'r', `+revision+` + 1, 'x', 'cli', 'ada', '', n, `+
			list(revision)+", "+list(revision)+`, '[{"p":"out/a.csv","c":"added"},{"p":"out/b.csv","c":"added"},{"p":"out/c.csv","c":"changed"}]'`)
	db, err := store.Open(t.Context(), dsn, store.Options{Now: atNoon})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	fillLists(t, db, many.Revisions)
	// As if the witness had seen what every other run loads.
	loaded := petri.DigestBytes([]byte("loaded"))
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Packages().Index(loaded, packageList(0)) }); err != nil {
		t.Fatal(err)
	}
	Raw(t, dsn, "UPDATE package_uses SET loaded_list = (SELECT MAX(id) FROM package_lists) WHERE id % 2 = 0")
	if strings.HasPrefix(dsn, "postgres") {
		Raw(t, dsn, "ANALYZE") // as it does by itself, some time later
	}
	return db
}

func fillLists(t testing.TB, db *store.DB, revisions int) {
	t.Helper()
	for n := range revisions {
		digest := petri.Digest(fmt.Sprintf("sha256:%d", 1_000_000_000+n))
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Packages().Index(digest, packageList(n)) }); err != nil {
			t.Fatal(err)
		}
	}
}

func packageList(n int) petri.PackageList {
	rows := []petri.Package{{Ecosystem: "python", Name: "scipy", Version: fmt.Sprintf("1.%d.%d", 7+n%2, n/2%30)}}
	for i := range 299 {
		rows = append(rows, petri.Package{Ecosystem: "deb", Name: fmt.Sprintf("lib%d", i), Version: fmt.Sprintf("1.%d", n%20)})
	}
	return petri.NewPackageList(rows)
}
