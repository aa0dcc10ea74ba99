package storetest

import (
	"fmt"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

func document(sequence int, previous petri.Digest) []byte {
	return fmt.Appendf(nil, `{"previous":%q,"sequence":%d,"what":"a record"}`, previous, sequence)
}

func testRecords(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	other := w.newProject(t, "bob", "other", petri.Private)
	var want []store.StoredRecord
	previous := petri.Digest("")
	for n := 1; n <= 3; n++ {
		r, doc, envelope := w.newRun(t, "alice"), document(n, previous), []byte{0, 0xff, byte(n)}
		for _, bad := range [][]byte{document(n+1, previous), document(n-1, previous), document(n, digest(n))} {
			w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Records().Append(r, bad, envelope) })
		}
		w.refused(t, petri.Invalid, func(tx *store.Tx) error { return tx.Records().Append(r, []byte("no"), envelope) })
		w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Records().ByRun(r.ID); return err })
		w.update(t, func(tx *store.Tx) error { return tx.Records().Append(r, doc, envelope) })
		want = append(want, store.StoredRecord{Run: r.ID, Sequence: n, Digest: petri.DigestBytes(doc), Previous: previous, Document: doc, Envelope: envelope})
		previous = petri.DigestBytes(doc)
		w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Records().Append(r, document(n+1, previous), nil) })
	}
	w.view(t, func(tx *store.Tx) error {
		sequence, last, err := tx.Records().Last(w.project.ID)
		if err != nil {
			return err
		}
		same(t, "sequence", sequence, 3)
		same(t, "last", last, previous)
		if sequence, last, err = tx.Records().Last(other.ID); err != nil {
			return err
		}
		same(t, "no record", fmt.Sprintf("%d%s", sequence, last), "0")
		list, err := tx.Records().List(w.project.ID)
		if err != nil {
			return err
		}
		same(t, "list", list, want)
		third, err := tx.Records().At(w.project.ID, 3)
		if err != nil {
			return err
		}
		same(t, "at its place", third, want[2])
		if _, err := tx.Records().At(w.project.ID, 4); petri.KindOf(err) != petri.NotFound {
			t.Errorf("past the end: %v", err)
		}
		one, err := tx.Records().ByRun(want[1].Run)
		same(t, "by run", one, want[1])
		return err
	})
}

func testImmutable(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	r := w.newRun(t, "alice")
	w.update(t, func(tx *store.Tx) error { return tx.Records().Append(r, document(1, ""), []byte("signed")) })
	statements := []string{
		"UPDATE records SET sequence = 2",
		"UPDATE records SET envelope = envelope",
		"DELETE FROM records",
		"DELETE FROM records WHERE sequence = 1",
	}
	if w.db.Kind() == "sqlite" {
		statements = append(statements,
			"INSERT OR REPLACE INTO records SELECT project_id, sequence, run_id, 'x', previous, document, envelope, 0 FROM records",
			"REPLACE INTO records SELECT project_id, 2, run_id, 'x', 'y', document, envelope, 0 FROM records",
			"UPDATE OR IGNORE records SET digest = 'x'")
	} else {
		statements = append(statements, "TRUNCATE records", "TRUNCATE runs CASCADE",
			"INSERT INTO records SELECT * FROM records ON CONFLICT (project_id, sequence) DO UPDATE SET digest = 'x'")
	}
	for _, s := range statements {
		if TryRaw(t, w.dsn, s) == nil {
			t.Errorf("%s was not refused", s)
		}
	}
	w.view(t, func(tx *store.Tx) error {
		got, err := tx.Records().ByRun(r.ID)
		same(t, "untouched", got, store.StoredRecord{Run: r.ID, Sequence: 1, Digest: petri.DigestBytes(document(1, "")), Document: document(1, ""), Envelope: []byte("signed")})
		return err
	})
}
