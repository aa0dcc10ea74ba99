package trials

import (
	"context"

	"github.com/petri-dev/petri"
)

func (s *Service) advanceBisection(_ context.Context, study petri.Study) (petri.Study, error) {
	return study, petri.Errorf(petri.Internal, "%s cannot go on", study.Ref())
}
