package store

import (
	"encoding/json"
	"errors"
	"math"

	"github.com/petri-dev/petri"
)

// Packages are the index of what package lists hold: which lists name a package, and with them
// which revisions and sealed runs had it. Lists of 0 rows, 1 row or thousands are entered once, by digest.
type Packages struct{ tx *Tx }

// Packages gives the package index.
func (tx *Tx) Packages() Packages { return Packages{tx} }

// maxIndexed bounds the bytes of a name or version that the index keeps; PostgreSQL could not
// index more than a few of that length.
const maxIndexed = 512

// Index enters the list whose blob is digest, unless that was done.
func (s Packages) Index(digest petri.Digest, list petri.PackageList) error {
	id, err := s.list(digest)
	if err != nil || id == 0 {
		return err
	}
	if done, err := s.Indexed(digest); done || err != nil {
		return err
	}
	rows := make([][3]string, 0, len(list))
	for _, p := range list {
		rows = append(rows, [3]string{indexable(petri.NormalName(p.Ecosystem, p.Name)), indexable(p.Ecosystem), indexable(p.Version)})
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	from := ` FROM ` + s.tx.dialect.elements
	if _, err := s.tx.exec(`INSERT INTO packages (name, ecosystem, version)
		SELECT t.value ->> 0, t.value ->> 1, t.value ->> 2`+from+` WHERE 1 = 1 ON CONFLICT DO NOTHING`, string(text)); err != nil {
		return err
	}
	if _, err := s.tx.exec(`INSERT INTO package_rows (package_id, list_id) SELECT DISTINCT p.id, CAST(? AS BIGINT)`+from+` CROSS JOIN packages p
		WHERE p.name = t.value ->> 0 AND p.ecosystem = t.value ->> 1 AND p.version = t.value ->> 2`, id, string(text)); err != nil {
		return err
	}
	_, err = s.tx.exec(`UPDATE package_lists SET indexed = ? WHERE id = ?`, true, id)
	return err
}

func indexable(s string) string {
	if len(s) > maxIndexed {
		s = s[:maxIndexed]
	}
	return printable(s)
}

// list is the row of a package list, made where there is none; 0 for no list.
func (s Packages) list(digest petri.Digest) (int64, error) {
	if digest == "" {
		return 0, nil
	}
	id, err := one(s.tx, number, `SELECT id FROM package_lists WHERE digest = ?`, digest)
	if !errors.Is(err, errNoRow) {
		return id, err
	}
	return one(s.tx, number, `INSERT INTO package_lists (digest, indexed) VALUES (?, ?) RETURNING id`, digest, false)
}

// Indexed tells whether the list was entered. No list at all counts as entered.
func (s Packages) Indexed(digest petri.Digest) (bool, error) {
	if digest == "" {
		return true, nil
	}
	_, err := one(s.tx, number, `SELECT id FROM package_lists WHERE digest = ? AND indexed`, digest)
	if errors.Is(err, errNoRow) {
		return false, nil
	}
	return err == nil, err
}

// UnindexedList is a list that has yet to be entered. ID tells how far one came.
type UnindexedList struct {
	ID     int64
	Digest petri.Digest
}

// Unindexed gives lists that revisions or sealed runs name and that were not entered yet, newest
// first, at most limit of those before before, where that is not 0.
func (s Packages) Unindexed(before int64, limit int) ([]UnindexedList, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return all(s.tx, func(row scanner) (l UnindexedList, err error) { return l, row.Scan(&l.ID, &l.Digest) },
		`SELECT id, digest FROM package_lists WHERE NOT indexed AND id < ? ORDER BY id DESC LIMIT ?`, before, limit)
}

// count adds a run that is being sealed to those that had its lists.
func (s Packages) count(r petri.Run) error {
	var lists [3]int64
	for i, digest := range []petri.Digest{r.PackagesBefore, r.PackagesAfter, r.Loaded} {
		var err error
		if lists[i], err = s.list(digest); err != nil {
			return err
		}
	}
	if lists == [3]int64{} {
		return nil
	}
	use, err := one(s.tx, number, `INSERT INTO package_uses AS u
		(project_id, before_list, after_list, loaded_list, runs, result_files, first_run, last_run) VALUES (?, ?, ?, ?, 1, ?, ?, ?)
		ON CONFLICT (before_list, after_list, loaded_list, project_id) DO UPDATE SET
			runs = u.runs + 1, result_files = u.result_files + excluded.result_files,
			first_run = CASE WHEN excluded.first_run < u.first_run THEN excluded.first_run ELSE u.first_run END,
			last_run = CASE WHEN excluded.last_run > u.last_run THEN excluded.last_run ELSE u.last_run END
		RETURNING id`, r.ProjectID, lists[0], lists[1], lists[2], resultFiles(r.ResultChanges), r.ID, r.ID)
	if err != nil {
		return err
	}
	_, err = s.tx.exec(`UPDATE runs SET package_use_id = ? WHERE id = ?`, use, r.ID)
	return err
}
