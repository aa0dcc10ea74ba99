package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/petri-dev/petri"
)

func runPath(ref petri.RunRef) string {
	return projectPath(ref.Project) + "/runs/" + strconv.Itoa(ref.Number)
}

// RunFilter says which runs to list, newest first.
type RunFilter struct {
	// Project limits the list to one; the zero value lists all that the caller may see.
	Project petri.ProjectRef
	Status  []string
	Tag     string
	// Limit is the most to return (0: the server's own bound); Before continues a project's
	// list below that run number.
	Limit  int
	Before int
}

// Runs lists runs, newest first.
func (c *Client) Runs(ctx context.Context, f RunFilter) ([]Run, error) {
	q := url.Values{}
	if len(f.Status) > 0 {
		q["status"] = f.Status
	}
	if f.Tag != "" {
		q.Set("tag", f.Tag)
	}
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	if f.Before > 0 {
		q.Set("before", strconv.Itoa(f.Before))
	}
	path := "/runs"
	if f.Project != (petri.ProjectRef{}) {
		path = projectPath(f.Project) + "/runs"
	}
	return get[[]Run](ctx, c, path, q)
}

// CreateRun submits a run.
func (c *Client) CreateRun(ctx context.Context, project petri.ProjectRef, in NewRun) (Run, error) {
	return post[Run](ctx, c, projectPath(project)+"/runs", in)
}

// Run gets one.
func (c *Client) Run(ctx context.Context, ref petri.RunRef) (Run, error) {
	return get[Run](ctx, c, runPath(ref), nil)
}

// WatchRun calls fn with the run as it is and at every change, and returns when it has
// ended (and is sealed), after fn has seen that. It survives a restart of the server.
func (c *Client) WatchRun(ctx context.Context, ref petri.RunRef, fn func(Run) error) error {
	return follow(ctx, c, runPath(ref)+"/events", fn)
}

// LogOptions say what part of a log to read.
type LogOptions struct {
	// Follow waits for more until the run has ended.
	Follow bool
	// From is a position in bytes, at the beginning of a frame. Since and Tail, where set, are used instead.
	From int64
	// Since leaves out what was printed before.
	Since time.Time
	// Tail leaves out all but the last lines; 0 for all.
	Tail int
}

// RunLog reads a run's log as raw frames, for petri.NewLogReader. Followed, it ends when the
// run has, and survives a restart of the server. The caller closes it.
func (c *Client) RunLog(ctx context.Context, ref petri.RunRef, o LogOptions) (io.ReadCloser, error) {
	q := url.Values{}
	if o.Follow {
		q.Set("follow", "true")
	}
	switch {
	case o.Tail > 0:
		q.Set("tail", strconv.Itoa(o.Tail))
	case !o.Since.IsZero():
		q.Set("since", o.Since.UTC().Format(time.RFC3339Nano))
	case o.From > 0:
		q.Set("from", strconv.FormatInt(o.From, 10))
	}
	resp, err := c.send(ctx, request{method: http.MethodGet, path: runPath(ref) + "/log", query: q})
	if err != nil {
		return nil, err
	}
	at, _ := strconv.ParseInt(resp.Header.Get(HeaderLogOffset), 10, 64)
	if !o.Follow {
		return resp.Body, nil
	}
	return &logStream{ctx: ctx, c: c, ref: ref, body: resp.Body, at: at, retry: newRetry(c.patience)}, nil
}

// StopRun asks that a run end; it is no error for one that has ended.
func (c *Client) StopRun(ctx context.Context, ref petri.RunRef) (Run, error) {
	return post[Run](ctx, c, runPath(ref)+"/stop", nil)
}

// Rerun submits a run like a recorded one.
func (c *Client) Rerun(ctx context.Context, ref petri.RunRef, in RerunRequest) (Run, error) {
	return post[Run](ctx, c, runPath(ref)+"/rerun", in)
}

// Record is a sealed run's record, byte for byte.
func (c *Client) Record(ctx context.Context, ref petri.RunRef) ([]byte, error) {
	return c.bytes(ctx, runPath(ref)+"/record")
}

// RecordEnvelope is the signed envelope (DSSE) around a run's record.
func (c *Client) RecordEnvelope(ctx context.Context, ref petri.RunRef) ([]byte, error) {
	return c.bytes(ctx, runPath(ref)+"/record/envelope")
}

func (c *Client) bytes(ctx context.Context, path string) ([]byte, error) {
	resp, err := c.send(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, c.unreached(ctx, err)
	}
	return b, nil
}

// VerifyRun has the server recompute a record down to each blob.
func (c *Client) VerifyRun(ctx context.Context, ref petri.RunRef) (Verification, error) {
	return get[Verification](ctx, c, runPath(ref)+"/verify", nil)
}

// RunPackages is the package list at a run's start or end, or what it loaded; at is "start", "end"
// or "loaded". Kind: not_found where it is not known what was loaded.
func (c *Client) RunPackages(ctx context.Context, ref petri.RunRef, at string) ([]Package, error) {
	return get[[]Package](ctx, c, runPath(ref)+"/packages", url.Values{"at": {at}})
}

// AdoptResults makes a run's results part of its project's head and returns the new head.
// Kind: conflict where both changed a path; the message lists them.
func (c *Client) AdoptResults(ctx context.Context, ref petri.RunRef, in AdoptResults) (Commit, error) {
	return post[Commit](ctx, c, runPath(ref)+"/adopt", in)
}
