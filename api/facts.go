package api

import (
	"context"

	"github.com/petri-dev/petri"
)

// Fact is something beside packages that can change a result. A name may occur more than once.
type Fact struct {
	Name  string `json:"name" doc:"distribution, libc, blas, lapack, python, r, node, julia, locale or time_zone; of a run also kernel, architecture, cpu_model, cpu_flags, gpu and gpu_driver"`
	Value string `json:"value"`
}

// RevisionFacts are the facts of a ready revision's image. Kind: not_found for an image that
// is older than facts.
func (c *Client) RevisionFacts(ctx context.Context, ref petri.EnvironmentRef) ([]Fact, error) {
	return get[[]Fact](ctx, c, revisionPath(ref, "active")+"/facts", nil)
}

// RunFacts are the facts of a run's environment and machine, as its command saw them. Kind:
// conflict for a run that has not ended, not_found for one that is older than facts.
func (c *Client) RunFacts(ctx context.Context, ref petri.RunRef) ([]Fact, error) {
	return get[[]Fact](ctx, c, runPath(ref)+"/facts", nil)
}
