package httpd

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
)

func (s *server) revisionFacts(ctx context.Context, c access.Caller, in *RevisionPath) ([]api.Fact, error) {
	ref, err := s.number(ctx, c, in.ref(c), in.Revision, "active")
	if err != nil {
		return nil, err
	}
	found, err := s.Envs.Facts(ctx, c, ref)
	return list(found, encodeFact), err
}

func (s *server) runFacts(ctx context.Context, c access.Caller, in *RunPath) ([]api.Fact, error) {
	found, err := s.Runs.Facts(ctx, c, in.ref(c))
	return list(found, encodeFact), err
}

func encodeFact(f petri.Fact) api.Fact { return api.Fact(f) }
