package httpd

import (
	"context"
	"net/http"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/trials"
)

func (s *server) checkRoutes() {
	handle(s, op{route: "GET /projects/{owner}/{name}/checks", id: "list-checks", summary: "List the checks that a project's head declares, with their baselines and last verdicts", tag: tagStudies, kinds: lookup()}, s.listChecks)
	handle(s, op{route: "POST /projects/{owner}/{name}/checks", id: "start-checks", grows: true, summary: "Run checks and compare them with their baselines", tag: tagStudies, kinds: change(), status: http.StatusCreated}, s.startChecks)
	handle(s, op{route: "GET /projects/{owner}/{name}/checks/{check}/baselines", id: "list-baselines", summary: "List what a check was ever compared with, newest first", tag: tagStudies, kinds: lookup()}, s.listBaselines)
	handle(s, op{route: "POST /projects/{owner}/{name}/checks/{check}/accept", id: "accept-baseline", summary: "Make a result what later ones of a check are compared with", tag: tagStudies, kinds: change()}, s.acceptBaseline)
	handle(s, op{route: "GET /projects/{owner}/{name}/runs/{number}/reproductions", id: "list-reproductions", summary: "Tell how often a run was reproduced, without the comparisons", tag: tagStudies, kinds: lookup()}, s.listReproductions)
	handle(s, op{route: "POST /projects/{owner}/{name}/runs/{number}/reproductions", id: "start-reproduction", grows: true, summary: "Rerun a run with everything as recorded, and compare", tag: tagStudies, kinds: change(), status: http.StatusCreated}, s.startReproduction)
}

func (s *server) listChecks(ctx context.Context, c access.Caller, in *ProjectPath) ([]api.DeclaredCheck, error) {
	found, err := s.Trials.DeclaredChecks(ctx, c, in.ref(c))
	return list(found, encodeDeclared), err
}

func encodeDeclared(d trials.Declared) api.DeclaredCheck {
	out := api.DeclaredCheck{
		Name: d.Check.Name, Command: texts(d.Check.Spec.Command), Results: texts(d.Check.Rules.Results),
		Verdict: string(d.Last.Verdict), Summary: d.Last.Summary, Run: written(d.Last.Run.Ref),
	}
	if d.Baseline.RunID != 0 {
		baseline := encodeBaseline(d.Baseline)
		out.Baseline = &baseline
	}
	if d.Study.ID != 0 {
		out.Study, out.At = d.Study.Ref(), api.TimePointer(d.Study.CreatedAt)
	}
	return out
}

func encodeBaseline(b petri.Baseline) api.Baseline {
	return api.Baseline{Check: b.Check, Run: written(b.Run), AcceptedBy: b.AcceptedBy, AcceptedAt: api.NewTime(b.AcceptedAt), Note: b.Note}
}

type startChecksInput struct {
	ProjectPath
	Body api.NewChecks
}

func (s *server) startChecks(ctx context.Context, c access.Caller, in *startChecksInput) (api.Study, error) {
	want := trials.CheckRequest{Project: in.ref(c), Names: in.Body.Names, Commit: in.Body.Commit, Origin: in.Body.Origin}
	var err error
	if want.Environment, err = optionalEnvironment(in.Body.Environment, c); err != nil {
		return api.Study{}, err
	}
	if in.Body.Baseline != "" {
		if want.Baseline, err = petri.ParseRunRef(in.Body.Baseline, want.Project); err != nil {
			return api.Study{}, err
		}
	}
	study, err := s.Trials.StartChecks(ctx, c, want)
	return encodeStudy(study), err
}

// CheckPath names a check in a path.
type CheckPath struct {
	ProjectPath
	Check string `path:"check"`
}

func (s *server) listBaselines(ctx context.Context, c access.Caller, in *CheckPath) ([]api.Baseline, error) {
	found, err := s.Trials.Baselines(ctx, c, in.ref(c), in.Check)
	return list(found, encodeBaseline), err
}

type acceptInput struct {
	CheckPath
	Body api.AcceptBaseline
}

func (s *server) acceptBaseline(ctx context.Context, c access.Caller, in *acceptInput) (api.Baseline, error) {
	want := trials.Acceptance{Project: in.ref(c), Check: in.Check, Note: in.Body.Note}
	if in.Body.Run != "" {
		var err error
		if want.Run, err = petri.ParseRunRef(in.Body.Run, want.Project); err != nil {
			return api.Baseline{}, err
		}
	}
	accepted, err := s.Trials.Accept(ctx, c, want)
	return encodeBaseline(accepted), err
}

func (s *server) listReproductions(ctx context.Context, c access.Caller, in *RunPath) (api.Reproduced, error) {
	found, err := s.Trials.Reproductions(ctx, c, in.ref(c))
	out := api.Reproduced{Studies: list(found, encodeStudy)}
	for _, study := range found {
		for _, one := range study.Reproduction.Reruns {
			switch one.Verdict {
			case "":
				continue
			case petri.Same, petri.WithinTolerance:
				out.Reproduced++
			}
			if out.Times++; out.LastAt == nil { // the newest come first
				at := study.FinishedAt
				if at.IsZero() {
					at = study.CreatedAt
				}
				out.LastAt = api.TimePointer(at)
			}
		}
	}
	return out, err
}

type reproduceInput struct {
	RunPath
	Body *api.NewReproduction `required:"false"`
}

func (s *server) startReproduction(ctx context.Context, c access.Caller, in *reproduceInput) (api.Study, error) {
	var body api.NewReproduction
	if in.Body != nil {
		body = *in.Body
	}
	want := trials.ReproductionRequest{Run: in.ref(c), Times: body.Times, Origin: body.Origin}
	if body.Rules != nil {
		want.Rules = func(r petri.Rules) petri.Rules { return overrule(r, *body.Rules) }
	}
	study, err := s.Trials.StartReproduction(ctx, c, want)
	return encodeStudy(study), err
}

// overrule is the project's rules but for what was asked for.
func overrule(r petri.Rules, by api.CompareRules) petri.Rules {
	if by.RTol != nil {
		r.RTol = *by.RTol
	}
	if by.ATol != nil {
		r.ATol = *by.ATol
	}
	if len(by.Keys) > 0 {
		r.Keys = by.Keys
	}
	if len(by.Results) > 0 {
		r.Results = by.Results
	}
	r.Ignore = append(r.Ignore[:len(r.Ignore):len(r.Ignore)], by.Ignore...)
	if by.Stdout != "" {
		r.Stdout = by.Stdout
	}
	return r
}
