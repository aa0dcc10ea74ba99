package petri

import "time"

// RecordType is the first field of every record; a new meaning gets a new number.
const RecordType = "petri-record/1"

// RecordPayloadType is what a record's signature (DSSE) says it signs.
const RecordPayloadType = "application/vnd.petri.record+json"

// Record is the account of a finished run. Its canonical bytes (RFC 8785) are what is
// hashed, chained and signed; they are stored as they are and never made again. Fields may
// be added, never renamed.
type Record struct {
	Type string `json:"type"`
	Run  string `json:"run"`
	// Sequence counts the project's records from 1; Previous is the digest of the one before,
	// "" for the first.
	Sequence int    `json:"sequence"`
	Previous Digest `json:"previous"`
	Server   string `json:"server"`

	CreatedBy string   `json:"created_by"`
	Origin    string   `json:"origin"`
	RerunOf   string   `json:"rerun_of"`
	Title     string   `json:"title"`
	Tags      []string `json:"tags"`

	Project     string            `json:"project"`
	Commit      RecordCommit      `json:"commit"`
	Command     []string          `json:"command"`
	WorkingDir  string            `json:"working_folder"`
	Variables   map[string]string `json:"variables"`
	Environment RecordEnvironment `json:"environment"`
	Resources   RecordResources   `json:"resources"`
	Host        HostFacts         `json:"host"`
	Times       RecordTimes       `json:"times"`
	Outcome     RecordOutcome     `json:"outcome"`
	Packages    RecordPackages    `json:"packages"`
	Log         RecordLog         `json:"log"`
	Results     RecordResults     `json:"results"`

	// What came later is left out where it is empty, so that older records stay what they are.
	Check   string   `json:"check,omitempty"`
	Facts   Digest   `json:"facts,omitempty"`
	Metrics []Metric `json:"metrics,omitempty"`
}

// RecordCommit is the code that ran.
type RecordCommit struct {
	ID   CommitID  `json:"id"`
	Tree Digest    `json:"tree"`
	Git  *GitState `json:"git,omitempty"`
}

// RecordEnvironment is what it ran in.
type RecordEnvironment struct {
	Ref        string `json:"ref"` // owner/name@n
	Definition Digest `json:"definition_digest"`
	Image      Digest `json:"image_digest"`
	Base       string `json:"base"`
	BaseDigest Digest `json:"base_digest"`
}

// RecordResources is what was asked for and what was used.
type RecordResources struct {
	CPUs            float64 `json:"cpus"`
	MemoryBytes     int64   `json:"memory_bytes"`
	GPUs            int     `json:"gpus"`
	TimeoutSeconds  float64 `json:"timeout_seconds"`
	Network         Network `json:"network"`
	WallSeconds     float64 `json:"wall_seconds"`
	CPUSeconds      float64 `json:"cpu_seconds"`
	PeakMemoryBytes int64   `json:"peak_memory_bytes"`
}

// HostFacts is what the machine was, as far as it can change a result.
type HostFacts struct {
	Engine       string   `json:"engine"` // docker 20.10.24
	Kernel       string   `json:"kernel"`
	Architecture string   `json:"architecture"`
	CPUModel     string   `json:"cpu_model"`
	CPUs         int      `json:"cpus"`
	MemoryBytes  int64    `json:"memory_bytes"`
	GPUs         []string `json:"gpus"`
	Locale       string   `json:"locale"`    // LC_ALL, LC_CTYPE or LANG as the command saw it; "C" where none is set
	TimeZone     string   `json:"time_zone"` // TZ, else /etc/timezone or /etc/localtime's target; UTC where none is set
}

// RecordTimes are the times of every state, RFC 3339 UTC with microseconds; "" for a
// state that was not met.
type RecordTimes struct {
	Queued   string `json:"queued"`
	Started  string `json:"started"`
	Finished string `json:"finished"`
	Sealed   string `json:"sealed"`
}

// RecordOutcome is how it ended.
type RecordOutcome struct {
	Status     RunStatus `json:"status"`
	ExitCode   int       `json:"exit_code"`
	Signal     string    `json:"signal"`
	OOMKilled  bool      `json:"oom_killed"`
	TimedOut   bool      `json:"timed_out"`
	DiskFull   bool      `json:"disk_full"`
	StoppedBy  string    `json:"stopped_by"`
	StartError string    `json:"start_error"`
}

// RecordPackages are the package lists at start and end, as blobs.
type RecordPackages struct {
	Start   Digest `json:"start"`
	End     Digest `json:"end"`
	Changed bool   `json:"changed"`
	// Loaded is the list of those that the run loaded; "" where that could not be had.
	Loaded Digest `json:"loaded,omitempty"`
}

// RecordLog is the sealed log, as a blob of log frames.
type RecordLog struct {
	Digest Digest `json:"digest"`
	Bytes  int64  `json:"bytes"`
}

// RecordResults is the results commit with what it changed.
type RecordResults struct {
	Commit  CommitID       `json:"commit"`
	Tree    Digest         `json:"tree"`
	Changes []ResultChange `json:"changes"`
	// LeftOut are files that could not be kept, with the reason.
	LeftOut []LeftOut `json:"left_out"`
}

// LeftOut is a file that a run made and a commit cannot hold: a device, a socket, a link
// out of the project; or that it holds, but with metrics that were not taken.
type LeftOut struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

// FormatTime writes t as records and the API do; "" for the zero time.
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(TimeLayout)
}
