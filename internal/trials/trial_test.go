package trials_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/store/storetest"
	"github.com/petri-dev/petri/internal/trials"
)

func csv(value string) map[string]string { return map[string]string{"out/a.csv": "x\n" + value + "\n"} }

// What came of each kind of dependent, with a server that is killed before every step; the runs
// made are exactly those needed.
func TestTrialVerdicts(t *testing.T) {
	tests := []struct {
		name    string
		acts    func(candidate bool, nth int) act
		verdict petri.CheckVerdict
		trial   petri.TrialVerdict
		runs    int
		says    string
		again   bool
	}{
		{"same", func(bool, int) act { return act{files: csv("1")} }, petri.CheckSame, petri.TrialSafe, 2, "", false},
		{"changed", func(c bool, _ int) act { return act{files: csv(fmt.Sprint(c))} }, petri.CheckChanged, petri.TrialChanges, 3, "out/a.csv: ", false},
		{"regressed", func(c bool, _ int) act {
			if c {
				return act{exit: 1, stderr: "Loading\nError in if (a) b :\n  length = 2\n"}
			}
			return act{files: csv("1")}
		}, petri.CheckRegressed, petri.TrialBreaks, 3, "it failed with exit code 1: Error in if (a) b : length = 2", false},
		{"fixed", func(c bool, _ int) act {
			if c {
				return act{files: csv("1")}
			}
			return act{exit: 2}
		}, petri.CheckFixed, petri.TrialSafe, 3, "it succeeded", false},
		{"still failing", func(bool, int) act { return act{exit: 2, files: csv("1")} }, petri.CheckStillFailing, petri.TrialSafe, 2, "exit code 2", false},
		{"unstable", func(c bool, nth int) act { return act{files: csv(fmt.Sprint(c, nth))} }, petri.CheckUnstable, petri.TrialUnstable, 3, "does not even repeat itself in alice/r@1", true},
		{"regressed, though unstable", func(c bool, nth int) act {
			if c {
				return act{exit: 1}
			}
			return act{files: csv(fmt.Sprint(nth))}
		}, petri.CheckRegressed, petri.TrialBreaks, 3, "exit code 1", true},
		{"fails now and then", func(c bool, nth int) act { return act{exit: (nth + 1) % 2, files: csv(fmt.Sprint(c))} }, petri.CheckUnstable, petri.TrialUnstable, 3, "does not even repeat itself", true},
		{"no file", func(bool, int) act { return act{} }, petri.CheckTrouble, petri.TrialUnstable, 2, "its files match nothing", false},
		{"Petri's own trouble, once", func(_ bool, nth int) act {
			if nth == 1 {
				return act{fails: "Docker went away"}
			}
			return act{files: csv("1")}
		}, petri.CheckSame, petri.TrialSafe, 4, "", false},
		{"Petri's own trouble, always", func(c bool, _ int) act {
			if c {
				return act{fails: "Docker went away"}
			}
			return act{files: csv("1")}
		}, petri.CheckTrouble, petri.TrialUnstable, 3, "Docker went away", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newTeam(t)
			w.revision("r", petri.BuildReady, petri.Base{})
			w.revision("r", petri.BuildReady, petri.Base{})
			w.project("alice", "p", "r", oneCheck)
			w.acts = func(r petri.Run, nth int) act { return test.acts(r.Environment.Revision == 2, nth) }
			study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2")})
			w.must(err)
			study = w.settled(study.ID)
			if study.Status != petri.StudyDone || study.Trial.Verdict != test.trial || study.Verdict != string(test.trial) || len(study.Trial.Checks) != 1 {
				t.Fatalf("%s %q %+v", study.Status, study.Error, study.Trial)
			}
			c := study.Trial.Checks[0]
			if c.Verdict != test.verdict || !strings.Contains(c.Summary, test.says) || (c.Again != nil) != test.again {
				t.Errorf("%s: %s; again %v", c.Verdict, c.Summary, c.Again)
			}
			if n := w.runCount(); n != test.runs {
				t.Errorf("%d runs, want %d", n, test.runs)
			}
		})
	}
}

// A row that changed names the packages that the run loaded.
func TestChangedNamesLoadedPackages(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "p", "r", oneCheck)
	w.acts = func(r petri.Run, _ int) act {
		return act{files: csv(r.Environment.String()), loads: []petri.Package{{Ecosystem: "r", Name: "stats", Version: fmt.Sprintf("4.0.%d", r.Environment.Revision)}}}
	}
	study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2")})
	w.must(err)
	c := w.settled(study.ID).Trial.Checks[0]
	if !strings.HasPrefix(c.Summary, "out/a.csv: ") || !strings.HasSuffix(c.Summary, "loaded packages that changed: stats 4.0.1 → 4.0.2") {
		t.Error(c.Summary)
	}
}

// A control that is sealed already is used again; a second trial of the same makes no third.
func TestControlIsReused(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "p", "r", oneCheck)
	for want, n := range []int{2, 3} {
		study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2")})
		w.must(err)
		_, err = w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2")})
		w.refused(err, petri.Conflict, study.Ref()+" of alice/r@2 is under way")
		c := w.settled(study.ID).Trial.Checks[0]
		if w.runCount() != n || c.ControlRun.Reused != (want == 1) || c.CandidateRun.Reused {
			t.Errorf("%d runs, %+v", w.runCount(), c)
		}
	}
}

// No more runs go on at once than were asked for.
func TestParallel(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	for i := range 5 {
		w.project("alice", fmt.Sprint("p", i), "r", oneCheck)
	}
	study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2"), Parallel: 3})
	w.must(err)
	w.must(w.Round(ctx))
	if n := w.runCount(); n != 3 {
		t.Errorf("%d runs at once", n)
	}
	w.must(w.Round(ctx))
	if n := w.runCount(); n != 3 {
		t.Errorf("%d runs at once", n)
	}
	if study = w.settled(study.ID); study.Trial.Count(petri.CheckSame) != 5 || w.runCount() != 10 {
		t.Errorf("%+v", study.Trial)
	}
	for _, n := range []int{-1, 65} {
		_, err = w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2"), Parallel: n})
		w.refused(err, petri.Invalid, "runs at once")
	}
}

func TestTrialRefusals(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildFailed, petri.Base{})
	w.revision("r", petri.BuildBuilding, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	for _, test := range []struct {
		ref  string
		kind petri.Kind
		says string
	}{
		{"r@1", petri.Conflict, "is the active revision already: there is nothing to try"},
		{"r@2", petri.Conflict, "alice/r@2 cannot be tried: alice/r@2 failed to build"},
		{"r@3", petri.Conflict, "is not ready yet, it is building"},
		{"r@9", petri.NotFound, "there is no revision"},
		{"none@1", petri.NotFound, "there is no environment"},
		{"r", petri.Invalid, "which revision"},
	} {
		_, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef(test.ref)})
		w.refused(err, test.kind, test.says)
	}
	_, err := w.StartTrial(ctx, w.bob, trials.TrialRequest{Candidate: envRef("alice/r@4")})
	w.refused(err, petri.Denied, "only alice")
	_, err = w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@4"), Projects: []petri.ProjectRef{{Owner: "alice", Name: "none"}}})
	w.refused(err, petri.NotFound, "alice/none is no project that uses alice/r")
	// Nothing depends on it: safe, and said.
	study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@4")})
	w.must(err)
	study = w.settled(study.ID)
	if study.Trial.Verdict != petri.TrialSafe || study.Trial.Sentence() != "alice/r@4 is safe: nothing depends on alice/r" {
		t.Errorf("%+v %s", study, study.Trial.Sentence())
	}
}

// Who is left out, and why; who is asked for alone; who is tried only when asked.
func TestLeftOut(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "tried", "r", oneCheck)
	w.project("alice", "empty", "r", "")
	w.project("alice", "none", "r", "project = \"alice/none\"\n")
	w.project("alice", "broken", "r", "what = is this\n")
	w.project("alice", "out", "r", "trials = false\n"+oneCheck)
	w.project("alice", "pinned", "r@2", oneCheck)
	w.project("alice", "there", "r@3", oneCheck)
	study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@3"), Pinned: true})
	w.must(err)
	why := map[string]string{}
	for _, l := range study.Trial.LeftOut {
		why[l.Project.Name] = l.Why
	}
	for name, says := range map[string]string{
		"empty": "no commit yet", "none": "declares no checks", "broken": "cannot be read", "out": "asks to be left out", "there": "pinned to the candidate already",
	} {
		if !strings.Contains(why[name], says) {
			t.Errorf("%s: %q, want %q", name, why[name], says)
		}
	}
	controls := map[string]int{}
	for _, c := range study.Trial.Checks {
		controls[c.Project.Name] = c.Control.Revision
	}
	if len(why) != 5 || len(controls) != 2 || controls["tried"] != 1 || controls["pinned"] != 2 {
		t.Errorf("%v %v", why, controls)
	}
	w.settled(study.ID)
	study, err = w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@3"), Projects: []petri.ProjectRef{{Owner: "alice", Name: "tried"}}})
	w.must(err)
	study = w.settled(study.ID)
	if len(study.Trial.Checks) != 1 || study.Trial.Whole() {
		t.Errorf("%+v", study.Trial)
	}
}

// Projects that use an environment based on the one on trial are tried in a candidate of their
// own, which differs in nothing but the base; a build that fails is their regression.
func TestDerived(t *testing.T) {
	for _, status := range []petri.BuildStatus{petri.BuildReady, petri.BuildFailed, petri.BuildCanceled} {
		t.Run(string(status), func(t *testing.T) {
			w := newTeam(t)
			base := w.revision("r", petri.BuildReady, petri.Base{})
			candidate := w.revision("r", petri.BuildReady, petri.Base{})
			middle := w.revision("bob/mid", petri.BuildReady, on(base))
			top := w.revision("bob/top", petri.BuildReady, on(middle))
			w.revision("bob/unused", petri.BuildReady, on(base))
			w.project("bob", "p", "bob/top", oneCheck)
			study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: candidate.Ref})
			w.must(err)
			built := 0
			for range 6 {
				w.restart()
				w.must(w.Round(ctx))
				built += w.buildAll(status)
				w.work(9)
			}
			study, err = w.Get(ctx, w.bob, petri.StudyTrial, study.ID)
			w.must(err)
			c, derived := study.Trial.Checks[0], study.Trial.Derived
			switch status {
			case petri.BuildReady:
				if built != 2 || c.Verdict != petri.CheckSame || c.Candidate != top.Ref.At(2) || derived[0].Candidate != middle.Ref.At(2) || w.runCount() != 2 {
					t.Fatalf("%d built, %+v", built, study.Trial)
				}
				w.must(w.db.View(ctx, func(tx *store.Tx) error {
					env, err := tx.Environments().ByName("bob", "top")
					w.must(err)
					r, err := tx.Revisions().ByNumber(env.ID, 2)
					if r.Definition.Base.Ref != "bob/mid@2" || r.Definition.Instructions != top.Definition.Instructions || env.Active != 1 ||
						r.Note != "base bob/mid@2, for "+study.Ref() {
						t.Errorf("%+v", r)
					}
					return err
				}))
			case petri.BuildFailed:
				if study.Trial.Verdict != petri.TrialBreaks || c.Verdict != petri.CheckRegressed || !strings.Contains(c.Summary, "cannot be built on alice/r@2: its base could not be built: line 3 failed") || w.runCount() != 0 {
					t.Errorf("%+v", study.Trial)
				}
			default:
				if study.Trial.Verdict != petri.TrialUnstable || c.Verdict != petri.CheckTrouble {
					t.Errorf("%+v", study.Trial)
				}
			}
			// A second trial makes no second candidate.
			if status == petri.BuildReady {
				again, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: candidate.Ref})
				w.must(err)
				if again = w.settled(again.ID); again.Trial.Verdict != petri.TrialSafe || w.runCount() != 3 {
					t.Errorf("%+v", again.Trial)
				}
			}
		})
	}
}

// buildAll ends every queued build in that way and tells how many there were.
func (w *team) buildAll(status petri.BuildStatus) int {
	w.Helper()
	for n := 0; ; n++ {
		build, err := w.envs.ClaimBuild(ctx, "worker")
		if petri.KindOf(err) == petri.NotFound {
			return n
		}
		w.must(err)
		r, err := w.envs.ByID(ctx, build.RevisionID)
		w.must(err)
		switch status {
		case petri.BuildReady:
			err = w.envs.SealReady(ctx, build.ID, image(r.Ref), "", w.put("log"))
		case petri.BuildFailed:
			err = w.envs.SealFailed(ctx, build.ID, "line 3 failed", w.put("log"))
		default:
			err = w.envs.SealCanceled(ctx, build.ID, w.put("log"))
		}
		w.must(err)
	}
}

// A trial that is stopped ends its runs, keeps what it knows, and goes on when it is resumed.
func TestStopAndResume(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("alice", "a", "r", oneCheck)
	w.project("alice", "b", "r", oneCheck)
	study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2"), Parallel: 2})
	w.must(err)
	w.must(w.Round(ctx))
	w.work(2)
	w.must(w.Round(ctx)) // a is judged
	w.must(w.Round(ctx)) // b begins
	_, err = w.StopStudy(ctx, w.bob, petri.StudyTrial, study.ID)
	w.refused(err, petri.Denied, "only alice")
	_, err = w.StopStudy(ctx, w.alice, petri.StudyTrial, study.ID)
	w.must(err)
	study = w.settled(study.ID)
	if study.Status != petri.StudyStopped || study.Trial.Checks[0].Verdict != petri.CheckSame || study.Trial.Checks[1].Verdict != "" || w.work(9) != 0 {
		t.Fatalf("%+v", study)
	}
	_, err = w.Resume(ctx, w.alice, petri.StudyTrial, study.ID)
	w.must(err)
	study = w.settled(study.ID)
	if study.Trial.Verdict != petri.TrialSafe || study.Trial.Count(petri.CheckSame) != 2 {
		t.Errorf("%+v", study.Trial)
	}
}

// Who may not see a project sees its verdict alone; the stored trial is whole.
func TestVeil(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	w.project("bob", "secret", "alice/r", oneCheck)
	w.project("bob", "secret-none", "alice/r", "")
	w.project("alice", "open", "r", oneCheck)
	w.acts = func(r petri.Run, _ int) act { return act{files: csv(r.Environment.String())} }
	study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2")})
	w.must(err)
	if text := fmt.Sprintf("%+v", study.Trial); strings.Contains(text, "secret") {
		t.Errorf("the keeper sees %s", text)
	}
	study = w.settled(study.ID)
	for _, c := range study.Trial.Checks {
		if c.Verdict != petri.CheckChanged || (c.Project == petri.ProjectRef{}) != (c.Summary == "" && c.Comparison == nil && c.CandidateRun.ID == 0 && c.Check.Name == "") {
			t.Errorf("%+v", c)
		}
	}
	if text := fmt.Sprintf("%+v", study.Trial); strings.Contains(text, "secret") || len(study.Trial.LeftOut) != 1 {
		t.Errorf("the keeper sees %s", text)
	}
	own, err := w.Get(ctx, w.bob, petri.StudyTrial, study.ID)
	w.must(err)
	if text := fmt.Sprintf("%+v", own.Trial); !strings.Contains(text, "secret-none") || strings.Contains(text, "open") {
		t.Errorf("bob sees %s", text)
	}
	list, err := w.List(ctx, w.alice, store.StudyFilter{Kind: petri.StudyTrial, Environment: study.EnvironmentID})
	w.must(err)
	if text := fmt.Sprintf("%+v", list[0].Trial); len(list) != 1 || strings.Contains(text, "secret") {
		t.Errorf("the list shows %s", text)
	}
	w.must(w.db.Update(ctx, func(tx *store.Tx) error {
		broken := petri.Study{Kind: petri.StudyTrial, EnvironmentID: study.EnvironmentID, CandidateID: study.CandidateID, CreatedBy: "alice", Origin: "cli", Trial: own.Trial}
		if err := tx.Studies().Create(&broken); err != nil {
			return err
		}
		broken.Status, broken.Error = petri.StudyError, "compare bob/secret#1 with bob/secret#2: a blob is missing"
		study = broken
		return tx.Studies().Save(&study)
	}))
	study, err = w.Get(ctx, w.alice, "", study.ID)
	w.must(err)
	if study.Error == "" || strings.Contains(study.Error, "secret") {
		t.Errorf("the error says %q", study.Error)
	}
}

// Promoting asks for a trial where projects follow, or for "anyway".
func TestPromoteGate(t *testing.T) {
	w := newTeam(t)
	for range 4 {
		w.revision("r", petri.BuildReady, petri.Base{})
	}
	promote := func(n int, anyway bool) error {
		_, err := w.envs.Describe(ctx, w.alice, envRef("r"), envs.Description{Active: &n, Anyway: anyway})
		return err
	}
	w.project("alice", "pinned", "r@1", oneCheck)
	w.must(promote(2, false)) // nobody follows
	w.project("alice", "p", "r", oneCheck)
	w.acts = func(r petri.Run, _ int) act { return act{files: csv(fmt.Sprint(r.Environment.Revision == 4))} }
	w.refused(promote(3, false), petri.Conflict, "1 project follows alice/r: no trial was made of it; find out what it does to their results with petri env trial alice/r@3")
	w.must(promote(2, false)) // it is active already
	study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@3")})
	w.must(err)
	w.refused(promote(3, false), petri.Conflict, study.Ref()+" is running")
	w.settled(study.ID)
	w.must(promote(3, false))
	study, err = w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@4")})
	w.must(err)
	w.settled(study.ID)
	w.refused(promote(4, false), petri.Conflict, study.Ref()+" found that alice/r@4 changes the results of its one check")
	w.must(promote(4, true))
	// The trial of 3 was against 2.
	w.refused(promote(3, false), petri.Conflict, "no trial was made of it")
	study, err = w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@1"), Projects: []petri.ProjectRef{{Owner: "alice", Name: "p"}}})
	w.must(err)
	w.acts = func(petri.Run, int) act { return act{files: csv("true")} }
	w.settled(study.ID)
	w.refused(promote(1, false), petri.Conflict, "found it safe, but tried only some of them")
}

// The other database is no different.
func TestTrialOnPostgres(t *testing.T) {
	w := newTeamAt(t, storetest.Postgres(t)(t))
	base := w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("r", petri.BuildReady, petri.Base{})
	w.revision("bob/top", petri.BuildReady, on(base))
	w.project("alice", "p", "r", oneCheck)
	w.project("bob", "q", "bob/top", oneCheck)
	w.acts = func(r petri.Run, _ int) act { return act{files: csv(fmt.Sprint(r.Environment.Revision))} }
	study, err := w.StartTrial(ctx, w.alice, trials.TrialRequest{Candidate: envRef("r@2")})
	w.must(err)
	for range 3 {
		w.must(w.Round(ctx))
		w.buildAll(petri.BuildReady)
	}
	if study = w.settled(study.ID); study.Trial.Verdict != petri.TrialChanges || study.Trial.Count(petri.CheckChanged) != 2 || w.runCount() != 6 {
		t.Errorf("%+v", study.Trial)
	}
	study, err = w.StartBisection(ctx, w.alice, bisection(1, 2))
	w.must(err)
	if study = w.settled(study.ID); study.Bisection.First.Revision != 2 {
		t.Errorf("%+v", study)
	}
}
