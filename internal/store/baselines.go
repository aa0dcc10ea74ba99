package store

import (
	"errors"

	"github.com/petri-dev/petri"
)

// Baselines are the results that checks compare with. They are only ever added; the database
// itself refuses anything else, and of one check the newest holds.
type Baselines struct{ tx *Tx }

// Baselines gives the baselines.
func (tx *Tx) Baselines() Baselines { return Baselines{tx} }

const selectBaseline = `SELECT b.project_id, b.check_name, b.run_id, p.owner, p.name, r.number, b.accepted_by, b.note, b.accepted_at
	FROM baselines b JOIN runs r ON r.id = b.run_id JOIN projects p ON p.id = r.project_id`

func scanBaseline(row scanner) (b petri.Baseline, err error) {
	return b, row.Scan(&b.ProjectID, &b.Check, &b.RunID, &b.Run.Project.Owner, &b.Run.Project.Name, &b.Run.Number,
		&b.AcceptedBy, &b.Note, microTime{&b.AcceptedAt})
}

// Accept makes a run's result the one that later ones of a check are compared with, and sets
// Run, and AcceptedAt if that is zero. Kind not_found where project or run are not there.
func (s Baselines) Accept(b *petri.Baseline) error {
	run, err := s.tx.Runs().ByID(b.RunID)
	if err != nil {
		return err
	}
	b.Run, b.AcceptedAt = run.Ref, s.tx.stamp(b.AcceptedAt)
	_, err = s.tx.exec(`INSERT INTO baselines (project_id, check_name, run_id, accepted_by, note, accepted_at)
		VALUES (?, ?, ?, ?, ?, ?)`, b.ProjectID, b.Check, b.RunID, b.AcceptedBy, b.Note, b.AcceptedAt)
	if isForeignKey(err) {
		return petri.Wrap(petri.NotFound, err, "there is no project with the number %d", b.ProjectID)
	}
	return err
}

// Current is the baseline that holds for a check. Kind: not_found.
func (s Baselines) Current(project petri.ProjectID, check string) (petri.Baseline, error) {
	b, err := one(s.tx, scanBaseline, selectBaseline+` WHERE b.project_id = ? AND b.check_name = ? ORDER BY b.id DESC LIMIT 1`, project, check)
	if errors.Is(err, errNoRow) {
		return b, petri.Errorf(petri.NotFound, "check %s has no baseline yet: its first result becomes it", check)
	}
	return b, err
}

// History gives all baselines that a check has had, newest first.
func (s Baselines) History(project petri.ProjectID, check string) ([]petri.Baseline, error) {
	return all(s.tx, scanBaseline, selectBaseline+` WHERE b.project_id = ? AND b.check_name = ? ORDER BY b.id DESC`, project, check)
}

// List gives the baselines that hold in a project, by check.
func (s Baselines) List(project petri.ProjectID) ([]petri.Baseline, error) {
	return all(s.tx, scanBaseline, selectBaseline+` WHERE b.id IN
		(SELECT MAX(n.id) FROM baselines n WHERE n.project_id = ? GROUP BY n.check_name) ORDER BY b.check_name`, project)
}
