package httpd

import (
	"context"
	"strconv"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/compare"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/store"
)

// EnvironmentPath names an environment in a path. It and its like are exported for huma,
// which fills in embedded fields only then.
type EnvironmentPath struct {
	Owner string `path:"owner" doc:"~ for one's own"`
	Name  string `path:"name"`
}

func ownerOf(c access.Caller, owner string) string {
	if owner == api.Own {
		return c.User.Name
	}
	return owner
}

func (p EnvironmentPath) ref(c access.Caller) petri.EnvironmentRef {
	return petri.EnvironmentRef{Owner: ownerOf(c, p.Owner), Name: p.Name}
}

type listInput struct {
	Owner    string `query:"owner" doc:"only this owner's; ~ for one's own"`
	Archived bool   `query:"archived" doc:"also archived ones"`
}

func (s *server) listEnvironments(ctx context.Context, c access.Caller, in *listInput) ([]api.Environment, error) {
	found, err := s.Envs.List(ctx, c, ownerOf(c, in.Owner), in.Archived)
	return list(found, encodeEnvironment), err
}

type createEnvironmentInput struct{ Body api.CreateEnvironment }

func (s *server) createEnvironment(ctx context.Context, c access.Caller, in *createEnvironmentInput) (api.Environment, error) {
	want := in.Body
	env, revision, err := s.Envs.Create(ctx, c, envs.Creation{
		Owner: ownerOf(c, want.Owner), Name: want.Name, Description: want.Description,
		Visibility: petri.Visibility(want.Visibility), Change: decodeChange(want.NewRevision),
	})
	return encodeEnvironment(summary(env, revision)), err
}

func decodeChange(n api.NewRevision) envs.Change {
	change := envs.Change{
		Instructions: n.Instructions, Files: (*petri.Digest)(n.Files), Variables: n.Variables,
		Note: n.Note, NoCache: n.NoCache, Promote: n.Promote, DryRun: n.DryRun, Attached: n.Attached,
	}
	if n.Base != nil {
		change.Base = &petri.Base{Kind: petri.BaseKind(n.Base.Kind), Ref: n.Base.Ref, File: petri.Digest(n.Base.File)}
	}
	return change
}

// summary is an environment whose newest revision is r.
func summary(env petri.Environment, r petri.Revision) store.EnvironmentSummary {
	return store.EnvironmentSummary{Environment: env, Revisions: r.Ref.Revision, Latest: r.Ref.Revision, LatestStatus: r.Status}
}

func (s *server) getEnvironment(ctx context.Context, c access.Caller, in *EnvironmentPath) (api.Environment, error) {
	env, err := s.Envs.Get(ctx, c, in.ref(c))
	return encodeEnvironment(env), err
}

type editEnvironmentInput struct {
	EnvironmentPath
	Body api.EditEnvironment
}

func (s *server) editEnvironment(ctx context.Context, c access.Caller, in *editEnvironmentInput) (api.Environment, error) {
	_, err := s.Envs.Describe(ctx, c, in.ref(c), envs.Description{
		Description: in.Body.Description, Visibility: (*petri.Visibility)(in.Body.Visibility),
		Archived: in.Body.Archived, Active: in.Body.ActiveRevision, Anyway: in.Body.Anyway,
	})
	if err != nil {
		return api.Environment{}, err
	}
	return s.getEnvironment(ctx, c, &in.EnvironmentPath)
}

type duplicateInput struct {
	EnvironmentPath
	Revision int `query:"revision" doc:"the active one where absent" minimum:"0"`
	Body     api.DuplicateEnvironment
}

func (s *server) duplicateEnvironment(ctx context.Context, c access.Caller, in *duplicateInput) (api.Environment, error) {
	env, revision, err := s.Envs.Duplicate(ctx, c, in.ref(c).At(in.Revision), ownerOf(c, in.Body.Owner), in.Body.Name)
	return encodeEnvironment(summary(env, revision)), err
}

func (s *server) getUsage(ctx context.Context, c access.Caller, in *EnvironmentPath) (api.EnvironmentUsage, error) {
	projects, revisions, runs, err := s.Envs.Usage(ctx, c, in.ref(c))
	return api.EnvironmentUsage{
		Projects: list(projects, petri.ProjectRef.String), Environments: list(revisions, petri.EnvironmentRef.String), Runs: runs,
	}, err
}

type diffInput struct {
	A string `query:"a" required:"true" doc:"a revision, owner/name@n, or an environment's active one"`
	B string `query:"b" required:"true"`
}

func (s *server) diffRevisions(ctx context.Context, c access.Caller, in *diffInput) (api.EnvironmentDiff, error) {
	a, err := petri.ParseEnvironmentRef(in.A, c.User.Name)
	if err != nil {
		return api.EnvironmentDiff{}, err
	}
	b, err := petri.ParseEnvironmentRef(in.B, c.User.Name)
	if err != nil {
		return api.EnvironmentDiff{}, err
	}
	diff, err := s.Envs.Diff(ctx, c, a, b)
	return encodeDiff(diff), err
}

func encodeDiff(d compare.RevisionDiff) api.EnvironmentDiff {
	return api.EnvironmentDiff{
		A: d.A.String(), B: d.B.String(), Settings: list(d.Settings, encodeFieldChange), Facts: list(d.Facts, encodeFieldChange), Files: list(d.Files, encodePathChange),
		Packages: encodePackageChanges(d.Packages), Instructions: d.Instructions,
	}
}

// number reads a revision in a path. Services take 0 for one of the words active and latest;
// the other is looked up.
func (s *server) number(ctx context.Context, c access.Caller, ref petri.EnvironmentRef, written, zero string) (petri.EnvironmentRef, error) {
	switch written {
	case zero:
		return ref, nil
	case "active", "latest":
		env, err := s.Envs.Get(ctx, c, ref)
		if err != nil {
			return ref, err
		}
		n := env.Latest
		if written == "active" {
			n = env.Active
		}
		if n == 0 {
			return ref, petri.Errorf(petri.Conflict, "environment %s has no %s revision", ref, written)
		}
		return ref.At(n), nil
	}
	n, err := strconv.Atoi(written)
	if err != nil || n < 1 || strconv.Itoa(n) != written {
		return ref, petri.Errorf(petri.Invalid, "%.40q is not a revision: write its number, active or latest", written)
	}
	return ref.At(n), nil
}
