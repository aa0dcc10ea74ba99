package httpd

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/instructions"
)

// RevisionPath names a revision in a path.
type RevisionPath struct {
	EnvironmentPath
	Revision string `path:"revision" doc:"a number, active, or latest"`
}

func (s *server) listRevisions(ctx context.Context, c access.Caller, in *EnvironmentPath) ([]api.Revision, error) {
	env, found, err := s.Envs.Revisions(ctx, c, in.ref(c))
	if err != nil {
		return nil, err
	}
	out := make([]api.Revision, len(found))
	for i, r := range found {
		if out[i], err = s.revision(ctx, env, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// revision is r with its attached files.
func (s *server) revision(ctx context.Context, env petri.Environment, r petri.Revision) (api.Revision, error) {
	attached, err := s.Envs.Attached(ctx, r)
	if err != nil {
		return api.Revision{}, err
	}
	files := list(attached, func(f envs.AttachedFile) api.File { return encodeFile(f.Path, f.Entry) })
	return encodeRevision(r, r.Ref.Revision == env.Active, files), nil
}

// shown is a revision that a service has just changed.
func (s *server) shown(ctx context.Context, c access.Caller, r petri.Revision, err error) (api.Revision, error) {
	if err != nil {
		return api.Revision{}, err
	}
	env, r, err := s.Envs.Revision(ctx, c, r.Ref)
	if err != nil {
		return api.Revision{}, err
	}
	return s.revision(ctx, env, r)
}

type createRevisionInput struct {
	EnvironmentPath
	From int `query:"from" minimum:"0" doc:"the revision from which absent fields are taken; the latest where absent"`
	Body api.NewRevision
}

func (s *server) createRevision(ctx context.Context, c access.Caller, in *createRevisionInput) (api.Revision, error) {
	r, err := s.Envs.Edit(ctx, c, in.ref(c).At(in.From), decodeChange(in.Body))
	if err == nil && in.Body.DryRun {
		return encodeRevision(r, false, nil), nil
	}
	return s.shown(ctx, c, r, err)
}

func (s *server) getRevision(ctx context.Context, c access.Caller, in *RevisionPath) (api.Revision, error) {
	ref, err := s.number(ctx, c, in.ref(c), in.Revision, "active")
	if err != nil {
		return api.Revision{}, err
	}
	env, r, err := s.Envs.Revision(ctx, c, ref)
	if err != nil {
		return api.Revision{}, err
	}
	return s.revision(ctx, env, r)
}

type buildInput struct {
	RevisionPath
	Body *api.BuildRequest `required:"false"`
}

func (s *server) buildRevision(ctx context.Context, c access.Caller, in *buildInput) (api.Revision, error) {
	ref, err := s.number(ctx, c, in.ref(c), in.Revision, "latest")
	if err != nil {
		return api.Revision{}, err
	}
	var want api.BuildRequest
	if in.Body != nil {
		want = *in.Body
	}
	r, err := s.Envs.Build(ctx, c, ref, want.NoCache, want.Promote)
	return s.shown(ctx, c, r, err)
}

func (s *server) cancelBuild(ctx context.Context, c access.Caller, in *RevisionPath) (api.Revision, error) {
	ref, err := s.number(ctx, c, in.ref(c), in.Revision, "latest")
	if err != nil {
		return api.Revision{}, err
	}
	r, err := s.Envs.Cancel(ctx, c, ref)
	return s.shown(ctx, c, r, err)
}

func (s *server) revisionPackages(ctx context.Context, c access.Caller, in *RevisionPath) ([]api.Package, error) {
	ref, err := s.number(ctx, c, in.ref(c), in.Revision, "active")
	if err != nil {
		return nil, err
	}
	found, err := s.Envs.Packages(ctx, c, ref)
	return encodePackages(found), err
}

type lintInput struct{ Body api.Instructions }

func (s *server) lintInstructions(_ context.Context, _ access.Caller, in *lintInput) ([]api.Problem, error) {
	return list(instructions.Check(in.Body.Instructions), func(p instructions.Problem) api.Problem { return api.Problem(p) }), nil
}
