package store

import (
	"errors"

	"github.com/petri-dev/petri"
)

// Builds are the attempts to turn revisions into images.
type Builds struct{ tx *Tx }

// Builds gives the builds.
func (tx *Tx) Builds() Builds { return Builds{tx} }

const buildColumns = `b.id, b.revision_id, b.status, b.no_cache, b.cancel_requested, b.created_at, b.started_at, b.finished_at, b.log, b.error`

func scanBuild(row scanner) (b petri.Build, err error) {
	return b, row.Scan(&b.ID, &b.RevisionID, &b.Status, &b.NoCache, &b.CancelRequested,
		microTime{&b.CreatedAt}, microTime{&b.StartedAt}, microTime{&b.FinishedAt}, &b.Log, &b.Error)
}

// Create queues a build and sets its ID, Status, and CreatedAt if that is zero.
func (s Builds) Create(b *petri.Build) error {
	b.Status, b.CreatedAt = petri.BuildQueued, s.tx.stamp(b.CreatedAt)
	id, err := one(s.tx, number, `INSERT INTO builds (revision_id, status, no_cache, cancel_requested, created_at)
		VALUES (?, ?, ?, ?, ?) RETURNING id`, b.RevisionID, b.Status, b.NoCache, b.CancelRequested, b.CreatedAt)
	if isForeignKey(err) {
		return petri.Wrap(petri.NotFound, err, "there is no revision with the row number %d", b.RevisionID)
	}
	if err != nil {
		return err
	}
	b.ID = petri.BuildID(id)
	s.touch(b.ID, true)
	return nil
}

// ByID finds a build. Kind: not_found.
func (s Builds) ByID(id petri.BuildID) (petri.Build, error) {
	b, err := one(s.tx, scanBuild, `SELECT `+buildColumns+` FROM builds b WHERE b.id = ?`, id)
	return b, orMissing(err, "there is no build %d", id)
}

// LatestOf is a revision's newest build. Kind: not_found.
func (s Builds) LatestOf(revision petri.RevisionID) (petri.Build, error) {
	b, err := one(s.tx, scanBuild, `SELECT `+buildColumns+` FROM builds b WHERE b.revision_id = ? ORDER BY b.id DESC LIMIT 1`, revision)
	return b, orMissing(err, "the revision was never built")
}

// Claim gives worker the build that was queued first, which becomes building. An empty queue
// is kind not_found.
func (s Builds) Claim(worker string) (petri.Build, error) {
	b, err := one(s.tx, scanBuild, `UPDATE builds AS b SET status = 'building', status_before = 'queued', worker = ?, started_at = ?
		WHERE b.id = (SELECT q.id FROM builds q WHERE q.status = 'queued' ORDER BY q.id LIMIT 1`+s.tx.dialect.skipLocked+`)
		RETURNING `+bare(buildColumns, "b"), worker, s.tx.now())
	if err != nil {
		return b, orMissing(err, "no build is queued")
	}
	s.touch(b.ID, false)
	return b, nil
}

// Transition moves a build from one status to another and keeps what change, which may be nil,
// makes of its log, error and times. A build that is not in from, or a step that petri's table
// does not have, is kind conflict and changes nothing.
func (s Builds) Transition(id petri.BuildID, from, to petri.BuildStatus, change func(*petri.Build)) error {
	b, err := s.ByID(id)
	if err != nil {
		return err
	}
	if b.Status != from || !from.CanBecome(to) || to == petri.BuildBuilding {
		return petri.Errorf(petri.Conflict, "build %d is %s and cannot go from %s to %s", id, b.Status, from, to)
	}
	if change != nil {
		change(&b)
	}
	err = affected(s.tx.exec(`UPDATE builds SET status = ?, status_before = status, worker = '', cancel_requested = ?,
		started_at = ?, finished_at = ?, log = ?, error = ? WHERE id = ? AND status = ?`,
		to, b.CancelRequested, b.StartedAt, b.FinishedAt, b.Log, printable(b.Error), id, from))
	if errors.Is(err, errNoRow) {
		return petri.Errorf(petri.Conflict, "build %d is no longer %s", id, from)
	}
	s.touch(id, to == petri.BuildQueued || to.Ended())
	return err
}

// RequestCancel notes that a person wants the build stopped. Kind: not_found; conflict where it
// has ended.
func (s Builds) RequestCancel(id petri.BuildID) error {
	b, err := s.ByID(id)
	if err != nil {
		return err
	}
	if b.Status.Ended() {
		return petri.Errorf(petri.Conflict, "the build has ended already: %s", b.Status)
	}
	_, err = s.tx.exec(`UPDATE builds SET cancel_requested = ? WHERE id = ?`, true, id)
	s.touch(id, true)
	return err
}

// Held are the builds that worker is building, oldest first; with "", every worker's.
func (s Builds) Held(worker string) ([]petri.Build, error) {
	f := filter{}
	f.add("b.status = 'building'")
	if worker != "" {
		f.add("b.worker = ?", worker)
	}
	return all(s.tx, scanBuild, `SELECT `+buildColumns+` FROM builds b`+f.where()+` ORDER BY b.id`, f.args...)
}

func (s Builds) touch(id petri.BuildID, queue bool) {
	s.tx.Touch(BuildTopic(id))
	if queue {
		s.tx.Touch(BuildQueue)
	}
}
