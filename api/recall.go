package api

import (
	"context"
	"net/url"
	"strconv"

	"github.com/petri-dev/petri"
)

// PackageUse answers who used a package: counts of all that the caller may see, and lists of the
// newest.
type PackageUse struct {
	Query   string       `json:"query" doc:"the question, as it was understood"`
	Loaded  bool         `json:"loaded" doc:"only runs that loaded it count"`
	Counts  PackageCount `json:"counts"`
	Unknown int          `json:"loaded_unknown" doc:"with loaded: runs that had it and of which it is not known what they loaded"`
	// Pending counts package lists that are not in the index yet; while there are any, the answer may
	// still grow.
	Pending   int               `json:"pending"`
	Revisions []PackageRevision `json:"revisions" doc:"the newest first"`
	Projects  []PackageProject  `json:"projects" doc:"that whose runs are newest first"`
	Runs      []PackageRun      `json:"runs" doc:"the newest first"`
	Next      string            `json:"next" doc:"what to give as before for older runs; empty where there are none"`
}

// PackageCount counts what used a package.
type PackageCount struct {
	Revisions   int `json:"revisions"`
	Projects    int `json:"projects"`
	Runs        int `json:"runs"`
	ResultFiles int `json:"result_files"`
}

// PackageRevision is a revision that has a package.
type PackageRevision struct {
	Ref       string    `json:"ref"`
	CreatedBy string    `json:"created_by"`
	CreatedAt Time      `json:"created_at"`
	Packages  []Package `json:"packages" doc:"the package, in the versions that it has"`
}

// PackageProject is a project with runs that used a package.
type PackageProject struct {
	Ref         string `json:"ref"`
	Runs        int    `json:"runs"`
	ResultFiles int    `json:"result_files"`
}

// PackageRun is a run that used a package.
type PackageRun struct {
	Ref         string    `json:"ref"`
	Status      string    `json:"status"`
	Environment string    `json:"environment"`
	Command     []string  `json:"command"`
	Title       string    `json:"title"`
	CreatedBy   string    `json:"created_by"`
	CreatedAt   Time      `json:"created_at"`
	Packages    []Package `json:"packages" doc:"the package, in the versions that the run had, or with loaded that it loaded"`
	ResultFiles int       `json:"result_files" doc:"how many files it left"`
	Results     []Result  `json:"results" doc:"the first of them, at most 20"`
}

// PackageQuestion is a question for WhoUsed.
type PackageQuestion struct {
	// Query is as 'scipy<1.8' or 'r:survival>=3.2,<3.5'.
	Query string
	// Loaded counts only runs that loaded the package.
	Loaded bool
	// Limit is the most that each list holds (0: 20); Before continues the list of runs after that one.
	Limit  int
	Before petri.RunRef
}

// WhoUsed tells which revisions, projects, runs and result files a package had a part in.
func (c *Client) WhoUsed(ctx context.Context, q PackageQuestion) (PackageUse, error) {
	values := url.Values{"q": {q.Query}}
	if q.Loaded {
		values.Set("loaded", "true")
	}
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Before != (petri.RunRef{}) {
		values.Set("before", reference(q.Before))
	}
	return get[PackageUse](ctx, c, "/packages/who-used", values)
}
