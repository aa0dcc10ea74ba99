package httpd

import (
	"context"

	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
)

type noInput struct{}

func (s *server) getServer(context.Context, access.Caller, *noInput) (api.ServerInfo, error) {
	return api.ServerInfo{Version: s.Version, API: api.Version, Server: s.ServerID, Time: api.NewTime(s.Now())}, nil
}

func (s *server) getIdentity(_ context.Context, c access.Caller, _ *noInput) (api.Identity, error) {
	return api.Identity{User: c.User.Name, Admin: c.User.Admin}, nil
}

func (s *server) getDoctor(ctx context.Context, _ access.Caller, _ *noInput) ([]api.Check, error) {
	if s.Doctor == nil {
		return []api.Check{}, nil
	}
	return s.Doctor(ctx), nil
}
