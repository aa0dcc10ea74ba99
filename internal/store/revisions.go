package store

import (
	"database/sql"
	"errors"
	"time"

	"github.com/petri-dev/petri"
)

// Revisions are the environments' definitions and images.
type Revisions struct{ tx *Tx }

// Revisions gives the revisions.
func (tx *Tx) Revisions() Revisions { return Revisions{tx} }

const revisionColumns = `r.id, r.environment_id, e.owner, e.name, r.number,
	r.base_kind, r.base_ref, r.base_file, r.base_digest, r.instructions, r.files, r.variables,
	r.note, r.created_by, r.created_at, r.status, r.error, r.build_micros,
	r.image_digest, r.image_manifest, r.image_bytes, r.image_packages, r.image_package_count, r.image_user,
	r.reused_from, r.promote, r.image_facts`

const selectRevision = `SELECT ` + revisionColumns + ` FROM revisions r JOIN environments e ON e.id = r.environment_id`

func scanRevision(row scanner) (r petri.Revision, err error) {
	d, i := &r.Definition, &r.Image
	err = row.Scan(&r.ID, &r.EnvironmentID, &r.Ref.Owner, &r.Ref.Name, &r.Ref.Revision,
		&d.Base.Kind, &d.Base.Ref, &d.Base.File, &d.Base.Digest, &d.Instructions, &d.Files, asJSON{&d.Variables},
		&r.Note, &r.CreatedBy, microTime{&r.CreatedAt}, &r.Status, &r.Error, microDuration{&r.BuildDuration},
		&i.Digest, &i.Manifest, &i.Bytes, &i.Packages, &i.PackageCount, asJSON{&i.User},
		&r.ReusedFrom, &r.Promote, &i.Facts)
	return r, err
}

// Create freezes a revision as its environment's next, queued, and sets its ID, number, Ref,
// Status, and CreatedAt if that is zero. Kind not_found where there is no such environment.
func (s Revisions) Create(r *petri.Revision) error {
	ref, err := one(s.tx, scanEnvironmentRef, `UPDATE environments SET revisions = revisions + 1 WHERE id = ?
		RETURNING owner, name, revisions`, r.EnvironmentID)
	if err != nil {
		return orMissing(err, "there is no environment with the number %d", r.EnvironmentID)
	}
	base, err := s.baseEnvironment(r.Definition.Base, ref.Owner)
	if err != nil {
		return err
	}
	r.Ref, r.Status, r.CreatedAt = ref, petri.BuildQueued, s.tx.stamp(r.CreatedAt)
	d := r.Definition
	id, err := one(s.tx, number, `INSERT INTO revisions (environment_id, number, base_kind, base_ref, base_file, base_digest,
		base_environment_id, instructions, files, variables, definition_digest, note, created_by, created_at, status, promote)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		r.EnvironmentID, ref.Revision, d.Base.Kind, d.Base.Ref, d.Base.File, d.Base.Digest,
		base, d.Instructions, d.Files, asJSON{d.Variables}, definitionDigest(d), r.Note, r.CreatedBy, r.CreatedAt, r.Status, r.Promote)
	r.ID = petri.RevisionID(id)
	return err
}

// baseEnvironment is the row of the environment that a base's reference names, so that Usage can find it.
func (s Revisions) baseEnvironment(base petri.Base, owner string) (sql.NullInt64, error) {
	if base.Kind != petri.BaseRevision {
		return sql.NullInt64{}, nil
	}
	ref, err := petri.ParseEnvironmentRef(base.Ref, owner)
	if err != nil {
		return sql.NullInt64{}, err
	}
	id, err := one(s.tx, number, `SELECT id FROM environments WHERE owner = ? AND name = ?`, ref.Owner, ref.Name)
	if errors.Is(err, errNoRow) {
		return sql.NullInt64{}, nil
	}
	return sql.NullInt64{Int64: id, Valid: err == nil}, err
}

func definitionDigest(d petri.Definition) petri.Digest {
	if d.Base.Digest == "" {
		return ""
	}
	return d.Digest()
}

// ByID finds a revision. Kind: not_found.
func (s Revisions) ByID(id petri.RevisionID) (petri.Revision, error) {
	r, err := one(s.tx, scanRevision, selectRevision+` WHERE r.id = ?`, id)
	return r, orMissing(err, "there is no revision with the row number %d", id)
}

// ByNumber finds an environment's revision. Kind: not_found.
func (s Revisions) ByNumber(environment petri.EnvironmentID, revision int) (petri.Revision, error) {
	r, err := one(s.tx, scanRevision, selectRevision+` WHERE r.environment_id = ? AND r.number = ?`, environment, revision)
	return r, orMissing(err, "the environment has no revision %d", revision)
}

// Latest is an environment's newest revision, whatever its status. Kind: not_found.
func (s Revisions) Latest(environment petri.EnvironmentID) (petri.Revision, error) {
	r, err := one(s.tx, scanRevision, selectRevision+` WHERE r.environment_id = ? ORDER BY r.number DESC LIMIT 1`, environment)
	return r, orMissing(err, "the environment has no revision yet")
}

// List gives an environment's revisions, newest first.
func (s Revisions) List(environment petri.EnvironmentID) ([]petri.Revision, error) {
	return all(s.tx, scanRevision, selectRevision+` WHERE r.environment_id = ? ORDER BY r.number DESC`, environment)
}

// ReadyByDefinition is the oldest ready revision, of any environment, with that definition
// digest. Kind: not_found.
func (s Revisions) ReadyByDefinition(definition petri.Digest) (petri.Revision, error) {
	if definition == "" {
		return petri.Revision{}, petri.Errorf(petri.NotFound, "no revision was built from that definition")
	}
	r, err := one(s.tx, scanRevision, selectRevision+` WHERE r.definition_digest = ? AND r.status = 'ready' ORDER BY r.id LIMIT 1`, definition)
	return r, orMissing(err, "no revision was built from that definition")
}

// SetBaseDigest keeps what the base was resolved to, and with it the definition's digest. A
// revision that was pinned to another digest is kind conflict: a definition never changes.
func (s Revisions) SetBaseDigest(id petri.RevisionID, base petri.Digest) error {
	r, err := s.ByID(id)
	if err != nil {
		return err
	}
	if had := r.Definition.Base.Digest; had != "" && had != base {
		return petri.Errorf(petri.Conflict, "the base of %s is %s and cannot become %s", r.Ref, had.Short(), base.Short())
	}
	r.Definition.Base.Digest = base
	_, err = s.tx.exec(`UPDATE revisions SET base_digest = ?, definition_digest = ? WHERE id = ?`, base, definitionDigest(r.Definition), id)
	return err
}

// SetReady keeps the image. Kind: not_found; conflict where it is ready already with another one.
func (s Revisions) SetReady(id petri.RevisionID, image petri.Image, reusedFrom string, took time.Duration) error {
	err := affected(s.tx.exec(`UPDATE revisions SET status = 'ready', error = '', build_micros = ?, image_digest = ?, image_manifest = ?,
		image_bytes = ?, image_packages = ?, image_package_count = ?, image_user = ?, image_facts = ?, reused_from = ?
		WHERE id = ? AND (status <> 'ready' OR image_digest = ?)`,
		took.Microseconds(), image.Digest, image.Manifest, image.Bytes, image.Packages, image.PackageCount, asJSON{image.User}, image.Facts, reusedFrom,
		id, image.Digest))
	if err == nil {
		_, err = s.tx.Packages().list(image.Packages)
	}
	return s.refused(err, id)
}

// ReadyBetween gives an environment's ready revisions from one number to another, both included, ascending.
func (s Revisions) ReadyBetween(environment petri.EnvironmentID, from, to int) ([]petri.Revision, error) {
	return all(s.tx, scanRevision, selectRevision+` WHERE r.environment_id = ? AND r.number BETWEEN ? AND ? AND r.status = 'ready'
		ORDER BY r.number`, environment, from, to)
}

// SetStatus keeps its latest build's status, other than ready, and what a person needs to
// know of it. Kind: not_found; conflict where the revision is ready, which it then stays.
func (s Revisions) SetStatus(id petri.RevisionID, status petri.BuildStatus, errText string, took time.Duration) error {
	if status == petri.BuildReady {
		return petri.Errorf(petri.Internal, "a revision becomes ready with its image, by SetReady")
	}
	err := affected(s.tx.exec(`UPDATE revisions SET status = ?, error = ?, build_micros = ? WHERE id = ? AND status <> 'ready'`,
		status, printable(errText), took.Microseconds(), id))
	return s.refused(err, id)
}

// SetPromote keeps whether it becomes active as soon as it is ready. Kind: not_found.
func (s Revisions) SetPromote(id petri.RevisionID, promote bool) error {
	err := affected(s.tx.exec(`UPDATE revisions SET promote = ? WHERE id = ?`, promote, id))
	return orMissing(err, "there is no revision with the row number %d", id)
}

// refused says why a change of status met no row.
func (s Revisions) refused(err error, id petri.RevisionID) error {
	if !errors.Is(err, errNoRow) {
		return err
	}
	r, err := s.ByID(id)
	if err != nil {
		return err
	}
	return petri.Errorf(petri.Conflict, "revision %s is ready, and that never changes: make a new revision instead", r.Ref)
}
