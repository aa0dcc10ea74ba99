package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
)

// Own stands, in a path, for the caller's own name.
const Own = "~"

func owner(name string) string {
	if name == "" {
		return Own
	}
	return url.PathEscape(name)
}

// reference writes a reference for a query; without an owner it means the caller's own.
func reference(ref interface{ String() string }) string {
	return strings.TrimPrefix(ref.String(), "/")
}

func environmentPath(ref petri.EnvironmentRef) string {
	return "/environments/" + owner(ref.Owner) + "/" + url.PathEscape(ref.Name)
}

// revisionPath is a revision's; number 0 is the one that otherwise says: active or latest.
func revisionPath(ref petri.EnvironmentRef, otherwise string) string {
	number := otherwise
	if ref.Revision != 0 {
		number = strconv.Itoa(ref.Revision)
	}
	return environmentPath(ref) + "/revisions/" + number
}

// EnvironmentFilter says which environments to list.
type EnvironmentFilter struct {
	Owner    string
	Archived bool // also archived ones
}

// Environments lists what the caller may see, by name.
func (c *Client) Environments(ctx context.Context, f EnvironmentFilter) ([]Environment, error) {
	return get[[]Environment](ctx, c, "/environments", listQuery(f.Owner, f.Archived))
}

func listQuery(owner string, archived bool) url.Values {
	q := url.Values{}
	if owner != "" {
		q.Set("owner", owner)
	}
	if archived {
		q.Set("archived", "true")
	}
	return q
}

// CreateEnvironment makes an environment and queues the build of its revision 1.
func (c *Client) CreateEnvironment(ctx context.Context, in CreateEnvironment) (Environment, error) {
	return post[Environment](ctx, c, "/environments", in)
}

// Environment gets one.
func (c *Client) Environment(ctx context.Context, ref petri.EnvironmentRef) (Environment, error) {
	return get[Environment](ctx, c, environmentPath(ref), nil)
}

// EditEnvironment changes an environment's own fields; promoting is one of them.
func (c *Client) EditEnvironment(ctx context.Context, ref petri.EnvironmentRef, in EditEnvironment) (Environment, error) {
	return patch[Environment](ctx, c, environmentPath(ref), in)
}

// DuplicateEnvironment copies one revision (0: the active one) into a new environment.
func (c *Client) DuplicateEnvironment(ctx context.Context, ref petri.EnvironmentRef, in DuplicateEnvironment) (Environment, error) {
	q := url.Values{}
	if ref.Revision != 0 {
		q.Set("revision", strconv.Itoa(ref.Revision))
	}
	var out Environment
	err := c.call(ctx, request{method: http.MethodPost, path: environmentPath(ref) + "/duplicate", query: q, json: in}, &out)
	return out, err
}

// EnvironmentUsage tells who uses an environment.
func (c *Client) EnvironmentUsage(ctx context.Context, ref petri.EnvironmentRef) (EnvironmentUsage, error) {
	return get[EnvironmentUsage](ctx, c, environmentPath(ref)+"/usage", nil)
}

// Revisions lists an environment's revisions, newest first.
func (c *Client) Revisions(ctx context.Context, ref petri.EnvironmentRef) ([]Revision, error) {
	return get[[]Revision](ctx, c, environmentPath(ref)+"/revisions", nil)
}

// CreateRevision freezes a new revision and queues its build. What in leaves out is as in
// the revision that ref names; 0 is the latest one.
func (c *Client) CreateRevision(ctx context.Context, ref petri.EnvironmentRef, in NewRevision) (Revision, error) {
	q := url.Values{}
	if ref.Revision != 0 {
		q.Set("from", strconv.Itoa(ref.Revision))
	}
	var out Revision
	err := c.call(ctx, request{method: http.MethodPost, path: environmentPath(ref) + "/revisions", query: q, json: in}, &out)
	return out, err
}

// Revision gets one; number 0 is the active one.
func (c *Client) Revision(ctx context.Context, ref petri.EnvironmentRef) (Revision, error) {
	return get[Revision](ctx, c, revisionPath(ref, "active"), nil)
}

// Build queues a failed or cancelled revision again; number 0 is the latest one.
func (c *Client) Build(ctx context.Context, ref petri.EnvironmentRef, in BuildRequest) (Revision, error) {
	return post[Revision](ctx, c, revisionPath(ref, "latest")+"/build", in)
}

// CancelBuild asks that a queued or running build end; number 0 is the latest revision's.
func (c *Client) CancelBuild(ctx context.Context, ref petri.EnvironmentRef) (Revision, error) {
	return post[Revision](ctx, c, revisionPath(ref, "latest")+"/cancel", nil)
}

// RevisionPackages is the package list of a ready revision.
func (c *Client) RevisionPackages(ctx context.Context, ref petri.EnvironmentRef) ([]Package, error) {
	return get[[]Package](ctx, c, revisionPath(ref, "active")+"/packages", nil)
}

// EnvironmentDiff compares two revisions.
func (c *Client) EnvironmentDiff(ctx context.Context, a, b petri.EnvironmentRef) (EnvironmentDiff, error) {
	return get[EnvironmentDiff](ctx, c, "/environments-diff", url.Values{"a": {reference(a)}, "b": {reference(b)}})
}

// BuildLog calls fn for every event of a revision's (0: the latest one's) newest build, from
// its beginning to its end, and returns when the build has ended. It survives a restart of the server.
func (c *Client) BuildLog(ctx context.Context, ref petri.EnvironmentRef, fn func(petri.BuildEvent) error) error {
	return follow(ctx, c, revisionPath(ref, "latest")+"/log", fn)
}

// Lint checks instructions without storing anything.
func (c *Client) Lint(ctx context.Context, instructions string) ([]Problem, error) {
	return post[[]Problem](ctx, c, "/instructions/lint", Instructions{Instructions: instructions})
}
