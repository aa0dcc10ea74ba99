package store

import (
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
)

// Runs are the executions of commands.
type Runs struct{ tx *Tx }

// Runs gives the runs.
func (tx *Tx) Runs() Runs { return Runs{tx} }

// RunFilter says which runs to list: of those in projects that Viewer may see, only Project's
// where that is set, in one of Status where there are any, with Tag where that is set; at most
// Limit where that is set. Before continues a list: with Project it is the number of the
// last run that was given, without it that run's ID.
type RunFilter struct {
	Project petri.ProjectID
	Viewer  petri.User
	Status  []petri.RunStatus
	Tag     string
	Limit   int
	Before  int
}

const runColumns = `r.id, r.project_id, p.owner, p.name, r.number, r.status, r.attempts, r.spec, r.commit_id, r.revision_id,
	r.environment_owner, r.environment_name, r.environment_revision, r.image, r.origin, r.created_by, r.rerun_of,
	r.created_at, r.started_at, r.finished_at, r.sealed_at, r.stop_requested_by, r.outcome, r.log, r.results,
	r.packages_before, r.packages_after, r.record, r.error, r.result_changes,
	r.facts, r.loaded, r.metrics, COALESCE(r.study_id, 0), r.check_name`

const selectRun = `SELECT ` + runColumns + ` FROM runs r JOIN projects p ON p.id = r.project_id`

func scanRun(row scanner) (r petri.Run, err error) {
	e := &r.Environment
	return r, row.Scan(&r.ID, &r.ProjectID, &r.Ref.Project.Owner, &r.Ref.Project.Name, &r.Ref.Number, &r.Status, &r.Attempts,
		asJSON{&r.Spec}, &r.Commit, &r.RevisionID, &e.Owner, &e.Name, &e.Revision, &r.Image, &r.Origin, &r.CreatedBy, &r.RerunOf,
		microTime{&r.CreatedAt}, microTime{&r.StartedAt}, microTime{&r.FinishedAt}, microTime{&r.SealedAt}, &r.StopRequestedBy,
		asJSON{&r.Outcome}, &r.Log, &r.Results, &r.PackagesBefore, &r.PackagesAfter, &r.Record, &r.Error,
		resultChanges{&r.ResultChanges, &r.LeftOut}, &r.Facts, &r.Loaded, asJSON{&r.Metrics}, &r.Study, &r.Check)
}

// Create queues a run as its project's next and sets its ID, Ref, Status, and CreatedAt if that is
// zero. Kind not_found where project or revision are not there.
func (s Runs) Create(r *petri.Run) error {
	ref, err := one(s.tx, scanRunRef, `UPDATE projects SET runs = runs + 1 WHERE id = ? RETURNING owner, name, runs`, r.ProjectID)
	if err != nil {
		return orMissing(err, "there is no project with the number %d", r.ProjectID)
	}
	r.Ref, r.Status, r.CreatedAt = ref, petri.RunQueued, s.tx.stamp(r.CreatedAt)
	id, err := one(s.tx, number, `INSERT INTO runs (project_id, number, status, spec, commit_id, revision_id,
		environment_owner, environment_name, environment_revision, image, origin, created_by, rerun_of, created_at,
		study_id, check_name, likeness)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		r.ProjectID, ref.Number, r.Status, asJSON{r.Spec}, r.Commit, r.RevisionID,
		r.Environment.Owner, r.Environment.Name, r.Environment.Revision, r.Image, r.Origin, r.CreatedBy, r.RerunOf, r.CreatedAt,
		orNull(r.Study), r.Check, Likeness(*r))
	if isForeignKey(err) {
		return petri.Wrap(petri.NotFound, err, "there is no revision with the row number %d, or no study %d", r.RevisionID, r.Study)
	}
	if err != nil {
		return err
	}
	r.ID = petri.RunID(id)
	s.touch(r.ID, true)
	return s.tag(r.ID, r.Spec.Tags)
}

func scanRunRef(row scanner) (r petri.RunRef, err error) {
	return r, row.Scan(&r.Project.Owner, &r.Project.Name, &r.Number)
}

func (s Runs) tag(id petri.RunID, tags []string) error {
	for _, tag := range slices.Compact(slices.Sorted(slices.Values(tags))) {
		if _, err := s.tx.exec(`INSERT INTO run_tags (tag, run_id) VALUES (?, ?)`, tag, id); err != nil {
			return err
		}
	}
	return nil
}

// ByID finds a run. Kind: not_found.
func (s Runs) ByID(id petri.RunID) (petri.Run, error) {
	r, err := one(s.tx, scanRun, selectRun+` WHERE r.id = ?`, id)
	return r, orMissing(err, "there is no run with the row number %d", id)
}

// ByNumber finds a project's run. Kind: not_found.
func (s Runs) ByNumber(project petri.ProjectID, run int) (petri.Run, error) {
	r, err := one(s.tx, scanRun, selectRun+` WHERE r.project_id = ? AND r.number = ?`, project, run)
	return r, orMissing(err, "the project has no run %d", run)
}

// List gives runs, newest first.
func (s Runs) List(want RunFilter) ([]petri.Run, error) {
	var f filter
	f.visible("p", want.Viewer)
	key := "r.id"
	if want.Project != 0 {
		key = "r.number"
		f.add("r.project_id = ?", want.Project)
	}
	if want.Before > 0 {
		f.add(key+" < ?", want.Before)
	}
	if len(want.Status) > 0 {
		args := make([]any, len(want.Status))
		for i, status := range want.Status {
			args[i] = status
		}
		f.add("r.status IN (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
	}
	if want.Tag != "" {
		f.add("EXISTS (SELECT 1 FROM run_tags t WHERE t.tag = ? AND t.run_id = r.id)", want.Tag)
	}
	limit := want.Limit
	if limit <= 0 {
		limit = math.MaxInt32
	}
	return all(s.tx, scanRun, selectRun+f.where()+` ORDER BY `+key+` DESC LIMIT ?`, append(f.args, limit)...)
}

// Transition moves a run from one status to another and keeps what change, which may be nil,
// makes of its mutable fields: image, times, outcome, digests, results, metrics, record, error. A run
// that is not in from, or a step that petri's table does not have, is kind conflict and
// changes nothing.
func (s Runs) Transition(id petri.RunID, from, to petri.RunStatus, change func(*petri.Run)) error {
	r, err := s.ByID(id)
	if err != nil {
		return err
	}
	if r.Status != from || !from.CanBecome(to) || to == petri.RunStarting {
		return petri.Errorf(petri.Conflict, "run %s is %s and cannot go from %s to %s", r.Ref, r.Status, from, to)
	}
	if change != nil {
		change(&r)
	}
	free := "worker"
	if to.Ended() || to == petri.RunQueued {
		free = "''"
	}
	err = affected(s.tx.exec(`UPDATE runs SET status = ?, status_before = status, worker = `+free+`, image = ?,
		started_at = ?, finished_at = ?, sealed_at = ?, stop_requested_by = ?, outcome = ?, log = ?, results = ?,
		packages_before = ?, packages_after = ?, record = ?, error = ?, result_changes = ?, facts = ?, loaded = ?, metrics = ?,
		likeness = ?, result_files = ? WHERE id = ? AND status = ?`,
		to, r.Image, r.StartedAt, r.FinishedAt, r.SealedAt, r.StopRequestedBy, asJSON{r.Outcome}, r.Log, r.Results,
		r.PackagesBefore, r.PackagesAfter, r.Record, printable(r.Error), resultChanges{&r.ResultChanges, &r.LeftOut},
		r.Facts, r.Loaded, asJSON{r.Metrics}, Likeness(r), resultFiles(r.ResultChanges), id, from))
	if errors.Is(err, errNoRow) {
		return petri.Errorf(petri.Conflict, "run %s is no longer %s", r.Ref, from)
	}
	if err == nil && to.Sealed() {
		err = s.tx.Packages().count(r)
	}
	s.touch(id, to == petri.RunQueued || to.Ended())
	return err
}

// RequestStop notes who wants the run stopped; the first who asked stays named. Kind:
// not_found; conflict where it has ended.
func (s Runs) RequestStop(id petri.RunID, by string) error {
	r, err := s.ByID(id)
	if err != nil {
		return err
	}
	if r.Status.Ended() {
		return petri.Errorf(petri.Conflict, "run %s has ended already: %s", r.Ref, r.Status)
	}
	_, err = s.tx.exec(`UPDATE runs SET stop_requested_by = ? WHERE id = ? AND stop_requested_by = ''`, by, id)
	s.touch(id, true)
	return err
}

func (s Runs) touch(id petri.RunID, queue bool) {
	s.tx.Touch(RunTopic(id))
	if queue {
		s.tx.Touch(RunQueue)
	}
}
