package httpd

import (
	"context"
	"net/http"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/trials"
)

// maxTrials bounds a list of trials.
const maxTrials = 200

func (s *server) trialRoutes() {
	handle(s, op{route: "POST /environments/{owner}/{name}/revisions/{revision}/trials", id: "start-trial", grows: true, summary: "Try a revision on all projects that would get it", tag: tagStudies, kinds: change(), status: http.StatusCreated}, s.startTrial)
	handle(s, op{route: "GET /environments/{owner}/{name}/trials", id: "list-trials", summary: "List an environment's trials, newest first, without their comparisons", tag: tagStudies, kinds: lookup()}, s.listTrials)
	handle(s, op{route: "POST /environments/{owner}/{name}/bisections", id: "start-bisection", grows: true, summary: "Find the revision that changed the results of a check", tag: tagStudies, kinds: change(), status: http.StatusCreated}, s.startBisection)
}

type startTrialInput struct {
	RevisionPath
	Body *api.NewTrial `required:"false"`
}

func (s *server) startTrial(ctx context.Context, c access.Caller, in *startTrialInput) (api.Study, error) {
	ref, err := s.number(ctx, c, in.ref(c), in.Revision, "")
	if err != nil {
		return api.Study{}, err
	}
	var body api.NewTrial
	if in.Body != nil {
		body = *in.Body
	}
	want := trials.TrialRequest{Candidate: ref, Parallel: body.Parallel, Pinned: body.Pinned, Origin: body.Origin}
	for _, written := range body.Projects {
		project, err := petri.ParseProjectRef(written, c.User.Name)
		if err != nil {
			return api.Study{}, err
		}
		want.Projects = append(want.Projects, project)
	}
	study, err := s.Trials.StartTrial(ctx, c, want)
	return encodeStudy(study), err
}

type listTrialsInput struct {
	EnvironmentPath
	Candidate int `query:"candidate" minimum:"0" doc:"only trials of this revision"`
}

func (s *server) listTrials(ctx context.Context, c access.Caller, in *listTrialsInput) ([]api.Study, error) {
	env, err := s.Envs.Get(ctx, c, in.ref(c))
	if err != nil {
		return nil, err
	}
	want := store.StudyFilter{Kind: petri.StudyTrial, Environment: env.ID, Limit: maxTrials}
	if in.Candidate != 0 {
		_, revision, err := s.Envs.Revision(ctx, c, in.ref(c).At(in.Candidate))
		if err != nil {
			return nil, err
		}
		want.Candidate = revision.ID
	}
	found, err := s.Trials.List(ctx, c, want)
	return list(found, encodeStudy), err
}

type startBisectionInput struct {
	EnvironmentPath
	Body api.NewBisection
}

func (s *server) startBisection(ctx context.Context, c access.Caller, in *startBisectionInput) (api.Study, error) {
	project, err := petri.ParseProjectRef(in.Body.Project, c.User.Name)
	if err != nil {
		return api.Study{}, err
	}
	study, err := s.Trials.StartBisection(ctx, c, trials.BisectionRequest{
		Project: project, Check: in.Body.Check, Environment: in.ref(c), Good: in.Body.Good, Bad: in.Body.Bad, Origin: in.Body.Origin,
	})
	return encodeStudy(study), err
}

// encodeTrial adds what a trial has to a study.
func encodeTrial(out *api.Study, s petri.Study) {
	t := *s.Trial
	out.TrialPart = api.TrialPart{
		Candidate: t.Candidate.String(), Control: t.Control.String(), Parallel: t.Parallel, Sentence: t.Sentence(),
		LeftOut: list(t.LeftOut, func(l petri.TrialLeftOut) api.TrialLeftOut {
			return api.TrialLeftOut{Project: written(l.Project), Why: l.Why}
		}),
		Derived: list(t.Derived, func(d petri.DerivedCandidate) api.DerivedCandidate {
			return api.DerivedCandidate{Control: d.Control.String(), Candidate: written(d.Candidate), Error: d.Error}
		}),
	}
	out.Checks = list(t.Checks, encodeTrialCheck)
}

func encodeTrialCheck(c petri.TrialCheck) api.StudyCheck {
	control, candidate := written(c.ControlRun.Ref), written(c.CandidateRun.Ref)
	out := api.StudyCheck{
		Project: written(c.Project), Check: c.Check.Name, Verdict: string(c.Verdict), Summary: c.Summary, ControlRun: &control, CandidateRun: &candidate,
	}
	if c.Project == (petri.ProjectRef{}) {
		out.Hidden = true
		return out
	}
	if c.ControlAgain.ID != 0 {
		again := written(c.ControlAgain.Ref)
		out.ControlAgain = &again
	}
	out.Control, out.Candidate = written(c.Control), written(c.Candidate)
	for _, r := range c.ControlMore {
		if r.ID != 0 {
			out.ControlMore = append(out.ControlMore, written(r.Ref))
		}
	}
	for _, r := range append([]petri.StudyRun{c.ControlRun, c.CandidateRun, c.ControlAgain}, c.ControlMore...) {
		if r.ID != 0 && !r.Status.Ended() {
			out.Going = append(out.Going, r.Ref.String())
		}
	}
	out.Comparison, out.Again = optionalComparison(c.Comparison), optionalComparison(c.Again)
	return out
}

// encodeBisection adds what a bisection has to a study.
func encodeBisection(out *api.Study, s petri.Study) {
	b := *s.Bisection
	out.Project, out.Commit = b.Project.String(), string(b.Commit)
	if len(b.Revisions) > 0 {
		out.Environment = b.Revisions[0].At(0).String()
	}
	out.BisectionPart = api.BisectionPart{
		Check: b.Check.Name, Bound: b.Bound, New: b.New, Revisions: list(b.Revisions, petri.EnvironmentRef.String),
		Steps: list(b.Steps, func(s petri.BisectionStep) api.BisectionStep {
			return api.BisectionStep{
				Revision: s.Revision.String(), Run: written(s.Run.Ref), Status: string(s.Run.Status), Reused: s.Run.Reused, Verdict: s.Verdict, Summary: s.Summary,
			}
		}),
		First: written(b.First), Before: written(b.Before), Summary: b.Summary, Comparison: optionalComparison(b.Comparison),
	}
	if b.First != (petri.EnvironmentRef{}) {
		packages := encodePackageChanges(b.Packages)
		out.Packages = &packages
	}
}
