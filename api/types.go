package api

import "time"

// The objects below are what the server sends and `--json` prints. Times are RFC 3339 UTC
// with microseconds, durations are seconds, sizes are bytes, digests are "sha256:…". Fields
// may be added, never renamed.

// Environment is a named line of revisions.
type Environment struct {
	Ref            string `json:"ref" doc:"owner/name"`
	Owner          string `json:"owner"`
	Name           string `json:"name"`
	Description    string `json:"description"`
	Visibility     string `json:"visibility" enum:"private,team,everyone"`
	ActiveRevision int    `json:"active_revision" doc:"0 while no revision has become ready"`
	Archived       bool   `json:"archived"`
	CreatedBy      string `json:"created_by"`
	CreatedAt      Time   `json:"created_at"`
	// Revisions counts them; Latest is the newest one's number, and Status its state.
	Revisions    int    `json:"revisions"`
	Latest       int    `json:"latest_revision"`
	LatestStatus string `json:"latest_status"`
}

// Revision is an immutable numbered definition and, once built, its image.
type Revision struct {
	Ref            string            `json:"ref" doc:"owner/name@n"`
	Number         int               `json:"number"`
	Status         string            `json:"status" enum:"queued,building,ready,failed,canceled"`
	Active         bool              `json:"active"`
	Base           string            `json:"base" doc:"as it was asked for"`
	BaseKind       string            `json:"base_kind" enum:"image,revision,file"`
	BaseDigest     string            `json:"base_digest"`
	Instructions   string            `json:"instructions"`
	Files          []File            `json:"files"`
	Variables      map[string]string `json:"variables"`
	ImageDigest    string            `json:"image_digest" doc:"digest of the image's configuration"`
	ManifestDigest string            `json:"manifest_digest"`
	ImageBytes     int64             `json:"image_bytes"`
	PackageCount   int               `json:"package_count"`
	PackagesDigest string            `json:"packages_digest"`
	ReusedFrom     string            `json:"reused_from" doc:"the revision whose image was used because the definition was the same"`
	Note           string            `json:"note"`
	CreatedBy      string            `json:"created_by"`
	CreatedAt      Time              `json:"created_at"`
	BuildSeconds   float64           `json:"build_seconds"`
	Error          string            `json:"error"`
}

// File is one file of a tree.
type File struct {
	FilePath
	Kind   string `json:"kind" enum:"file,executable,link,folder"`
	Bytes  int64  `json:"bytes"`
	Digest string `json:"digest"`
}

// Package is one row of a package list.
type Package struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	Location  string `json:"location"`
	Origin    string `json:"origin,omitempty" doc:"where this build of the version came from, as far as the package says: CRAN, built with R 4.2.2"`
}

// PackageChange is a package that differs between two lists; A and B are versions.
type PackageChange struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	A         string `json:"a"`
	B         string `json:"b"`
	Change    string `json:"change" enum:"added,removed,changed"`
	Direction string `json:"direction" enum:",upgrade,downgrade" doc:"of changed, as the ecosystem orders versions"`
	Loaded    bool   `json:"loaded" doc:"a run that was compared loaded it"`
}

// FieldChange is a setting that differs.
type FieldChange struct {
	Field string `json:"field"`
	A     string `json:"a"`
	B     string `json:"b"`
}

// PathChange is a file that differs between two trees.
type PathChange struct {
	FilePath
	Change string `json:"change" enum:"added,removed,changed"`
	Hunks  string `json:"hunks,omitempty" doc:"unified difference, for text of moderate size"`
}

// EnvironmentDiff is what differs between two revisions.
type EnvironmentDiff struct {
	A        string          `json:"a"`
	B        string          `json:"b"`
	Settings []FieldChange   `json:"settings"`
	Facts    []FieldChange   `json:"facts" doc:"of the images, where both are ready"`
	Files    []PathChange    `json:"files"`
	Packages []PackageChange `json:"packages"`
	// Instructions is a unified difference; "" when they are the same.
	Instructions string `json:"instructions"`
}

// EnvironmentUsage is who uses an environment.
type EnvironmentUsage struct {
	Projects     []string `json:"projects" doc:"projects that are associated with it"`
	Environments []string `json:"environments" doc:"revisions based on it"`
	Runs         int      `json:"runs" doc:"runs made in it"`
}

// CreateEnvironment asks for a new environment and its first revision.
type CreateEnvironment struct {
	Owner       string `json:"owner,omitempty" doc:"one's own name where absent"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Visibility  string `json:"visibility,omitempty" doc:"private where absent"`
	NewRevision
}

// NewRevision asks for a revision. In an edit, absent fields keep what the environment's
// latest revision has.
type NewRevision struct {
	Base         *Base              `json:"base,omitempty"`
	Instructions *string            `json:"instructions,omitempty" doc:"Dockerfile instructions without FROM"`
	Files        *string            `json:"files,omitempty" doc:"digest of the uploaded tree of attached files; empty for none"`
	Variables    *map[string]string `json:"variables,omitempty"`
	Note         string             `json:"note,omitempty"`
	NoCache      bool               `json:"no_cache,omitempty"`
	Promote      bool               `json:"promote,omitempty" doc:"make it the active revision as soon as it is ready"`
	// DryRun makes nothing and needs no uploads: Attached are the paths of the files that would be
	// attached, and a base of kind file needs no digest.
	DryRun   bool     `json:"dry_run,omitempty" doc:"only tell whether it could be made, before anything is uploaded"`
	Attached []string `json:"attached,omitempty" doc:"with dry_run: the paths of the files to be attached"`
}

// Base is what a revision starts from.
type Base struct {
	Kind string `json:"kind" enum:"image,revision,file,auto" doc:"auto: a revision where the environment exists, else an image"`
	Ref  string `json:"ref" doc:"image reference, owner/name@3, or the file's name"`
	File string `json:"file,omitempty" doc:"digest of the uploaded file, for kind file"`
}

// EditEnvironment changes an environment's own fields; absent ones stay.
type EditEnvironment struct {
	Description    *string `json:"description,omitempty"`
	Visibility     *string `json:"visibility,omitempty"`
	Archived       *bool   `json:"archived,omitempty"`
	ActiveRevision *int    `json:"active_revision,omitempty" doc:"promote this ready revision"`
	Anyway         bool    `json:"anyway,omitempty" doc:"promote it also where projects follow the environment and no trial found the revision safe"`
}

// DuplicateEnvironment asks for a copy of one revision under another name.
type DuplicateEnvironment struct {
	Owner string `json:"owner,omitempty"`
	Name  string `json:"name"`
}

// BuildRequest asks that a failed or cancelled revision be built again.
type BuildRequest struct {
	NoCache bool `json:"no_cache,omitempty"`
	Promote bool `json:"promote,omitempty"`
}

// Problem is one finding in a revision's instructions.
type Problem struct {
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity" enum:"error,warning"`
	Message  string `json:"message"`
}

// Project is files and settings of one piece of work.
type Project struct {
	Ref         string `json:"ref" doc:"owner/name"`
	Owner       string `json:"owner"`
	Name        string `json:"name"`
	Visibility  string `json:"visibility" enum:"private,team,everyone"`
	Environment string `json:"environment" doc:"what its runs use unless told otherwise"`
	Head        string `json:"head" doc:"id of the newest commit; empty before the first"`
	Archived    bool   `json:"archived"`
	Runs        int    `json:"runs"`
	CreatedBy   string `json:"created_by"`
	CreatedAt   Time   `json:"created_at"`
}

// CreateProject asks for a project.
type CreateProject struct {
	Owner       string `json:"owner,omitempty"`
	Name        string `json:"name"`
	Visibility  string `json:"visibility,omitempty"`
	Environment string `json:"environment,omitempty"`
}

// EditProject changes a project; absent fields stay.
type EditProject struct {
	Visibility  *string `json:"visibility,omitempty"`
	Environment *string `json:"environment,omitempty"`
	Archived    *bool   `json:"archived,omitempty"`
}

// Commit is an immutable state of a project's files.
type Commit struct {
	ID        string    `json:"id"`
	Tree      string    `json:"tree"`
	Parents   []string  `json:"parents"`
	Author    string    `json:"author"`
	Message   string    `json:"message"`
	CreatedAt Time      `json:"created_at"`
	Files     int64     `json:"files"`
	Bytes     int64     `json:"bytes"`
	Git       *GitState `json:"git,omitempty"`
}

// GitState is where the folder stood when it was a git work tree.
type GitState struct {
	Remote string `json:"remote,omitempty"`
	Commit string `json:"commit,omitempty"`
	Dirty  bool   `json:"dirty"`
}

// NewCommit asks that a tree, all of whose blobs were uploaded, become the project's head.
type NewCommit struct {
	Tree    string    `json:"tree"`
	Parent  string    `json:"parent" doc:"the head it was made on; empty for the first commit"`
	Message string    `json:"message,omitempty"`
	Git     *GitState `json:"git,omitempty"`
}

// NewRun asks for a run.
type NewRun struct {
	Command []string `json:"command"`
	Commit  string   `json:"commit,omitempty" doc:"id, unambiguous prefix, or head, which is the default"`
	// Environment is a reference; the project's own where absent.
	Environment    string            `json:"environment,omitempty"`
	CPUs           float64           `json:"cpus,omitempty"`
	MemoryBytes    int64             `json:"memory_bytes,omitempty"`
	GPUs           int               `json:"gpus,omitempty"`
	TimeoutSeconds float64           `json:"timeout_seconds,omitempty"`
	Network        string            `json:"network,omitempty"`
	Variables      map[string]string `json:"variables,omitempty"`
	Tags           []string          `json:"tags,omitempty"`
	Title          string            `json:"title,omitempty"`
	Origin         string            `json:"origin,omitempty" enum:"cli,web,api" doc:"api where absent"`
	// DryRun makes nothing. Without a commit none is needed, and the answer's is the project's head.
	DryRun bool `json:"dry_run,omitempty" doc:"only tell whether the run could be made"`
}

// RerunRequest asks for a run with everything as recorded but what is given.
type RerunRequest struct {
	Environment string `json:"environment,omitempty"`
	Title       string `json:"title,omitempty"`
	Origin      string `json:"origin,omitempty"`
}

// Run is one execution of a command on a commit in a revision.
type Run struct {
	Ref                string            `json:"ref" doc:"owner/project#n"`
	Number             int               `json:"number"`
	Status             string            `json:"status" enum:"queued,starting,running,collecting,succeeded,failed,stopped,error"`
	Command            []string          `json:"command"`
	Commit             string            `json:"commit"`
	Environment        string            `json:"environment" doc:"owner/name@n"`
	ImageDigest        string            `json:"image_digest"`
	CPUs               float64           `json:"cpus"`
	MemoryBytes        int64             `json:"memory_bytes"`
	GPUs               int               `json:"gpus"`
	TimeoutSeconds     float64           `json:"timeout_seconds"`
	Network            string            `json:"network"`
	Variables          map[string]string `json:"variables"`
	Origin             string            `json:"origin"`
	CreatedBy          string            `json:"created_by"`
	ExitCode           *int              `json:"exit_code" doc:"null until the command has ended"`
	Signal             string            `json:"signal"`
	OOMKilled          bool              `json:"oom_killed"`
	TimedOut           bool              `json:"timed_out"`
	DiskFull           bool              `json:"disk_full"`
	StoppedBy          string            `json:"stopped_by"`
	Reason             string            `json:"reason" doc:"how it ended, in words"`
	Error              string            `json:"error"`
	CreatedAt          Time              `json:"created_at"`
	StartedAt          *Time             `json:"started_at"`
	FinishedAt         *Time             `json:"finished_at"`
	SealedAt           *Time             `json:"sealed_at"`
	WallSeconds        float64           `json:"wall_seconds"`
	CPUSeconds         float64           `json:"cpu_seconds"`
	PeakMemoryBytes    int64             `json:"peak_memory_bytes"`
	LogDigest          string            `json:"log_digest"`
	ResultsCommit      string            `json:"results_commit"`
	Results            []Result          `json:"results"`
	LeftOut            []LeftOut         `json:"left_out" doc:"what the run made and no commit can hold"`
	RerunOf            string            `json:"rerun_of"`
	Check              string            `json:"check,omitempty" doc:"the check of the project that it is"`
	Tags               []string          `json:"tags"`
	Title              string            `json:"title"`
	RecordDigest       string            `json:"record_digest"`
	EnvironmentChanged bool              `json:"environment_changed" doc:"the run changed its own packages"`
	Metrics            []Metric          `json:"metrics" doc:"what the run said of itself"`
	LoadedCount        *int              `json:"loaded_count" doc:"how many packages it loaded; null where that is not known, and in lists"`
	// Waiting says what a queued run waits for, or what keeps one from starting.
	Waiting string `json:"waiting,omitempty"`
}

// Result is one file that a run added, changed or removed.
type Result struct {
	FilePath
	Change string `json:"change" enum:"added,changed,removed"`
	Bytes  int64  `json:"bytes"`
	Digest string `json:"digest"`
}

// LeftOut is a file that a run made and a commit cannot hold, such as a device or a link out
// of the project. An empty path says how many more there are.
type LeftOut struct {
	FilePath
	Why string `json:"why"`
}

// AdoptResults asks that results become part of the project's head.
type AdoptResults struct {
	Paths      []string `json:"paths,omitempty" doc:"only these; all where absent"`
	PathsBytes [][]byte `json:"paths_bytes,omitempty" doc:"more paths, in base64, such as are not UTF-8"`
	Message    string   `json:"message,omitempty"`
}

// Verification is what recomputing a record found.
type Verification struct {
	Run    string  `json:"run"`
	OK     bool    `json:"ok"`
	Record string  `json:"record_digest"`
	Checks []Check `json:"checks"`
}

// Check is one step of a verification, or of the doctor.
type Check struct {
	Name   string `json:"name"`
	Status string `json:"status" enum:"ok,warning,failed"`
	Detail string `json:"detail"`
	// Mend says what to do about it.
	Mend string `json:"mend,omitempty"`
}

// Identity is who the server takes the caller for.
type Identity struct {
	User  string `json:"user"`
	Admin bool   `json:"admin"`
}

// ServerInfo is what a client must know of a server.
type ServerInfo struct {
	Version string `json:"version"`
	// API counts incompatible changes; a client of another number is refused.
	API    int    `json:"api"`
	Server string `json:"server" doc:"the server's identity, kept in its data folder"`
	Time   Time   `json:"time"`
}

// Problem details of a refused request.
type ErrorBody struct {
	Error ErrorDetail `json:"error"`
}

// ErrorDetail says what happened, for people, and its kind, for programs.
type ErrorDetail struct {
	Kind      string `json:"kind"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
}

// Digests is a list of digests, sent to ask which are missing.
type Digests struct {
	Digests []string `json:"digests"`
}

// Time is a time as the API writes it: RFC 3339, UTC, microseconds.
type Time struct{ time.Time }
