package api

import (
	"context"
	"net/url"

	"github.com/petri-dev/petri"
)

func studyPath(ref string) string { return "/studies/" + url.PathEscape(ref) }

// StartChecks begins a call of a project's checks.
func (c *Client) StartChecks(ctx context.Context, project petri.ProjectRef, in NewChecks) (Study, error) {
	return post[Study](ctx, c, projectPath(project)+"/checks", in)
}

// Checks lists the checks that a project's head declares.
func (c *Client) Checks(ctx context.Context, project petri.ProjectRef) ([]DeclaredCheck, error) {
	return get[[]DeclaredCheck](ctx, c, projectPath(project)+"/checks", nil)
}

func checkPath(project petri.ProjectRef, check string) string {
	return projectPath(project) + "/checks/" + url.PathEscape(check)
}

// Baselines lists what a check was ever compared with, newest first.
func (c *Client) Baselines(ctx context.Context, project petri.ProjectRef, check string) ([]Baseline, error) {
	return get[[]Baseline](ctx, c, checkPath(project, check)+"/baselines", nil)
}

// AcceptBaseline changes a check's baseline.
func (c *Client) AcceptBaseline(ctx context.Context, project petri.ProjectRef, check string, in AcceptBaseline) (Baseline, error) {
	return post[Baseline](ctx, c, checkPath(project, check)+"/accept", in)
}

// Reproduce begins reruns of a run.
func (c *Client) Reproduce(ctx context.Context, run petri.RunRef, in NewReproduction) (Study, error) {
	return post[Study](ctx, c, runPath(run)+"/reproductions", in)
}

// Reproductions tells how often a run was reproduced.
func (c *Client) Reproductions(ctx context.Context, run petri.RunRef) (Reproduced, error) {
	return get[Reproduced](ctx, c, runPath(run)+"/reproductions", nil)
}

// Study gets one, by its reference such as trial-12.
func (c *Client) Study(ctx context.Context, ref string) (Study, error) {
	return get[Study](ctx, c, studyPath(ref), nil)
}

// WatchStudy calls fn with the study as it is and whenever it has changed, now and then where it is
// large, until it is at rest; its comparisons come only then. It asks again where a connection breaks, as WatchRun does.
func (c *Client) WatchStudy(ctx context.Context, ref string, fn func(Study) error) error {
	return follow(ctx, c, studyPath(ref)+"/events", fn)
}

// StopStudy asks that a study end.
func (c *Client) StopStudy(ctx context.Context, ref string) (Study, error) {
	return post[Study](ctx, c, studyPath(ref)+"/stop", nil)
}

// ResumeStudy lets a study that was stopped go on.
func (c *Client) ResumeStudy(ctx context.Context, ref string) (Study, error) {
	return post[Study](ctx, c, studyPath(ref)+"/resume", nil)
}
