package runs

import (
	"fmt"
	"strings"
	"time"

	"github.com/petri-dev/petri"
)

// Reason says in words how a run ended; "" while it has not.
func Reason(run petri.Run) string {
	o := run.Outcome
	switch {
	case !run.Status.Ended():
		return ""
	case run.Status == petri.RunError:
		return "Petri could not do its part: " + run.Error
	case o.Stopped && run.StartedAt.IsZero():
		return "stopped by " + stopper(run) + " before it began"
	case o.StartError != "":
		return "could not start: " + o.StartError
	case o.DiskFull && o.Signal == "" && o.ExitCode < 128:
		return fmt.Sprintf("exit code %d: the server's disk was full", o.ExitCode)
	case o.DiskFull:
		return "ended by Petri: the server's disk was about to be full"
	case o.Stopped:
		return "stopped by " + stopper(run)
	case o.TimedOut:
		return "time limit of " + words(run.Spec.Timeout) + " reached"
	case o.OOMKilled && o.ExitCode != 0:
		return "killed: out of memory (limit " + petri.FormatBytes(run.Spec.MemoryBytes) + ")"
	case o.Signal != "":
		return "ended by " + o.Signal
	case o.ExitCode != 0:
		return fmt.Sprintf("exit code %d", o.ExitCode)
	case o.OOMKilled:
		return "succeeded, though one of its processes was killed: out of memory (limit " + petri.FormatBytes(run.Spec.MemoryBytes) + ")"
	default:
		return "succeeded"
	}
}

func stopper(run petri.Run) string {
	if run.StopRequestedBy == "" {
		return "somebody"
	}
	return run.StopRequestedBy
}

// words writes a duration as people do: 10 s, 1 min 30 s, 2 h.
func words(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}} {
		if n := d / unit.size; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			d -= n * unit.size
		}
	}
	if d > 0 || len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("%g s", d.Seconds()))
	}
	return strings.Join(parts, " ")
}
