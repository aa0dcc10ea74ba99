package petri

import (
	"encoding/json"
	"strings"
	"time"
)

// Project is files and settings of one piece of work.
type Project struct {
	ID         ProjectID
	Owner      string
	Name       string
	Visibility Visibility
	// Environment is what its runs use unless told otherwise; the zero value for none yet.
	Environment EnvironmentRef
	// Head is the newest commit; "" before the first.
	Head      CommitID
	Archived  bool
	CreatedBy string
	CreatedAt time.Time
}

// Ref is the project's reference.
func (p Project) Ref() ProjectRef { return ProjectRef{Owner: p.Owner, Name: p.Name} }

// CommitID is the SHA-256 of a commit's canonical bytes, 64 hexadecimal digits.
type CommitID string

// ParseCommitID checks that s is a whole commit id. Kind: invalid.
func ParseCommitID(s string) (CommitID, error) {
	if !isHex(s, 64) {
		return "", Errorf(Invalid, "%q is not a commit id; it has 64 hexadecimal digits", clip(s))
	}
	return CommitID(s), nil
}

// CheckCommitPrefix checks that s can abbreviate a commit id: 4 to 64 digits. Kind: invalid.
func CheckCommitPrefix(s string) error {
	if len(s) < 4 || len(s) > 64 || !isHex(s, len(s)) {
		return Errorf(Invalid, "%q is not a commit: write head, or at least four digits of its id", clip(s))
	}
	return nil
}

// Short is the first twelve digits, for people.
func (id CommitID) Short() string { return string(id[:min(12, len(id))]) }

// Digest is the digest of the blob that holds the commit.
func (id CommitID) Digest() Digest {
	if id == "" {
		return ""
	}
	return Digest(digestPrefix + string(id))
}

// Commit is an immutable state of a project's files. Results of a run are one too, with
// the run's commit as parent.
type Commit struct {
	Tree      Digest
	Parents   []CommitID
	Author    string
	Message   string
	CreatedAt time.Time // whole microseconds, UTC
	// Files and Bytes are totals over the tree: files and links, and the bytes of files.
	Files int64
	Bytes int64
	// Git is where the folder stood when it was a git work tree.
	Git *GitState
}

// GitState is what git knew about a project's folder when it was committed.
type GitState struct {
	Remote string `json:"remote,omitempty"`
	Commit string `json:"commit,omitempty"`
	Dirty  bool   `json:"dirty"`
}

type commitDocument struct {
	Author    string    `json:"author"`
	Bytes     int64     `json:"bytes"`
	CreatedAt string    `json:"created_at"`
	Files     int64     `json:"files"`
	Git       *GitState `json:"git,omitempty"`
	Message   string    `json:"message"`
	Parents   []string  `json:"parents"`
	Tree      string    `json:"tree"`
	Type      string    `json:"type"`
}

const commitType = "petri-commit/1"

// TimeLayout is how times are written wherever Petri writes them: RFC 3339, UTC, microseconds.
const TimeLayout = "2006-01-02T15:04:05.000000Z"

// Encode gives the commit's bytes; their digest is its identity.
func (c Commit) Encode() []byte {
	doc := commitDocument{
		Author: c.Author, Bytes: c.Bytes, CreatedAt: c.CreatedAt.UTC().Format(TimeLayout), Files: c.Files,
		Git: c.Git, Message: c.Message, Parents: []string{}, Tree: string(c.Tree), Type: commitType,
	}
	for _, p := range c.Parents {
		doc.Parents = append(doc.Parents, string(p))
	}
	b, err := json.Marshal(doc)
	if err != nil {
		panic("petri: a commit of strings and numbers always encodes: " + err.Error())
	}
	return b
}

// ID is the commit's identity.
func (c Commit) ID() CommitID { return CommitID(DigestBytes(c.Encode()).Hex()) }

// DecodeCommit reads what Encode wrote. Kind: invalid.
func DecodeCommit(b []byte) (Commit, error) {
	var doc commitDocument
	bad := func(why string) (Commit, error) { return Commit{}, Errorf(Invalid, "not a commit: %s", why) }
	if err := json.Unmarshal(b, &doc); err != nil {
		return bad("it is not JSON")
	}
	if doc.Type != commitType {
		return bad("its type is " + clip(doc.Type))
	}
	tree, err := ParseDigest(doc.Tree)
	if err != nil {
		return bad("its tree is no digest")
	}
	created, err := time.Parse(TimeLayout, doc.CreatedAt)
	if err != nil {
		return bad("its time is malformed")
	}
	c := Commit{Tree: tree, Author: doc.Author, Message: doc.Message, CreatedAt: created, Files: doc.Files, Bytes: doc.Bytes, Git: doc.Git}
	for _, p := range doc.Parents {
		id, err := ParseCommitID(p)
		if err != nil {
			return bad("a parent is no commit id")
		}
		c.Parents = append(c.Parents, id)
	}
	if string(c.Encode()) != string(b) {
		return bad("it is not in canonical form")
	}
	return c, nil
}

// Subject is the first line of the message.
func (c Commit) Subject() string {
	subject, _, _ := strings.Cut(c.Message, "\n")
	return subject
}
