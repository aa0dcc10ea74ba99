package runs

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// Waiting says what a queued run waits for; "" for any other. The caller has the run, so
// nobody is asked for permission; of other people's runs it tells no more than their number.
func (s *Service) Waiting(ctx context.Context, run petri.Run) (string, error) {
	if run.Status != petri.RunQueued {
		return "", nil
	}
	var queued, active []petri.Run
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if queued, err = tx.Runs().Queued(); err != nil {
			return err
		}
		active, err = tx.Runs().Active("")
		return err
	})
	if err != nil {
		return "", fmt.Errorf("look at the queue: %w", err)
	}
	for before, other := range queued {
		if other.ID == run.ID {
			return s.waitingAt(run, before, active), nil
		}
	}
	return "", nil // it was started meanwhile
}

func (s *Service) waitingAt(run petri.Run, before int, active []petri.Run) string {
	switch {
	case before == 1:
		return "one run is before it"
	case before > 1:
		return fmt.Sprintf("%d runs are before it", before)
	}
	if err := s.room(); err != nil {
		return "it is next, but " + petri.MessageOf(err)
	}
	switch {
	case len(active) == 0:
		return "it is next"
	}
	cpus, memory := 0.0, int64(0)
	for _, r := range active {
		cpus += r.Spec.CPUs
		memory += r.Spec.MemoryBytes
	}
	return fmt.Sprintf("it is next, and needs %s and %s: %s of %s and %s of %s are in use",
		countCPUs(run.Spec.CPUs), petri.FormatBytes(run.Spec.MemoryBytes), number(cpus), countCPUs(s.limits.CPUs),
		petri.FormatBytes(memory), petri.FormatBytes(s.limits.MemoryBytes))
}

func countCPUs(n float64) string {
	if n == 1 {
		return "1 CPU"
	}
	return number(n) + " CPUs"
}

// number writes n without the noise that sums of fractions end in.
func number(n float64) string { return strconv.FormatFloat(math.Round(n*1000)/1000, 'f', -1, 64) }
