package envs

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
)

// Facts gives what else of a ready revision's image can change a result. Kind conflict where
// it is not ready, not_found where the image is older than facts.
func (s *Service) Facts(ctx context.Context, c access.Caller, ref petri.EnvironmentRef) (petri.Facts, error) {
	_, revision, err := s.Revision(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	if err := Ready(revision); err != nil {
		return nil, petri.Errorf(petri.Conflict, "%s has no facts: %s", revision.Ref, petri.MessageOf(err))
	}
	if revision.Image.Facts == "" {
		return nil, petri.Errorf(petri.NotFound, "%s was built when Petri did not yet keep facts; a new revision, or a run in this one, has them", revision.Ref)
	}
	text, err := s.readBlob(ctx, revision.Image.Facts)
	if err != nil {
		return nil, fmt.Errorf("read the facts of %s: %w", revision.Ref, err)
	}
	return petri.DecodeFacts(text)
}
