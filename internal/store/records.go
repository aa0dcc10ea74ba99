package store

import (
	"encoding/json"
	"errors"

	"github.com/petri-dev/petri"
)

// Records are the accounts of finished runs. They are only ever added; the database itself
// refuses anything else.
type Records struct{ tx *Tx }

// Records gives the records.
func (tx *Tx) Records() Records { return Records{tx} }

// StoredRecord is a record as it is kept. Document are its canonical bytes, whose digest is
// Digest; Envelope is its signature.
type StoredRecord struct {
	Run      petri.RunID
	Sequence int
	Digest   petri.Digest
	Previous petri.Digest
	Document []byte
	Envelope []byte
}

const recordColumns = `c.run_id, c.sequence, c.digest, c.previous, c.document, c.envelope`

func scanRecord(row scanner) (r StoredRecord, err error) {
	return r, row.Scan(&r.Run, &r.Sequence, &r.Digest, &r.Previous, &r.Document, &r.Envelope)
}

type link struct {
	Sequence int          `json:"sequence"`
	Previous petri.Digest `json:"previous"`
}

// Append adds run's record to its project's chain. The document says sequence and previous
// itself; when they don't continue the chain, or the run has a record, it is kind conflict.
func (s Records) Append(run petri.Run, document, envelope []byte) error {
	var says link
	if err := json.Unmarshal(document, &says); err != nil {
		return petri.Wrap(petri.Invalid, err, "the record of run %s is not JSON", run.Ref)
	}
	sequence, digest, err := s.Last(run.ProjectID)
	if err != nil {
		return err
	}
	if says.Sequence != sequence+1 || says.Previous != digest {
		return petri.Errorf(petri.Conflict, "the record of run %s does not continue its project's chain: it says number %d after %q, where number %d after %q is next",
			run.Ref, says.Sequence, says.Previous.Short(), sequence+1, digest.Short())
	}
	if _, err := s.ByRun(run.ID); petri.KindOf(err) != petri.NotFound {
		if err != nil {
			return err
		}
		return petri.Errorf(petri.Conflict, "run %s has a record already", run.Ref)
	}
	_, err = s.tx.exec(`INSERT INTO records (project_id, sequence, run_id, digest, previous, document, envelope, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		run.ProjectID, says.Sequence, run.ID, petri.DigestBytes(document), digest, document, envelope, s.tx.now())
	return err
}

// Last is the end of a project's chain; 0 and "" where there is no record.
func (s Records) Last(project petri.ProjectID) (sequence int, digest petri.Digest, err error) {
	err = s.tx.each(func(row scanner) error { return row.Scan(&sequence, &digest) },
		`SELECT sequence, digest FROM records WHERE project_id = ? ORDER BY sequence DESC LIMIT 1`, project)
	return sequence, digest, err
}

// ByRun is a run's record. Kind: not_found.
func (s Records) ByRun(run petri.RunID) (StoredRecord, error) {
	r, err := one(s.tx, scanRecord, `SELECT `+recordColumns+` FROM records c WHERE c.run_id = ?`, run)
	if errors.Is(err, errNoRow) {
		return r, petri.Errorf(petri.NotFound, "the run has no record: only a run that ended has one")
	}
	return r, err
}

// At is a project's record of that number in the chain. Kind: not_found.
func (s Records) At(project petri.ProjectID, sequence int) (StoredRecord, error) {
	r, err := one(s.tx, scanRecord, `SELECT `+recordColumns+` FROM records c WHERE c.project_id = ? AND c.sequence = ?`, project, sequence)
	return r, orMissing(err, "the project has no record number %d", sequence)
}

// List gives a project's records in order.
func (s Records) List(project petri.ProjectID) ([]StoredRecord, error) {
	return all(s.tx, scanRecord, `SELECT `+recordColumns+` FROM records c WHERE c.project_id = ? ORDER BY c.sequence`, project)
}
