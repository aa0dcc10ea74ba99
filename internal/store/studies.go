package store

import (
	"database/sql"
	"errors"
	"math"
	"time"

	"github.com/petri-dev/petri"
)

// Studies are the questions that several runs answer together.
type Studies struct{ tx *Tx }

// Studies gives the studies.
func (tx *Tx) Studies() Studies { return Studies{tx} }

// StudyFilter says which studies to list: of Kind, Project, Environment, Run and Candidate
// where they are set, only those before Before where that is set, and at most Limit where that is set.
// Who may see them is the caller's to know.
type StudyFilter struct {
	Kind        petri.StudyKind
	Project     petri.ProjectID
	Environment petri.EnvironmentID
	Run         petri.RunID
	Candidate   petri.RevisionID
	Before      petri.StudyID
	Limit       int
}

const studyColumns = `SELECT s.id, s.kind, s.status, COALESCE(s.project_id, 0), COALESCE(s.environment_id, 0),
	COALESCE(s.run_id, 0), COALESCE(s.candidate_id, 0), s.verdict, s.created_by, s.origin, s.created_at, s.finished_at,
	s.stop_requested_by, s.error, s.version, `

// selectBareStudy leaves out the part that a study's kind has, which may be large.
const (
	selectStudy     = studyColumns + `s.document FROM studies s`
	selectBareStudy = studyColumns + `'null' FROM studies s`
)

func scanStudy(row scanner) (s petri.Study, err error) {
	return s, row.Scan(&s.ID, &s.Kind, &s.Status, &s.ProjectID, &s.EnvironmentID, &s.RunID, &s.CandidateID,
		&s.Verdict, &s.CreatedBy, &s.Origin, microTime{&s.CreatedAt}, microTime{&s.FinishedAt},
		&s.StopRequestedBy, &s.Error, &s.Version, asJSON{(*studyDocument)(&s)})
}

// orNull keeps 0, which no row has for its number, as none.
func orNull[N ~int64](id N) sql.NullInt64 { return sql.NullInt64{Int64: int64(id), Valid: id != 0} }

// Create adds a study and sets its ID, Status (running), Version (1), and CreatedAt if that is
// zero. Kinds: not_found where what it is about is not there; invalid where its kind's part is missing.
func (s Studies) Create(study *petri.Study) error {
	study.Status, study.Version, study.CreatedAt = petri.StudyRunning, 1, s.tx.stamp(study.CreatedAt)
	id, err := one(s.tx, number, `INSERT INTO studies (kind, status, project_id, environment_id, run_id, candidate_id,
		verdict, created_by, origin, created_at, error, version, document)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		study.Kind, study.Status, orNull(study.ProjectID), orNull(study.EnvironmentID), orNull(study.RunID), orNull(study.CandidateID),
		study.Verdict, study.CreatedBy, study.Origin, study.CreatedAt, printable(study.Error), study.Version, (*studyDocument)(study))
	if isForeignKey(err) {
		return petri.Wrap(petri.NotFound, err, "the project, environment, run or revision that the %s is about is not there", study.Kind)
	}
	if err != nil {
		return err
	}
	study.ID = petri.StudyID(id)
	s.touch(study.ID)
	return nil
}

// ByID finds a study. Kind: not_found.
func (s Studies) ByID(id petri.StudyID) (petri.Study, error) {
	study, err := one(s.tx, scanStudy, selectStudy+` WHERE s.id = ?`, id)
	return study, orMissing(err, "there is no study with the number %d", id)
}

func (s Studies) bare(id petri.StudyID) (petri.Study, error) {
	study, err := one(s.tx, scanStudy, selectBareStudy+` WHERE s.id = ?`, id)
	return study, orMissing(err, "there is no study with the number %d", id)
}

// Running are the studies under way, oldest first, without the part that each one's kind has: they
// are looked at often, and that may be large.
func (s Studies) Running() ([]petri.Study, error) {
	return all(s.tx, scanStudy, selectBareStudy+` WHERE s.status = 'running' ORDER BY s.id`)
}

// List gives studies, newest first, without their comparisons.
func (s Studies) List(want StudyFilter) ([]petri.Study, error) {
	var f filter
	if want.Kind != "" {
		f.add("s.kind = ?", want.Kind)
	}
	for _, one := range []struct {
		id        int64
		condition string
	}{
		{int64(want.Project), "s.project_id = ?"}, {int64(want.Environment), "s.environment_id = ?"}, {int64(want.Run), "s.run_id = ?"},
		{int64(want.Candidate), "s.candidate_id = ?"}, {int64(want.Before), "s.id < ?"},
	} {
		if one.id > 0 {
			f.add(one.condition, one.id)
		}
	}
	limit := want.Limit
	if limit <= 0 {
		limit = math.MaxInt32
	}
	listed := func(row scanner) (petri.Study, error) {
		study, err := scanStudy(row)
		study.DropComparisons()
		return study, err
	}
	return all(s.tx, listed, selectStudy+f.where()+` ORDER BY s.id DESC LIMIT ?`, append(f.args, limit)...)
}

// Save keeps a study's status, verdict, error and document, and counts its Version up. FinishedAt
// becomes the present time where the study comes to rest without one, and none where it runs again,
// which also forgets who asked to stop it; otherwise that is only read. Kinds: not_found; conflict where
// Version is not that of the row, and where its status may not follow the row's.
func (s Studies) Save(study *petri.Study) error {
	had, err := s.bare(study.ID)
	if err != nil {
		return err
	}
	if had.Version != study.Version {
		return errStudyMoved(had)
	}
	if had.Status != study.Status && !had.Status.CanBecome(study.Status) {
		return petri.Errorf(petri.Conflict, "%s is %s and cannot become %s", had.Ref(), had.Status, study.Status)
	}
	after := *study
	after.Version, after.StopRequestedBy = had.Version+1, had.StopRequestedBy
	switch {
	case !after.Status.Ended():
		after.FinishedAt = time.Time{}
		if had.Status.Ended() {
			after.StopRequestedBy = ""
		}
	case after.FinishedAt.IsZero():
		after.FinishedAt = s.tx.now()
	}
	return s.write(study, had, after)
}

func errStudyMoved(had petri.Study) error {
	return petri.Errorf(petri.Conflict, "%s has changed meanwhile: look at it again", had.Ref())
}

// write is the part of Save that changes the row.
func (s Studies) write(study *petri.Study, had, after petri.Study) error {
	err := affected(s.tx.exec(`UPDATE studies SET status_before = CASE WHEN status = ? THEN status_before ELSE status END,
		status = ?, verdict = ?, error = ?, finished_at = ?, stop_requested_by = ?, document = ?, version = ?
		WHERE id = ? AND version = ?`,
		after.Status, after.Status, after.Verdict, printable(after.Error), after.FinishedAt, after.StopRequestedBy,
		(*studyDocument)(&after), after.Version, had.ID, had.Version))
	if errors.Is(err, errNoRow) {
		return errStudyMoved(had)
	}
	if err != nil {
		return err
	}
	*study = after
	s.touch(had.ID)
	return nil
}

// RequestStop notes who wants the study stopped; the first who asked stays named. It does not
// change Version: whoever is saving need not start over. Kinds: not_found; conflict where it is at rest.
func (s Studies) RequestStop(id petri.StudyID, by string) error {
	study, err := s.bare(id)
	if err != nil {
		return err
	}
	if study.Status.Ended() {
		return petri.Errorf(petri.Conflict, "%s has ended already: %s", study.Ref(), study.Status)
	}
	_, err = s.tx.exec(`UPDATE studies SET stop_requested_by = ? WHERE id = ? AND stop_requested_by = ''`, by, id)
	s.touch(id)
	return err
}

func (s Studies) touch(id petri.StudyID) {
	s.tx.Touch(StudyTopic(id))
	s.tx.Touch(StudyQueue)
}
