// Package witness is the process that stands as PID 1 in every run's container. It starts
// the command as the run's user, forwards signals, reaps, frames and times the output, lists
// packages at start and end, measures, enforces the time limit, and writes the outcome
// durably into the run's own folder, whether or not a server is there to see it.
//
// cmd/petri-witness is its main. The worker writes the Spec and reads what it leaves;
// engine/fake plays its part. It opens no network and trusts nothing the command wrote.
package witness

import (
	"time"

	"github.com/petri-dev/petri"
)

// Where things are inside a container. All under Root belongs to the witness alone.
const (
	Root       = "/.petri"
	BinaryPath = Root + "/witness"   // bind-mounted, read-only
	ToolPath   = Root + "/bin/petri" // the same file, by the name under which commands call it
	FolderPath = Root + "/run"       // bind-mounted: the run's folder on the host
	WorkPath   = "/work"             // the project
	HomePath   = "/home/petri"       // HOME of the command, bind-mounted, removed after the run
)

// The files of a run's folder. Those marked (w) are the witness's, each but the log written
// to a temporary name, synced, and renamed into place.
const (
	SpecFile           = "spec.json"
	LogFile            = "log"             // (w) frames, appended as they come
	StartedFile        = "started.json"    // (w) Started; from here on the command may have had effects
	PackagesBeforeFile = "packages.before" // (w) petri.PackageList as text
	PackagesAfterFile  = "packages.after"  // (w)
	FactsFile          = "facts"           // (w) petri.Facts as text: the image's and, in a run, the machine's
	LoadedFile         = "packages.loaded" // (w) petri.PackageList as text: what the command loaded; missing where that could not be seen
	MetricsFile        = "metrics"         // (w) what petri metric said, a petri.Metric as JSON a line, in the order it was said
	OutcomeFile        = "outcome.json"    // (w) Outcome; the last file written, after every process has ended
	ImageFile          = "image.json"      // (w) ImageFacts, in inspect mode
	FailureFile        = "failure"         // (w) a sentence: why the witness itself gave up; then there is no outcome
)

// Signals that mean something to the witness itself; INT, HUP, QUIT, USR1 and USR2 go on to
// the command's process group. Both may be sent again while the command takes its time.
const (
	StopSignal     = "SIGTERM" // somebody asked for the run to stop: TERM to all, KILL after Spec.Grace
	DiskFullSignal = "SIGXFSZ" // the same, because the disk is about to be full: Outcome.DiskFull
)

// Spec is what the worker asks of the witness.
type Spec struct {
	// Inspect: list packages, read facts and resolve User; write PackagesAfterFile, FactsFile and
	// ImageFile, and end.
	Inspect bool     `json:"inspect,omitempty"`
	Command []string `json:"command,omitempty"`
	Dir     string   `json:"dir,omitempty"`
	// Env is the whole environment of the command, NAME=value, but for what the image sets:
	// the witness starts from its own environment (the image's) and lets these win.
	Env []string `json:"env,omitempty"`
	// UID and GID are who the command runs as. -1: stay who the container's user is.
	UID int `json:"uid"`
	GID int `json:"gid"`
	// User is, in inspect mode, the image's USER as written, to be resolved.
	User string `json:"user,omitempty"`
	// Timeout ends the command; 0 for none. Grace is the time from TERM to KILL.
	Timeout time.Duration `json:"timeout,omitempty"`
	Grace   time.Duration `json:"grace"`
}

// Started is written just before the command begins.
type Started struct {
	At   time.Time       `json:"at"`
	Host petri.HostFacts `json:"host"`
}

// Outcome is written when all is over.
type Outcome struct {
	petri.Outcome
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
}

// ImageFacts is what inspect mode finds besides packages.
type ImageFacts struct {
	User petri.ImageUser `json:"user"`
}
