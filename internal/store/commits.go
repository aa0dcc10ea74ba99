package store

import (
	"strings"

	"github.com/petri-dev/petri"
)

// Commits are the states of projects' files. Their trees are blobs, not rows.
type Commits struct{ tx *Tx }

// Commits gives the commits.
func (tx *Tx) Commits() Commits { return Commits{tx} }

const commitColumns = `c.tree, c.parents, c.author, c.message, c.created_at, c.files, c.bytes, c.git`

func scanCommit(row scanner) (c petri.Commit, err error) {
	return c, row.Scan(&c.Tree, asJSON{&c.Parents}, &c.Author, &c.Message, microTime{&c.CreatedAt}, &c.Files, &c.Bytes, asJSON{&c.Git})
}

// Insert keeps a commit in a project; one that is there already is no error.
func (s Commits) Insert(project petri.ProjectID, c petri.Commit) error {
	first, git := petri.CommitID(""), any("")
	if len(c.Parents) > 0 {
		first = c.Parents[0]
	}
	if c.Git != nil {
		git = asJSON{c.Git}
	}
	_, err := s.tx.exec(`INSERT INTO commits (project_id, id, first_parent, tree, parents, author, message, created_at, files, bytes, git)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project_id, id) DO NOTHING`,
		project, c.ID(), first, c.Tree, asJSON{c.Parents}, c.Author, c.Message, c.CreatedAt, c.Files, c.Bytes, git)
	if isForeignKey(err) {
		return petri.Wrap(petri.NotFound, err, "there is no project with the number %d", project)
	}
	return err
}

// ByID finds a project's commit. Kind: not_found.
func (s Commits) ByID(project petri.ProjectID, id petri.CommitID) (petri.Commit, error) {
	c, err := one(s.tx, scanCommit, `SELECT `+commitColumns+` FROM commits c WHERE c.project_id = ? AND c.id = ?`, project, id)
	return c, orMissing(err, "the project has no commit %s; petri log lists those it has", id.Short())
}

// ByPrefix finds the one commit of a project whose id begins with prefix. Kind: not_found;
// conflict, naming some, where there are several; invalid for what cannot be a prefix.
func (s Commits) ByPrefix(project petri.ProjectID, prefix string) (petri.Commit, error) {
	if err := petri.CheckCommitPrefix(prefix); err != nil {
		return petri.Commit{}, err
	}
	// A range, so that the primary key serves; g follows every hexadecimal digit.
	found, err := all(s.tx, scanCommit, `SELECT `+commitColumns+` FROM commits c
		WHERE c.project_id = ? AND c.id >= ? AND c.id < ? ORDER BY c.id LIMIT 5`, project, prefix, prefix+"g")
	switch {
	case err != nil:
		return petri.Commit{}, err
	case len(found) == 0:
		return petri.Commit{}, petri.Errorf(petri.NotFound, "the project has no commit %s; petri log lists those it has", prefix)
	case len(found) > 1:
		var names []string
		for _, c := range found {
			names = append(names, c.ID().Short())
		}
		return petri.Commit{}, petri.Errorf(petri.Conflict, "%s stands for several commits: %s; write more digits", prefix, strings.Join(names, ", "))
	}
	return found[0], nil
}

// History gives at most limit commits, newest first: from, its first parent, and so on.
func (s Commits) History(project petri.ProjectID, from petri.CommitID, limit int) ([]petri.Commit, error) {
	return all(s.tx, scanCommit, `WITH RECURSIVE line (id, depth) AS (
			SELECT CAST(? AS TEXT), 1
			UNION ALL
			SELECT c.first_parent, line.depth + 1 FROM line JOIN commits c ON c.project_id = ? AND c.id = line.id
			WHERE c.first_parent <> '' AND line.depth < ?)
		SELECT `+commitColumns+` FROM line JOIN commits c ON c.project_id = ? AND c.id = line.id ORDER BY line.depth LIMIT ?`,
		from, project, int64(limit), project, int64(limit))
}
