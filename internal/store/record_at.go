package store

import "github.com/petri-dev/petri"

// At is a project's record of that number in the chain. Kind: not_found.
func (s Records) At(project petri.ProjectID, sequence int) (StoredRecord, error) {
	r, err := one(s.tx, scanRecord, `SELECT `+recordColumns+` FROM records c WHERE c.project_id = ? AND c.sequence = ?`, project, sequence)
	return r, orMissing(err, "the project has no record number %d", sequence)
}
