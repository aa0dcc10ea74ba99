package store

import (
	"github.com/petri-dev/petri"
)

// Settings are the server's own values by key.
type Settings struct{ tx *Tx }

// Settings gives the server's settings.
func (tx *Tx) Settings() Settings { return Settings{tx} }

// Get is the value of key; "" where it was never set.
func (s Settings) Get(key string) (string, error) {
	value := ""
	err := s.tx.each(func(row scanner) error { return row.Scan(&value) }, `SELECT value FROM settings WHERE key = ?`, key)
	return value, err
}

// Set keeps value under key.
func (s Settings) Set(key, value string) error {
	_, err := s.tx.exec(`INSERT INTO settings (key, value) VALUES (?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

// Users are the people.
type Users struct{ tx *Tx }

// Users gives the people.
func (tx *Tx) Users() Users { return Users{tx} }

const userColumns = `u.id, u.name, u.admin, u.created_at`

func scanUser(row scanner) (u petri.User, err error) {
	err = row.Scan(&u.ID, &u.Name, &u.Admin, microTime{&u.CreatedAt})
	return u, err
}

// Create adds a user and sets its ID, and CreatedAt if that is zero. A name that is taken is
// kind conflict.
func (s Users) Create(u *petri.User) error {
	u.CreatedAt = s.tx.stamp(u.CreatedAt)
	id, err := one(s.tx, number, `INSERT INTO users (name, admin, created_at) VALUES (?, ?, ?) RETURNING id`, u.Name, u.Admin, u.CreatedAt)
	if isUnique(err) {
		return petri.Wrap(petri.Conflict, err, "there is a user %s already", u.Name)
	}
	u.ID = petri.UserID(id)
	return err
}

// ByName finds a user. Kind: not_found.
func (s Users) ByName(name string) (petri.User, error) {
	u, err := one(s.tx, scanUser, `SELECT `+userColumns+` FROM users u WHERE u.name = ?`, name)
	return u, orMissing(err, "there is no user %s", name)
}

// ByID finds a user. Kind: not_found.
func (s Users) ByID(id petri.UserID) (petri.User, error) {
	u, err := one(s.tx, scanUser, `SELECT `+userColumns+` FROM users u WHERE u.id = ?`, id)
	return u, orMissing(err, "there is no user with the number %d", id)
}

// List gives all users by name.
func (s Users) List() ([]petri.User, error) {
	return all(s.tx, scanUser, `SELECT `+userColumns+` FROM users u ORDER BY u.name`)
}

// Tokens are what users show to be let in, known by their digest alone.
type Tokens struct{ tx *Tx }

// Tokens gives the tokens.
func (tx *Tx) Tokens() Tokens { return Tokens{tx} }

// Create keeps a token's digest. The same digest again is kind conflict.
func (s Tokens) Create(user petri.UserID, name string, hash petri.Digest) error {
	_, err := s.tx.exec(`INSERT INTO tokens (hash, user_id, name, created_at) VALUES (?, ?, ?, ?)`, hash, user, name, s.tx.now())
	switch {
	case isUnique(err):
		return petri.Wrap(petri.Conflict, err, "that token exists already")
	case isForeignKey(err):
		return petri.Wrap(petri.NotFound, err, "there is no user with the number %d", user)
	}
	return err
}

// UserByHash is whose token it is. Kind: not_found.
func (s Tokens) UserByHash(hash petri.Digest) (petri.User, error) {
	u, err := one(s.tx, scanUser, `SELECT `+userColumns+` FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = ?`, hash)
	return u, orMissing(err, "there is no such token")
}

// Delete forgets a token. Kind: not_found.
func (s Tokens) Delete(hash petri.Digest) error {
	err := affected(s.tx.exec(`DELETE FROM tokens WHERE hash = ?`, hash))
	return orMissing(err, "there is no such token")
}
