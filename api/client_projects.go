package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
)

func projectPath(ref petri.ProjectRef) string {
	return "/projects/" + owner(ref.Owner) + "/" + url.PathEscape(ref.Name)
}

func commitPath(ref petri.ProjectRef, commit string) string {
	return projectPath(ref) + "/commits/" + url.PathEscape(commit)
}

// ProjectFilter says which projects to list.
type ProjectFilter struct {
	Owner    string
	Archived bool // also archived ones
}

// Projects lists what the caller may see, by name.
func (c *Client) Projects(ctx context.Context, f ProjectFilter) ([]Project, error) {
	return get[[]Project](ctx, c, "/projects", listQuery(f.Owner, f.Archived))
}

// CreateProject makes a project.
func (c *Client) CreateProject(ctx context.Context, in CreateProject) (Project, error) {
	return post[Project](ctx, c, "/projects", in)
}

// Project gets one.
func (c *Client) Project(ctx context.Context, ref petri.ProjectRef) (Project, error) {
	return get[Project](ctx, c, projectPath(ref), nil)
}

// EditProject changes a project.
func (c *Client) EditProject(ctx context.Context, ref petri.ProjectRef, in EditProject) (Project, error) {
	return patch[Project](ctx, c, projectPath(ref), in)
}

// Commits lists history along first parents, newest first, beginning at from (id, prefix, or
// "" for head), at most limit (0: the server's own bound).
func (c *Client) Commits(ctx context.Context, ref petri.ProjectRef, from string, limit int) ([]Commit, error) {
	q := url.Values{}
	if from != "" {
		q.Set("from", from)
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return get[[]Commit](ctx, c, projectPath(ref)+"/commits", q)
}

// CreateCommit makes a tree, all of whose blobs the server has, the project's head. Kind:
// conflict when the head is not in.Parent.
func (c *Client) CreateCommit(ctx context.Context, ref petri.ProjectRef, in NewCommit) (Commit, error) {
	return post[Commit](ctx, c, projectPath(ref)+"/commits", in)
}

// Commit gets one by id, unambiguous prefix, or head.
func (c *Client) Commit(ctx context.Context, ref petri.ProjectRef, commit string) (Commit, error) {
	return get[Commit](ctx, c, commitPath(ref, commit), nil)
}

// Files lists a commit's files, by path.
func (c *Client) Files(ctx context.Context, ref petri.ProjectRef, commit string) ([]File, error) {
	return get[[]File](ctx, c, commitPath(ref, commit)+"/files", nil)
}

// File reads one file of a commit; for a link, its target. The caller closes it.
func (c *Client) File(ctx context.Context, ref petri.ProjectRef, commit, path string) (io.ReadCloser, error) {
	segments := strings.Split(path, "/")
	for i := range segments {
		segments[i] = url.PathEscape(segments[i])
	}
	resp, err := c.send(ctx, request{method: http.MethodGet, path: commitPath(ref, commit) + "/files/" + strings.Join(segments, "/")})
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}
