package httpd

import (
	"encoding"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/explain"
)

func encodeStudy(s petri.Study) api.Study {
	out := api.Study{
		Ref: s.Ref(), Kind: string(s.Kind), Status: string(s.Status), Verdict: s.Verdict, CreatedBy: s.CreatedBy, Origin: s.Origin,
		CreatedAt: api.NewTime(s.CreatedAt), FinishedAt: api.TimePointer(s.FinishedAt), StoppedBy: s.StopRequestedBy, Error: s.Error,
	}
	switch {
	case s.Checks != nil:
		encodeChecks(&out, *s.Checks)
	case s.Reproduction != nil:
		encodeReproduction(&out, *s.Reproduction)
	case s.Trial != nil:
		encodeTrial(&out, s)
	case s.Bisection != nil:
		encodeBisection(&out, s)
	}
	return out
}

func encodeChecks(out *api.Study, r petri.CheckReport) {
	out.Project, out.Commit, out.Environment = r.Project.String(), string(r.Commit), written(r.Environment)
	out.Checks = list(r.Checks, func(c petri.CheckResult) api.StudyCheck {
		run, baseline, status := written(c.Run.Ref), written(c.Baseline), string(c.Run.Status)
		return api.StudyCheck{
			Project: out.Project, Check: c.Check.Name, Verdict: string(c.Verdict), Summary: c.Summary,
			Run: &run, Status: &status, Baseline: &baseline, Seconds: c.Run.Wall.Seconds(), Comparison: optionalComparison(c.Comparison),
		}
	})
}

func encodeReproduction(out *api.Study, r petri.Reproduction) {
	out.Project, out.Run, out.Rules = r.Run.Project.String(), written(r.Run), encodeRules(r.Rules)
	out.Reruns = list(r.Reruns, func(one petri.ReproductionRun) api.Reproduction {
		return api.Reproduction{
			Run: written(one.Run.Ref), Status: string(one.Run.Status), Verdict: string(one.Verdict), Summary: one.Summary,
			Seconds: one.Run.Wall.Seconds(), Comparison: optionalComparison(one.Comparison),
			Causes: list(one.Causes, func(c petri.Cause) api.Cause { return api.Cause{Cause: string(c.Cause), Why: c.Why} }),
		}
	})
	out.Noise = list(r.Noise, func(s petri.Spread) api.Spread { return api.Spread(s) })
	if t, ok := explain.Suggest(r.Noise); ok {
		out.Suggestion = &api.Tolerance{RTol: t.RTol, ATol: t.ATol}
	}
}

func encodeRules(r petri.Rules) *api.CompareRules {
	return &api.CompareRules{RTol: &r.RTol, ATol: &r.ATol, Results: r.Results, Ignore: r.Ignore, Keys: r.Keys, Stdout: r.Stdout}
}

func optionalComparison(c *petri.Comparison) *api.Comparison {
	if c == nil {
		return nil
	}
	out := encodeComparison(*c)
	return &out
}

// written is a reference as text; "" for one that is of nothing, or hidden.
func written(ref encoding.TextMarshaler) string {
	text, _ := ref.MarshalText() // which never fails
	return string(text)
}
