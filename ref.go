package petri

import (
	"regexp"
	"strconv"
	"strings"
)

// namePattern is what owners, environments and projects may be called. It is a subset of
// what an OCI repository path may hold, so that an environment's name is a pullable name.
var namePattern = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*$`)

const maxName = 63

// CheckName tells whether name can name a thing of that sort ("environment", "project",
// "user"). Kind: invalid.
func CheckName(sort, name string) error {
	if len(name) > maxName || !namePattern.MatchString(name) {
		return Errorf(Invalid, "%q cannot name %s %s: use 1 to %d lower-case letters and digits, with single dots, dashes or underscores between them", clip(name), article(sort), sort, maxName)
	}
	return nil
}

func article(noun string) string {
	if strings.HasPrefix(noun, "e") {
		return "an"
	}
	return "a"
}

// EnvironmentRef names an environment (Revision 0: its active revision) or one revision.
type EnvironmentRef struct {
	Owner    string
	Name     string
	Revision int
}

// ParseEnvironmentRef reads "owner/name", "owner/name@3", and, with defaultOwner for the
// owner, "name" and "name@3". Kind: invalid.
func ParseEnvironmentRef(s, defaultOwner string) (EnvironmentRef, error) {
	path, number, numbered := strings.Cut(s, "@")
	ref := EnvironmentRef{}
	var err error
	if ref.Owner, ref.Name, err = parsePath("environment", path, defaultOwner); err != nil {
		return EnvironmentRef{}, err
	}
	if numbered {
		if ref.Revision, err = parseNumber(number); err != nil {
			return EnvironmentRef{}, Errorf(Invalid, "%q is not an environment reference: after @ stands a revision's number, as in %s@3", clip(s), path)
		}
	}
	return ref, nil
}

// Missing is the error for an environment or revision that is not there or that the asker may
// not know of: both are told the same. Kind: not_found.
func (r EnvironmentRef) Missing() *Error {
	if r.Revision == 0 {
		return Errorf(NotFound, "there is no environment %s; petri env ls lists those you may see", r)
	}
	return Errorf(NotFound, "there is no revision %s; petri env revisions %s lists those there are", r, r.At(0))
}

func (r EnvironmentRef) String() string {
	if r.Revision == 0 {
		return r.Owner + "/" + r.Name
	}
	return r.Owner + "/" + r.Name + "@" + strconv.Itoa(r.Revision)
}

// At is r with that revision number.
func (r EnvironmentRef) At(revision int) EnvironmentRef {
	r.Revision = revision
	return r
}

// ProjectRef names a project.
type ProjectRef struct {
	Owner string
	Name  string
}

// ParseProjectRef reads "owner/name", and "name" with defaultOwner. Kind: invalid.
func ParseProjectRef(s, defaultOwner string) (ProjectRef, error) {
	owner, name, err := parsePath("project", s, defaultOwner)
	return ProjectRef{Owner: owner, Name: name}, err
}

// Missing is the error for a project that is not there or that the asker may not know of. Kind:
// not_found.
func (r ProjectRef) Missing() *Error {
	return Errorf(NotFound, "there is no project %s; petri project ls lists those you may see", r)
}

func (r ProjectRef) String() string { return r.Owner + "/" + r.Name }

// RunRef names a run.
type RunRef struct {
	Project ProjectRef
	Number  int
}

// ParseRunRef reads "owner/project#17", "project#17" with defaultProject's owner, and
// "17" or "#17" inside defaultProject. Kind: invalid.
func ParseRunRef(s string, defaultProject ProjectRef) (RunRef, error) {
	path, number, found := strings.Cut(s, "#")
	if !found {
		path, number = "", s
	}
	n, err := parseNumber(number)
	if err != nil {
		return RunRef{}, Errorf(Invalid, "%q is not a run reference: write a run's number, or owner/project#17", clip(s))
	}
	if path == "" {
		if defaultProject == (ProjectRef{}) {
			return RunRef{}, Errorf(Invalid, "run %d of which project? Work inside a project's folder, or write owner/project#%d", n, n)
		}
		return RunRef{Project: defaultProject, Number: n}, nil
	}
	project, err := ParseProjectRef(path, defaultProject.Owner)
	return RunRef{Project: project, Number: n}, err
}

// Missing is the error for a run that is not there. Kind: not_found.
func (r RunRef) Missing() *Error {
	return Errorf(NotFound, "there is no run %s; petri runs --project %s lists those there are", r, r.Project)
}

func (r RunRef) String() string { return r.Project.String() + "#" + strconv.Itoa(r.Number) }

func parsePath(sort, s, defaultOwner string) (owner, name string, err error) {
	owner, name, found := strings.Cut(s, "/")
	if !found {
		owner, name = defaultOwner, s
		if owner == "" {
			return "", "", Errorf(Invalid, "%q has no owner: write owner/name", clip(s))
		}
	}
	if strings.Contains(name, "/") {
		return "", "", Errorf(Invalid, "%q has too many parts: write owner/name", clip(s))
	}
	if err := CheckName("user or team", owner); err != nil {
		return "", "", err
	}
	if err := CheckName(sort, name); err != nil {
		return "", "", err
	}
	return owner, name, nil
}

func parseNumber(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1<<31-1 || strconv.Itoa(n) != s {
		return 0, Errorf(Invalid, "%q is not a number from 1 up", clip(s))
	}
	return n, nil
}

// MarshalText implements encoding.TextMarshaler; the zero value is "".
func (r RunRef) MarshalText() ([]byte, error) {
	if r == (RunRef{}) {
		return nil, nil
	}
	return []byte(r.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler. Kind: invalid.
func (r *RunRef) UnmarshalText(text []byte) (err error) {
	*r = RunRef{}
	if len(text) > 0 {
		*r, err = ParseRunRef(string(text), ProjectRef{})
	}
	return err
}

// MarshalText implements encoding.TextMarshaler; the zero value is "".
func (r ProjectRef) MarshalText() ([]byte, error) {
	if r == (ProjectRef{}) {
		return nil, nil
	}
	return []byte(r.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler. Kind: invalid.
func (r *ProjectRef) UnmarshalText(text []byte) (err error) {
	*r = ProjectRef{}
	if len(text) > 0 {
		*r, err = ParseProjectRef(string(text), "")
	}
	return err
}

// MarshalText implements encoding.TextMarshaler; the zero value is "".
func (r EnvironmentRef) MarshalText() ([]byte, error) {
	if r == (EnvironmentRef{}) {
		return nil, nil
	}
	return []byte(r.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler. Kind: invalid.
func (r *EnvironmentRef) UnmarshalText(text []byte) (err error) {
	*r = EnvironmentRef{}
	if len(text) > 0 {
		*r, err = ParseEnvironmentRef(string(text), "")
	}
	return err
}
