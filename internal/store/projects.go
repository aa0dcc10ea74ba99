package store

import (
	"errors"

	"github.com/petri-dev/petri"
)

// Projects are the pieces of work.
type Projects struct{ tx *Tx }

// Projects gives the projects.
func (tx *Tx) Projects() Projects { return Projects{tx} }

// ProjectFilter says which projects to list: of those that Viewer may see, only Owner's where
// that is set, and archived ones only with Archived.
type ProjectFilter struct {
	Viewer   petri.User
	Owner    string
	Archived bool
}

const projectColumns = `p.id, p.owner, p.name, p.visibility, p.environment_owner, p.environment_name, p.environment_revision,
	p.head, p.archived, p.created_by, p.created_at`

func scanProject(row scanner) (p petri.Project, err error) {
	e := &p.Environment
	return p, row.Scan(&p.ID, &p.Owner, &p.Name, &p.Visibility, &e.Owner, &e.Name, &e.Revision,
		&p.Head, &p.Archived, &p.CreatedBy, microTime{&p.CreatedAt})
}

// Create adds a project and sets its ID, and CreatedAt if that is zero. A name that its owner
// has given already is kind conflict.
func (s Projects) Create(p *petri.Project) error {
	p.CreatedAt = s.tx.stamp(p.CreatedAt)
	id, err := one(s.tx, number, `INSERT INTO projects (owner, name, visibility, environment_owner, environment_name,
		environment_revision, head, archived, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		p.Owner, p.Name, p.Visibility, p.Environment.Owner, p.Environment.Name, p.Environment.Revision,
		p.Head, p.Archived, p.CreatedBy, p.CreatedAt)
	if isUnique(err) {
		return petri.Wrap(petri.Conflict, err, "there is a project %s already: choose another name", p.Ref())
	}
	p.ID = petri.ProjectID(id)
	return err
}

// ByID finds a project. Kind: not_found.
func (s Projects) ByID(id petri.ProjectID) (petri.Project, error) {
	p, err := one(s.tx, scanProject, `SELECT `+projectColumns+` FROM projects p WHERE p.id = ?`, id)
	return p, orMissing(err, "there is no project with the number %d", id)
}

// ByName finds a project, archived or not. Kind: not_found.
func (s Projects) ByName(owner, name string) (petri.Project, error) {
	p, err := one(s.tx, scanProject, `SELECT `+projectColumns+` FROM projects p WHERE p.owner = ? AND p.name = ?`, owner, name)
	return p, orMissing(err, "%s", petri.ProjectRef{Owner: owner, Name: name}.Missing().Message)
}

// List gives projects by owner and name.
func (s Projects) List(want ProjectFilter) ([]petri.Project, error) {
	var f filter
	f.visible("p", want.Viewer)
	if want.Owner != "" {
		f.add("p.owner = ?", want.Owner)
	}
	if !want.Archived {
		f.add("NOT p.archived")
	}
	return all(s.tx, scanProject, `SELECT `+projectColumns+` FROM projects p`+f.where()+` ORDER BY p.owner, p.name`, f.args...)
}

// Following gives the projects, but for archived ones, that use any revision of an environment, by owner and name.
func (s Projects) Following(environment petri.EnvironmentID) ([]petri.Project, error) {
	return all(s.tx, scanProject, `SELECT `+projectColumns+` FROM environments e
		JOIN projects p ON p.environment_owner = e.owner AND p.environment_name = e.name
		WHERE e.id = ? AND NOT p.archived ORDER BY p.owner, p.name`, environment)
}

// Edit keeps the project's environment, visibility and archived flag. Kind: not_found.
func (s Projects) Edit(p *petri.Project) error {
	err := affected(s.tx.exec(`UPDATE projects SET visibility = ?, environment_owner = ?, environment_name = ?,
		environment_revision = ?, archived = ? WHERE id = ?`,
		p.Visibility, p.Environment.Owner, p.Environment.Name, p.Environment.Revision, p.Archived, p.ID))
	return orMissing(err, "there is no project with the number %d", p.ID)
}

// SetHead moves the head from one commit to another. Kind: not_found; conflict when the head
// is not from.
func (s Projects) SetHead(id petri.ProjectID, from, to petri.CommitID) error {
	err := affected(s.tx.exec(`UPDATE projects SET head = ? WHERE id = ? AND head = ?`, to, id, from))
	if !errors.Is(err, errNoRow) {
		return err
	}
	p, err := s.ByID(id)
	if err != nil {
		return err
	}
	if p.Head == "" {
		return petri.Errorf(petri.Conflict, "project %s has no commit yet, and this one was made on %s", p.Ref(), from.Short())
	}
	return petri.Errorf(petri.Conflict, "somebody else has committed to %s meanwhile: its head is %s; pull, and try again", p.Ref(), p.Head.Short())
}

// RunCount is how many runs a project has had. Kind: not_found.
func (s Projects) RunCount(id petri.ProjectID) (int, error) {
	n, err := one(s.tx, number, `SELECT runs FROM projects WHERE id = ?`, id)
	return int(n), orMissing(err, "there is no project with the number %d", id)
}
