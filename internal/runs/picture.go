package runs

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/compare"
)

// Picture draws, as PNG, how the result file at path, a picture, differs between two runs that
// have ended. Kinds: conflict where one has not, not_found where not both have the file, invalid where none
// can be drawn.
func (s *Service) Picture(ctx context.Context, c access.Caller, a, b petri.RunRef, path string) ([]byte, error) {
	sideA, err := s.side(ctx, c, a)
	if err != nil {
		return nil, err
	}
	sideB, err := s.side(ctx, c, b)
	if err != nil {
		return nil, err
	}
	return compare.Picture(ctx, sideA, sideB, path, s.open())
}
