package petri

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Environment is a named line of revisions, one of which is active.
type Environment struct {
	ID          EnvironmentID
	Owner       string
	Name        string
	Description string
	Visibility  Visibility
	// Active is the number of the active revision; 0 while none has become ready.
	Active    int
	Archived  bool
	CreatedBy string
	CreatedAt time.Time
}

// Ref is the environment's reference, without a revision.
func (e Environment) Ref() EnvironmentRef { return EnvironmentRef{Owner: e.Owner, Name: e.Name} }

// BaseKind says where a revision starts from.
type BaseKind string

// The kinds of base.
const (
	BaseImage    BaseKind = "image"    // an image reference that Docker knows or can pull
	BaseRevision BaseKind = "revision" // another environment's revision
	BaseFile     BaseKind = "file"     // an uploaded file: root file system tar, docker archive, OCI layout tar
)

// Base is what a revision starts from, as it was asked for and as it was resolved.
type Base struct {
	Kind BaseKind
	// Ref is the reference as the user would write it: debian:12, science/r@3, rootfs.tar.
	Ref string
	// File is the uploaded blob of a BaseFile.
	File Digest
	// Digest is the config digest of the image that Ref stood for when the revision was
	// frozen or, for a base that had yet to be pulled or imported, when it was built. "" until then.
	Digest Digest
}

// Definition is all that decides what a build makes. It never changes once frozen.
type Definition struct {
	Base Base
	// Instructions are Dockerfile instructions without FROM.
	Instructions string
	// Files is the tree of attached files, the build context; "" for none.
	Files Digest
	// Variables are set in the image (ENV), and so in every run.
	Variables map[string]string
}

// Digest identifies the definition: two with equal digests would build from the same base
// image, instructions, files and variables. It is only meaningful once Base.Digest is known.
func (d Definition) Digest() Digest {
	canonical, err := json.Marshal(struct {
		Base, Instructions, Files string
		Variables                 map[string]string
	}{string(d.Base.Digest), strings.TrimSpace(d.Instructions), string(d.Files), d.Variables})
	if err != nil {
		panic("petri: strings and a map of strings always encode: " + err.Error())
	}
	return DigestBytes(canonical)
}

// Revision is an immutable numbered definition and, once built, its image.
type Revision struct {
	ID            RevisionID
	EnvironmentID EnvironmentID
	Ref           EnvironmentRef
	Definition    Definition
	Note          string
	CreatedBy     string
	CreatedAt     time.Time

	// Status is its latest build's.
	Status BuildStatus
	// Error is, for a failed revision, what a person needs to know: the instruction, its
	// line, the exit code.
	Error string
	// BuildDuration is how long the latest build took.
	BuildDuration time.Duration
	// Image is set once the revision is ready.
	Image Image
	// ReusedFrom names the revision whose image was used because the definition was the same.
	ReusedFrom string
	// Promote asks that it become active as soon as it is ready.
	Promote bool
}

// Image is a built image.
type Image struct {
	// Digest is the digest of the image's configuration, the same on every engine.
	Digest Digest
	// Manifest is the digest under which Petri's registry keeps it; "" until archived.
	Manifest Digest
	Bytes    int64
	// Packages is the blob that holds its package list as text.
	Packages     Digest
	PackageCount int
	// Facts is the blob of its Facts; "" in images older than the field.
	Facts Digest
	// User is who the image's commands run as.
	User ImageUser
}

// ImageUser is the account that an image's configuration names, resolved in the image.
// The zero value with Declared false means that the image names none.
type ImageUser struct {
	Declared bool
	UID, GID int
	Home     string
}

// Build is one attempt to turn a revision into an image.
type Build struct {
	ID         BuildID
	RevisionID RevisionID
	Status     BuildStatus
	NoCache    bool
	// CancelRequested is set by a person; the worker sees it and stops the build.
	CancelRequested bool
	CreatedAt       time.Time
	StartedAt       time.Time
	FinishedAt      time.Time
	// Log is the blob of the sealed log, lines of BuildEvent; "" while it is being written.
	Log   Digest
	Error string
}

// BuildEvent is one line of a build's log: a step changed its state or said something.
// Events of one step share its Step number, which counts from 1.
type BuildEvent struct {
	Time time.Time `json:"time"`
	Step int       `json:"step,omitempty"`
	// Name is what the step does, given with its first event: the instruction as written, or a
	// sentence such as "read the package list".
	Name string `json:"name,omitempty"`
	// Line is the instruction's line in the user's instructions, from 1; 0 for Petri's own steps.
	Line int `json:"line,omitempty"`
	// State is started, cached, done, failed or canceled; "" for output.
	State string `json:"state,omitempty"`
	// Output is a piece of what the step printed, not necessarily a whole line.
	Output string `json:"output,omitempty"`
	// Message is for people: why a step failed, that an image was reused.
	Message string  `json:"message,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// CheckVariables refuses names that no shell could set, values with NUL, and names that
// Petri itself sets. Kind: invalid.
func CheckVariables(vars map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		switch {
		case !variableName.MatchString(name):
			return Errorf(Invalid, "%q cannot name a variable: use letters, digits and underscores, and begin with no digit", clip(name))
		case strings.HasPrefix(name, "PETRI_"):
			return Errorf(Invalid, "variable %s cannot be set: names that begin with PETRI_ are Petri's own", clip(name))
		case strings.ContainsRune(vars[name], 0):
			return Errorf(Invalid, "the value of variable %s holds a NUL byte, which no program can be given", name)
		case !utf8.ValidString(vars[name]):
			return CheckText("the value of variable "+name, vars[name])
		case len(vars[name]) > 128<<10:
			return Errorf(Invalid, "the value of variable %s is longer than 128 KiB, the most that Linux passes on", name)
		}
	}
	return nil
}
