package petri

import "time"

// Row identities. They are distinct types so that one cannot be given for another; people
// see references, never these.
type (
	UserID        int64
	EnvironmentID int64
	RevisionID    int64
	BuildID       int64
	ProjectID     int64
	RunID         int64
)

// User is a person who may sign in.
type User struct {
	ID        UserID
	Name      string
	Admin     bool
	CreatedAt time.Time
}

// Visibility is who may see an environment or a project besides its owner and those it
// was shared with.
type Visibility string

// The visibilities.
const (
	Private  Visibility = "private"
	Team     Visibility = "team"
	Everyone Visibility = "everyone"
)

// ParseVisibility reads one of the three words. Kind: invalid.
func ParseVisibility(s string) (Visibility, error) {
	switch v := Visibility(s); v {
	case Private, Team, Everyone:
		return v, nil
	}
	return "", Errorf(Invalid, "%q is not a visibility: use private, team or everyone", clip(s))
}
