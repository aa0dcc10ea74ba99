package httpd_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// carryTrial carries out every run of a trial that is under way, as ada, who sees them all.
func (l *lab) carryTrial(study api.Study, content func(environment string) string) api.Study {
	l.Helper()
	done := map[string]bool{}
	l.must(l.ada.WatchStudy(l.Context(), study.Ref, func(s api.Study) error {
		study = s
		for _, c := range s.Checks {
			for _, ref := range c.Going {
				if done[ref] {
					continue
				}
				done[ref] = true
				parsed, err := petri.ParseRunRef(ref, petri.ProjectRef{})
				l.must(err)
				run, err := l.ada.Run(l.Context(), parsed)
				l.must(err)
				text := content(run.Environment)
				l.carry(ref).seal(0, map[string]string{"petri.toml": oneCheck, "out/a.csv": text},
					petri.ResultChange{Path: "out/a.csv", Change: "added", Bytes: int64(len(text)), Digest: petri.DigestBytes([]byte(text))})
			}
		}
		return nil
	}))
	return study
}

// twoRevisions makes the environment r of whoever asks, with a revision that is active and one that is not.
func (l *lab) twoRevisions(by *api.Client, visibility string) petri.EnvironmentRef {
	l.Helper()
	env, err := by.CreateEnvironment(l.Context(), api.CreateEnvironment{Name: "r", Visibility: visibility, NewRevision: api.NewRevision{Base: &api.Base{Kind: "image", Ref: "debian:12"}}})
	l.must(err)
	l.build()
	ref, err := petri.ParseEnvironmentRef(env.Ref, "")
	l.must(err)
	instructions := "RUN true"
	_, err = by.CreateRevision(l.Context(), ref, api.NewRevision{Instructions: &instructions})
	l.must(err)
	l.build()
	return ref
}

// bob's environment is used by a project of ada's that he may not see: the trial is his, and he
// learns the verdict and nothing else, by whatever way he asks.
func TestTrialRoundTrip(t *testing.T) {
	l := newLab(t)
	l.drive()
	ctx := t.Context()
	ref := l.twoRevisions(l.bob, "everyone")
	l.project("churn", ref.String(), map[string]string{"petri.toml": oneCheck})
	l.project("lazy", ref.String(), map[string]string{"README": "no checks"})

	two := 2
	_, err := l.bob.EditEnvironment(ctx, ref, api.EditEnvironment{ActiveRevision: &two})
	l.wantKind(err, petri.Conflict, "2 projects follow bob/r: no trial was made of it")
	started, err := l.bob.StartTrial(ctx, ref.At(2), api.NewTrial{Origin: "cli"})
	l.must(err)
	if started.Kind != "trial" || started.Candidate != "bob/r@2" || started.Control != "bob/r@1" || started.Parallel != 4 || len(started.Checks) != 1 || len(started.LeftOut) != 1 || started.Derived == nil {
		t.Fatalf("started %+v", started)
	}
	done := l.carryTrial(started, func(environment string) string { return "x\n" + environment + "\n" })
	c := done.Checks[0]
	if done.Verdict != "changes" || c.Project != "ada/churn" || c.Check != "sum" || c.Verdict != "changed" || *c.ControlRun == "" || *c.CandidateRun == "" || *c.ControlAgain == "" ||
		!strings.HasPrefix(c.Summary, "out/a.csv: ") || c.Comparison == nil || c.Control != "bob/r@1" || c.Candidate != "bob/r@2" || done.Sentence != "bob/r@2 changes the results of its one check" {
		t.Errorf("done %+v", done)
	}
	single, err := l.bob.Study(ctx, started.Ref)
	l.must(err)
	list, err := l.bob.Trials(ctx, ref.At(2))
	l.must(err)
	for _, seen := range append(list, started, single) {
		text, err := json.Marshal(seen)
		l.must(err)
		for _, secret := range []string{`"ada`, "churn", "lazy", `"sum"`, "a.csv", "petri.toml"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("bob learns of %s: %s", secret, text)
			}
		}
	}
	if c := single.Checks[0]; !c.Hidden || c.Project != "" || c.Verdict != "changed" || single.LeftOut[0] != (api.TrialLeftOut{Why: "left out"}) || len(list) != 1 {
		t.Errorf("bob sees %+v in %d", single, len(list))
	}
	whole, err := l.ada.Trials(ctx, ref)
	l.must(err)
	if c := whole[0].Checks[0]; c.Summary == "" || c.Comparison != nil {
		t.Errorf("a list has %+v", c)
	}
	_, err = l.bob.EditEnvironment(ctx, ref, api.EditEnvironment{ActiveRevision: &two})
	l.wantKind(err, petri.Conflict, "trial-1 found that bob/r@2 changes the results of its one check")
	_, err = l.bob.EditEnvironment(ctx, ref, api.EditEnvironment{ActiveRevision: &two, Anyway: true})
	l.must(err)
	_, err = l.ada.StopStudy(ctx, started.Ref)
	l.wantKind(err, petri.Conflict, "trial-1 has ended already")
}
