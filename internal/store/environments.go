package store

import (
	"github.com/petri-dev/petri"
)

// Environments are the named lines of revisions.
type Environments struct{ tx *Tx }

// Environments gives the environments.
func (tx *Tx) Environments() Environments { return Environments{tx} }

// EnvironmentFilter says which environments to list: of those that Viewer may see, only
// Owner's where that is set, and archived ones only with Archived.
type EnvironmentFilter struct {
	Viewer   petri.User
	Owner    string
	Archived bool
}

// EnvironmentSummary is an environment as a list shows it. Latest is the newest revision's
// number, which is also how many there are; LatestStatus is "" where there is none.
type EnvironmentSummary struct {
	petri.Environment
	Revisions    int
	Latest       int
	LatestStatus petri.BuildStatus
}

const environmentColumns = `e.id, e.owner, e.name, e.description, e.visibility, e.active, e.archived, e.created_by, e.created_at`

func environmentFields(e *petri.Environment) []any {
	return []any{&e.ID, &e.Owner, &e.Name, &e.Description, &e.Visibility, &e.Active, &e.Archived, &e.CreatedBy, microTime{&e.CreatedAt}}
}

func scanEnvironment(row scanner) (e petri.Environment, err error) {
	return e, row.Scan(environmentFields(&e)...)
}

func scanEnvironmentSummary(row scanner) (e EnvironmentSummary, err error) {
	err = row.Scan(append(environmentFields(&e.Environment), &e.Revisions, &e.LatestStatus)...)
	e.Latest = e.Revisions
	return e, err
}

// visible is the condition that viewer may see rows of table, which has owner and visibility.
// There are no teams yet, so team means private.
func (f *filter) visible(table string, viewer petri.User) {
	switch {
	case viewer.Name == "":
		f.add("1 = 0") // who is nobody sees nothing, as in package access
	case !viewer.Admin:
		f.add("("+table+".owner = ? OR "+table+".visibility = 'everyone')", viewer.Name)
	}
}

// Create adds an environment and sets its ID, and CreatedAt if that is zero. A name that its
// owner has given already is kind conflict.
func (s Environments) Create(e *petri.Environment) error {
	e.CreatedAt = s.tx.stamp(e.CreatedAt)
	id, err := one(s.tx, number, `INSERT INTO environments (owner, name, description, visibility, active, archived, created_by, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		e.Owner, e.Name, e.Description, e.Visibility, e.Active, e.Archived, e.CreatedBy, e.CreatedAt)
	if isUnique(err) {
		return petri.Wrap(petri.Conflict, err, "there is an environment %s already: choose another name, or edit that one", e.Ref())
	}
	e.ID = petri.EnvironmentID(id)
	return err
}

// ByID finds an environment. Kind: not_found.
func (s Environments) ByID(id petri.EnvironmentID) (petri.Environment, error) {
	e, err := one(s.tx, scanEnvironment, `SELECT `+environmentColumns+` FROM environments e WHERE e.id = ?`, id)
	return e, orMissing(err, "there is no environment with the number %d", id)
}

// ByName finds an environment, archived or not. Kind: not_found.
func (s Environments) ByName(owner, name string) (petri.Environment, error) {
	e, err := one(s.tx, scanEnvironment, `SELECT `+environmentColumns+` FROM environments e WHERE e.owner = ? AND e.name = ?`, owner, name)
	return e, orMissing(err, "%s", petri.EnvironmentRef{Owner: owner, Name: name}.Missing().Message)
}

// List gives environments by owner and name.
func (s Environments) List(want EnvironmentFilter) ([]EnvironmentSummary, error) {
	var f filter
	f.visible("e", want.Viewer)
	if want.Owner != "" {
		f.add("e.owner = ?", want.Owner)
	}
	if !want.Archived {
		f.add("NOT e.archived")
	}
	return all(s.tx, scanEnvironmentSummary, `SELECT `+environmentColumns+`, e.revisions, COALESCE(r.status, '')
		FROM environments e LEFT JOIN revisions r ON r.environment_id = e.id AND r.number = e.revisions`+
		f.where()+` ORDER BY e.owner, e.name`, f.args...)
}

// BasedOn gives the other environments whose active revision's base is a revision of that one, by
// owner and name.
func (s Environments) BasedOn(id petri.EnvironmentID) ([]petri.Environment, error) {
	return all(s.tx, scanEnvironment, `SELECT `+environmentColumns+` FROM revisions r
		JOIN environments e ON e.id = r.environment_id AND e.active = r.number
		WHERE r.base_environment_id = ? AND e.id <> ? ORDER BY e.owner, e.name`, id, id)
}

// SetActive makes a revision the active one. Kind: not_found. That it is ready is the
// caller's to know.
func (s Environments) SetActive(id petri.EnvironmentID, revision int) error {
	err := affected(s.tx.exec(`UPDATE environments SET active = ? WHERE id = ? AND ? BETWEEN 0 AND revisions`, revision, id, int64(revision)))
	return orMissing(err, "the environment has no revision %d", revision)
}

// Edit changes what may change. Kind: not_found.
func (s Environments) Edit(id petri.EnvironmentID, description string, visibility petri.Visibility, archived bool) error {
	err := affected(s.tx.exec(`UPDATE environments SET description = ?, visibility = ?, archived = ? WHERE id = ?`,
		description, visibility, archived, id))
	return orMissing(err, "there is no environment with the number %d", id)
}

// Usage is what uses an environment, as far as viewer may see it: projects associated with
// it, revisions of other environments based on one of its, and the number of runs in it.
func (s Environments) Usage(id petri.EnvironmentID, viewer petri.User) (projects []petri.ProjectRef, revisions []petri.EnvironmentRef, runs int, err error) {
	f := filter{}
	f.add("e.id = ?", id)
	f.visible("p", viewer)
	projects, err = all(s.tx, scanProjectRef, `SELECT p.owner, p.name FROM environments e
		JOIN projects p ON p.environment_owner = e.owner AND p.environment_name = e.name`+
		f.where()+` ORDER BY p.owner, p.name`, f.args...)
	if err != nil {
		return nil, nil, 0, err
	}
	f = filter{}
	f.add("r.base_environment_id = ?", id)
	f.visible("e", viewer)
	revisions, err = all(s.tx, scanEnvironmentRef, `SELECT e.owner, e.name, r.number FROM revisions r
		JOIN environments e ON e.id = r.environment_id`+f.where()+` ORDER BY e.owner, e.name, r.number`, f.args...)
	if err != nil {
		return nil, nil, 0, err
	}
	f = filter{}
	f.add("v.environment_id = ?", id)
	f.visible("p", viewer)
	count, err := one(s.tx, number, `SELECT COUNT(*) FROM revisions v JOIN runs r ON r.revision_id = v.id
		JOIN projects p ON p.id = r.project_id`+f.where(), f.args...)
	return projects, revisions, int(count), err
}

func scanProjectRef(row scanner) (r petri.ProjectRef, err error) {
	return r, row.Scan(&r.Owner, &r.Name)
}

func scanEnvironmentRef(row scanner) (r petri.EnvironmentRef, err error) {
	return r, row.Scan(&r.Owner, &r.Name, &r.Revision)
}
