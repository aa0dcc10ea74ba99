package httpd

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
)

func encodeMetric(m petri.Metric) api.Metric {
	if m.Number != nil {
		return api.Metric{Name: m.Name, Value: *m.Number}
	}
	return api.Metric{Name: m.Name, Value: m.Text}
}

type runPackagesInput struct {
	RunPath
	At string `query:"at" enum:"start,end,loaded" default:"start" doc:"loaded: those that the run loaded, where that is known"`
}

func (s *server) runPackages(ctx context.Context, c access.Caller, in *runPackagesInput) ([]api.Package, error) {
	if in.At == "loaded" {
		found, err := s.Runs.Loaded(ctx, c, in.ref(c))
		return encodePackages(found), err
	}
	found, err := s.Runs.Packages(ctx, c, in.ref(c), in.At == "end")
	return encodePackages(found), err
}

// loadedCount is how many packages a run loaded; nil where that is not known.
func (s *server) loadedCount(ctx context.Context, run petri.Run) (*int, error) {
	if run.Loaded == "" {
		return nil, nil
	}
	n, err := s.Runs.LoadedCount(ctx, run)
	if err != nil {
		return nil, err
	}
	return &n, nil
}
