package petri

import (
	"math"
	"time"
	"unicode/utf8"
)

// Run is one execution of a command on a commit in a revision.
type Run struct {
	ID        RunID
	ProjectID ProjectID
	Ref       RunRef
	Status    RunStatus
	Spec      RunSpec
	Commit    CommitID
	// Environment is the revision it runs in, as it was named then; RevisionID the row.
	RevisionID  RevisionID
	Environment EnvironmentRef
	Image       Digest
	Origin      string // cli, web, api or trial
	CreatedBy   string
	RerunOf     string // a run's reference; "" for none

	CreatedAt  time.Time
	StartedAt  time.Time // the command began
	FinishedAt time.Time // the command ended
	SealedAt   time.Time

	// StopRequestedBy is the person who asked to stop it.
	StopRequestedBy string
	Outcome         Outcome
	Log             Digest
	Results         CommitID
	ResultChanges   []ResultChange
	LeftOut         []LeftOut // what it made and no commit can hold
	PackagesBefore  Digest
	PackagesAfter   Digest
	// Facts is the blob of its Facts, Loaded that of the packages it loaded, as a package list;
	// "" where it could not be had, and in runs older than the field.
	Facts   Digest
	Loaded  Digest
	Metrics []Metric
	Record  Digest
	// Study is what asked for it, 0 for a person; Check the check that it is, "" for none.
	Study StudyID
	Check string
	// Error is, for status error, what kept Petri from doing its part; Attempts counts starts.
	Error    string
	Attempts int
}

// EnvironmentChanged tells whether the run's package list at its end differs from that at
// its start.
func (r Run) EnvironmentChanged() bool { return r.PackagesBefore != r.PackagesAfter }

// Network is what a run may reach.
type Network string

// The networks of a run.
const (
	NetworkDefault Network = "default" // the engine's own bridge, with the outside behind it
	NetworkNone    Network = "none"    // loopback only
)

// RunSpec is what a run was asked to be. Zero resources mean the server's defaults, filled
// in when the run is submitted.
type RunSpec struct {
	Command     []string          `json:"command"`
	CPUs        float64           `json:"cpus"`
	MemoryBytes int64             `json:"memory_bytes"`
	GPUs        int               `json:"gpus"`
	Timeout     time.Duration     `json:"timeout"`
	Network     Network           `json:"network"`
	Variables   map[string]string `json:"variables,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	Title       string            `json:"title,omitempty"`
}

// The bounds of what may be asked for, whatever the machine has.
const (
	MinRunMemory  = 6 << 20 // Docker's own minimum
	MaxRunMemory  = 1 << 50
	MaxRunCPUs    = 4096
	MaxRunTimeout = 365 * 24 * time.Hour
	maxTags       = 32
	maxTagLength  = 64
	maxTitle      = 200
	maxCommand    = 128 << 10
)

// Check refuses what no machine could run. Kind: invalid.
func (s RunSpec) Check() error {
	total := 0
	for _, arg := range s.Command {
		if err := CheckText("the command", arg); err != nil {
			return err
		}
		total += len(arg) + 1
		for i := range len(arg) {
			if arg[i] == 0 {
				return Errorf(Invalid, "the command holds a NUL byte, which no program can be given")
			}
		}
	}
	switch {
	case len(s.Command) == 0 || s.Command[0] == "":
		return Errorf(Invalid, "no command given: write it after --, as in: petri run -- Rscript main.R")
	case total > maxCommand:
		return Errorf(Invalid, "the command is longer than 128 KiB; put it into a script in the project")
	case math.IsNaN(s.CPUs) || s.CPUs < 0 || s.CPUs > MaxRunCPUs || s.CPUs > 0 && s.CPUs < 0.01:
		return Errorf(Invalid, "cannot run with %v CPUs: ask for 0.01 to %d", s.CPUs, MaxRunCPUs)
	case s.MemoryBytes != 0 && (s.MemoryBytes < MinRunMemory || s.MemoryBytes > MaxRunMemory):
		return Errorf(Invalid, "cannot run with %d bytes of memory: ask for at least 6m", s.MemoryBytes)
	case s.GPUs < 0 || s.GPUs > 64:
		return Errorf(Invalid, "cannot run with %d GPUs: ask for 0 to 64", s.GPUs)
	case s.Timeout < 0 || s.Timeout > MaxRunTimeout:
		return Errorf(Invalid, "a time limit of %s makes no sense: ask for up to a year", s.Timeout)
	case s.Network != NetworkDefault && s.Network != NetworkNone && s.Network != "":
		return Errorf(Invalid, "%q is not a network: use none or default", clip(string(s.Network)))
	case len(s.Title) > maxTitle:
		return Errorf(Invalid, "the title is longer than %d bytes", maxTitle)
	case len(s.Tags) > maxTags:
		return Errorf(Invalid, "%d tags are too many: use up to %d", len(s.Tags), maxTags)
	}
	for _, tag := range s.Tags {
		if tag == "" || len(tag) > maxTagLength {
			return Errorf(Invalid, "%q cannot be a tag: a tag has 1 to %d bytes", clip(tag), maxTagLength)
		}
		if err := CheckText("a tag", tag); err != nil {
			return err
		}
	}
	if err := CheckText("the title", s.Title); err != nil {
		return err
	}
	return CheckVariables(s.Variables)
}

// CheckText refuses text that is not UTF-8, which neither JSON nor a record could repeat: it
// would come out as something else. Kind: invalid.
func CheckText(what, text string) error {
	if utf8.ValidString(text) {
		return nil
	}
	return Errorf(Invalid, "%s holds bytes that are not UTF-8 (%q), and a record could not repeat them; put them into a file of the project", what, clip(text))
}

// Outcome is how a run's command ended, as the witness saw it. Exit code, signal, out of
// memory, time-out and full disk are separate facts; Reason says them in words.
type Outcome struct {
	// ExitCode is the command's; 128 plus the signal's number when a signal ended it.
	ExitCode int    `json:"exit_code"`
	Signal   string `json:"signal,omitempty"` // SIGSEGV, …; "" where none ended it
	// OOMKilled: the kernel killed a process of the run for want of memory.
	OOMKilled bool `json:"oom_killed,omitempty"`
	TimedOut  bool `json:"timed_out,omitempty"`
	// Stopped: somebody asked for it, and the command was ended for that.
	Stopped bool `json:"stopped,omitempty"`
	// DiskFull: Petri ended the run because the disk was about to be full.
	DiskFull bool `json:"disk_full,omitempty"`
	// StartError is why the command could not be started at all (exit code 126 or 127).
	StartError      string        `json:"start_error,omitempty"`
	Wall            time.Duration `json:"wall"`
	CPU             time.Duration `json:"cpu"`
	PeakMemoryBytes int64         `json:"peak_memory_bytes"`
}

// Status is the final state that the outcome stands for.
func (o Outcome) Status() RunStatus {
	switch {
	case o.Stopped:
		return RunStopped
	case o.ExitCode == 0 && !o.TimedOut && !o.DiskFull:
		return RunSucceeded
	default:
		return RunFailed
	}
}

// ResultChange is one file that a run added, changed or removed.
type ResultChange struct {
	Path   string `json:"path"`
	Change string `json:"change"` // added, changed or removed
	Bytes  int64  `json:"bytes"`
	Digest Digest `json:"digest,omitempty"`
}
