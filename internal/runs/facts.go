package runs

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
)

// Facts gives what besides packages could change a run's result: of its environment and its
// machine. Kind conflict for a run that has none yet or never started, not_found for one that
// is older than facts.
func (s *Service) Facts(ctx context.Context, c access.Caller, ref petri.RunRef) (petri.Facts, error) {
	run, err := s.Get(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	switch {
	case run.Facts == "" && (!run.Status.Ended() || run.PackagesBefore == ""):
		return nil, petri.Errorf(petri.Conflict, "run %s has no facts: it is %s", run.Ref, run.Status)
	case run.Facts == "":
		return nil, petri.Errorf(petri.NotFound, "run %s was made when Petri did not yet keep facts", run.Ref)
	}
	text, err := s.readBlob(ctx, run.Facts)
	if err != nil {
		return nil, fmt.Errorf("read the facts of %s: %w", run.Ref, err)
	}
	return petri.DecodeFacts(text)
}
