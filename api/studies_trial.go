package api

import (
	"context"
	"net/url"
	"strconv"

	"github.com/petri-dev/petri"
)

// TrialPart is what only a trial has, besides its checks.
type TrialPart struct {
	Candidate string `json:"candidate,omitempty" doc:"the revision on trial"`
	Control   string `json:"control,omitempty" doc:"the revision that was active when the trial began"`
	Parallel  int    `json:"parallel,omitempty" doc:"runs at once"`
	// Sentence says what the trial found; empty until it is done.
	Sentence string             `json:"sentence,omitempty"`
	LeftOut  []TrialLeftOut     `json:"left_out,omitzero" required:"false" doc:"dependents that are not tried"`
	Derived  []DerivedCandidate `json:"derived,omitzero" required:"false" doc:"candidates of environments that are based on the one on trial"`
}

// TrialCheckPart is what only a trial's check has. Of a project that the caller may not see there is
// nothing but the verdict.
type TrialCheckPart struct {
	Hidden    bool   `json:"hidden,omitempty" doc:"of a project that the caller may not see"`
	Control   string `json:"control,omitempty" doc:"the revision that the check was compared with"`
	Candidate string `json:"candidate,omitempty" doc:"the revision that it was tried in; an environment where that is still to be made"`
	// Going are the runs that have not ended.
	Going []string `json:"going,omitempty"`
}

// TrialLeftOut is a dependent that a trial does not try.
type TrialLeftOut struct {
	Project string `json:"project" doc:"empty for one that the caller may not see"`
	Why     string `json:"why"`
}

// DerivedCandidate is a revision that differs from an environment's active one in nothing but its base.
type DerivedCandidate struct {
	Control   string `json:"control"`
	Candidate string `json:"candidate" doc:"empty until it is made"`
	Error     string `json:"error" doc:"why it could not be built"`
}

// BisectionPart is what only a bisection has.
type BisectionPart struct {
	Check string `json:"check,omitempty"`
	// Bound is the most runs that it takes, New how many of them had to be made at most.
	Bound     int              `json:"bound,omitempty" doc:"the most runs that it takes, those there already included"`
	New       int              `json:"new,omitempty" doc:"how many of them had to be made at most, when it began"`
	Revisions []string         `json:"revisions,omitzero" required:"false" doc:"the ready ones, from the good to the bad one"`
	Steps     []BisectionStep  `json:"steps,omitzero" required:"false"`
	First     string           `json:"first,omitempty" doc:"the first revision whose results differ"`
	Before    string           `json:"before,omitempty" doc:"the one before it"`
	Summary   string           `json:"summary,omitempty"`
	Packages  *[]PackageChange `json:"packages,omitempty" doc:"between the two, those that a run loaded first"`
	// Comparison is of the run in First with the one in Before.
	Comparison *Comparison `json:"comparison,omitempty"`
}

// BisectionStep is one revision tried.
type BisectionStep struct {
	Revision string `json:"revision"`
	Run      string `json:"run"`
	Status   string `json:"status" doc:"the run's"`
	Reused   bool   `json:"reused" doc:"the run was there already"`
	Verdict  string `json:"verdict" enum:",good,bad"`
	Summary  string `json:"summary"`
}

// NewTrial asks for a trial of a revision.
type NewTrial struct {
	Parallel int      `json:"parallel,omitempty" doc:"runs at once; 4 where absent"`
	Pinned   bool     `json:"pinned,omitempty" doc:"also projects that are pinned to a revision"`
	Projects []string `json:"projects,omitempty" doc:"only these dependents, owner/name each"`
	Origin   string   `json:"origin,omitempty"`
}

// NewBisection asks which revision of an environment changed the results of a check.
type NewBisection struct {
	Project string `json:"project" doc:"owner/name"`
	Check   string `json:"check"`
	Good    int    `json:"good" doc:"the number of a revision whose results are right"`
	Bad     int    `json:"bad" doc:"the number of one whose results are not"`
	Origin  string `json:"origin,omitempty"`
}

// StartTrial begins a trial of a revision.
func (c *Client) StartTrial(ctx context.Context, ref petri.EnvironmentRef, in NewTrial) (Study, error) {
	return post[Study](ctx, c, revisionPath(ref, "latest")+"/trials", in)
}

// Trials lists an environment's trials, or one revision's, newest first.
func (c *Client) Trials(ctx context.Context, ref petri.EnvironmentRef) ([]Study, error) {
	query := url.Values{}
	if ref.Revision != 0 {
		query.Set("candidate", strconv.Itoa(ref.Revision))
	}
	return get[[]Study](ctx, c, environmentPath(ref)+"/trials", query)
}

// StartBisection begins a bisection of an environment's revisions.
func (c *Client) StartBisection(ctx context.Context, ref petri.EnvironmentRef, in NewBisection) (Study, error) {
	return post[Study](ctx, c, environmentPath(ref)+"/bisections", in)
}
