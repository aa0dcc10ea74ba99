package store

import (
	"errors"

	"github.com/petri-dev/petri"
)

// queueWindow bounds how much of a long queue is read at once.
const queueWindow = 250

// Queued are the runs that wait, in the order in which they should start: as if the users
// took turns, those who have fewest active runs first, each one's oldest first. A very long
// queue is cut after its first 250.
func (s Runs) Queued() ([]petri.Run, error) {
	return all(s.tx, scanRun, `WITH active AS (
			SELECT created_by, COUNT(*) AS n FROM runs WHERE status IN ('starting', 'running', 'collecting') GROUP BY created_by),
		line AS (
			SELECT q.id, COALESCE(a.n, 0) + ROW_NUMBER() OVER (PARTITION BY q.created_by ORDER BY q.id) AS turn
			FROM runs q LEFT JOIN active a ON a.created_by = q.created_by WHERE q.status = 'queued')
		SELECT `+runColumns+` FROM line JOIN runs r ON r.id = line.id JOIN projects p ON p.id = r.project_id
		ORDER BY line.turn, r.id LIMIT ?`, queueWindow)
}

// Active are the runs that worker holds, oldest first; with "", every worker's.
func (s Runs) Active(worker string) ([]petri.Run, error) {
	f := filter{}
	f.add("r.status IN ('starting', 'running', 'collecting')")
	if worker != "" {
		f.add("r.worker = ?", worker)
	}
	return all(s.tx, scanRun, selectRun+f.where()+` ORDER BY r.id`, f.args...)
}

// Claim gives worker a queued run, which becomes starting, and counts the attempt. Kind
// not_found; conflict where another worker was first or the run is not queued any more.
func (s Runs) Claim(id petri.RunID, worker string) error {
	err := affected(s.tx.exec(`UPDATE runs SET status = 'starting', status_before = 'queued', worker = ?, attempts = attempts + 1
		WHERE id = ? AND status = 'queued'`, worker, id))
	if err == nil {
		s.touch(id, false)
		return nil
	}
	if !errors.Is(err, errNoRow) {
		return err
	}
	r, err := s.ByID(id)
	if err != nil {
		return err
	}
	return petri.Errorf(petri.Conflict, "run %s is not queued any more, it is %s", r.Ref, r.Status)
}
