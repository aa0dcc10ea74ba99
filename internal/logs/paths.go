package logs

import (
	"path/filepath"
	"strconv"

	"github.com/petri-dev/petri"
)

// RunFolder is where a run's workspace, home and witness folder stand while it lives,
// below the data folder.
func RunFolder(data string, id petri.RunID) string {
	return filepath.Join(data, "runs", strconv.FormatInt(int64(id), 10))
}

// RunLog is where the witness writes a run's log while it lives: the folder that holds it
// is the one that the witness sees.
func RunLog(data string, id petri.RunID) string {
	return filepath.Join(RunFolder(data, id), "io", "log")
}

// BuildFolder is where a build's context and log stand while it lives.
func BuildFolder(data string, id petri.BuildID) string {
	return filepath.Join(data, "builds", strconv.FormatInt(int64(id), 10))
}

// BuildLog is where a build's events are written while it lives. Each attempt, told by when it
// was begun, has a file of its own, so that nobody takes the beginning of one for that of
// another.
func BuildLog(data string, b petri.Build) string {
	return filepath.Join(BuildFolder(data, b.ID), "log-"+strconv.FormatInt(b.StartedAt.UnixMicro(), 10))
}
