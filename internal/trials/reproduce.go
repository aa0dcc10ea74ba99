package trials

import (
	"context"

	"github.com/petri-dev/petri"
)

func (s *Service) advanceReproduction(_ context.Context, study petri.Study) (petri.Study, error) {
	return study, petri.Errorf(petri.Internal, "%s cannot go on", study.Ref())
}
