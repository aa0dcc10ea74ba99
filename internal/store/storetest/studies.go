package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

func (w *world) newStudy(t testing.TB, s petri.Study) petri.Study {
	t.Helper()
	s.CreatedBy, s.Origin = "alice", "cli"
	w.update(t, func(tx *store.Tx) error { return tx.Studies().Create(&s) })
	return s
}

// aStudy is one of each kind.
func (w *world) aStudy(kind petri.StudyKind, run petri.Run) petri.Study {
	s := petri.Study{Kind: kind, ProjectID: w.project.ID}
	number := 1.5
	comparison := &petri.Comparison{Verdict: petri.Different, Summary: "a \x00 in it, and \"ü\"", Metrics: []petri.MetricComparison{{Name: "auc", A: "1", B: "2.5", Delta: &number}}}
	switch kind {
	case petri.StudyChecks:
		s.Checks = &petri.CheckReport{Project: w.project.Ref(), Checks: []petri.CheckResult{{
			Check: petri.Check{Name: "fit", Spec: run.Spec, Rules: petri.Rules{Tolerance: petri.Tolerance{RTol: 1e-8}}},
			Run:   petri.StudyRun{ID: run.ID, Ref: run.Ref, Status: petri.RunQueued, Reused: true}, Verdict: petri.CheckChanged, Comparison: comparison,
		}}}
	case petri.StudyReproduction:
		s.RunID = run.ID
		s.Reproduction = &petri.Reproduction{Run: run.Ref, Reruns: []petri.ReproductionRun{{Causes: []petri.Cause{{Cause: petri.CauseSeed, Why: "it draws"}}}}, Noise: []petri.Spread{{Where: "auc", Most: 1}}}
	case petri.StudyTrial:
		s.ProjectID, s.EnvironmentID, s.CandidateID = 0, w.environment.ID, w.revision.ID
		s.Trial = &petri.Trial{Candidate: w.revision.Ref, Parallel: 2, Checks: []petri.TrialCheck{{ProjectID: w.project.ID, Control: w.revision.Ref}}}
	case petri.StudyBisection:
		s.EnvironmentID = w.environment.ID
		s.Bisection = &petri.Bisection{Bound: 3, Revisions: []petri.EnvironmentRef{w.revision.Ref}, Steps: []petri.BisectionStep{{Revision: w.revision.Ref, Verdict: "good"}}}
	}
	return s
}

func (w *world) study(t testing.TB, id petri.StudyID) (s petri.Study) {
	t.Helper()
	w.view(t, func(tx *store.Tx) (err error) {
		s, err = tx.Studies().ByID(id)
		return err
	})
	return s
}

func testStudies(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	run := w.newRun(t, "alice")
	var made []petri.Study
	for _, kind := range []petri.StudyKind{petri.StudyChecks, petri.StudyReproduction, petri.StudyTrial, petri.StudyBisection} {
		s := w.newStudy(t, w.aStudy(kind, run))
		same(t, "as created", w.study(t, s.ID), s)
		if s.Status != petri.StudyRunning || s.Version != 1 || !s.CreatedAt.Equal(noon) {
			t.Errorf("created %+v", s)
		}
		made = append(made, s)
	}
	ids := func(list []petri.Study) string {
		text := ""
		for _, s := range list {
			text += fmt.Sprintf(" %d", s.ID)
		}
		return text
	}
	w.view(t, func(tx *store.Tx) error {
		for filter, want := range map[store.StudyFilter]string{
			{}:                              " 4 3 2 1",
			{Limit: 1}:                      " 4",
			{Before: 3, Limit: 1}:           " 2",
			{Kind: petri.StudyTrial}:        " 3",
			{Project: w.project.ID}:         " 4 2 1",
			{Environment: w.environment.ID}: " 4 3",
			{Run: run.ID}:                   " 2",
			{Candidate: w.revision.ID}:      " 3",
			{Kind: petri.StudyTrial, Environment: w.environment.ID, Candidate: w.revision.ID}: " 3",
			{Project: 99}: "",
		} {
			list, err := tx.Studies().List(filter)
			if err != nil {
				return err
			}
			same(t, fmt.Sprintf("%+v", filter), ids(list), want)
		}
		running, err := tx.Studies().Running()
		same(t, "running", ids(running), " 1 2 3 4")
		for i, s := range made {
			s.Checks, s.Reproduction, s.Trial, s.Bisection = nil, nil, nil, nil
			same(t, "without its part", running[i], s)
			whole, err := tx.Studies().ByID(s.ID)
			if err != nil {
				return err
			}
			same(t, "whole", whole, made[i])
		}
		return err
	})
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Studies().ByID(99); return err })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Studies().RequestStop(99, "bob") })
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Studies().Save(&petri.Study{ID: 99}) })
	for _, bad := range []petri.Study{
		{Kind: petri.StudyChecks, ProjectID: w.project.ID}, {Kind: "magic", ProjectID: w.project.ID}} {
		w.refused(t, petri.Invalid, func(tx *store.Tx) error { return tx.Studies().Create(&bad) })
	}
	lost := w.aStudy(petri.StudyChecks, run)
	lost.ProjectID = 99
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { return tx.Studies().Create(&lost) })
}

func testStudySteps(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	run := w.newRun(t, "alice")
	s := w.newStudy(t, w.aStudy(petri.StudyTrial, run))
	wake, stop := w.db.Watch(store.StudyTopic(s.ID))
	defer stop()
	save := func(s *petri.Study) error {
		return w.db.Update(t.Context(), func(tx *store.Tx) error { return tx.Studies().Save(s) })
	}
	must := func(s *petri.Study) {
		t.Helper()
		if err := save(s); err != nil {
			t.Fatal(err)
		}
		same(t, "as saved", w.study(t, s.ID), *s)
	}
	conflict := func(s petri.Study) {
		t.Helper()
		before := w.study(t, s.ID)
		if err := save(&s); petri.KindOf(err) != petri.Conflict {
			t.Errorf("saved: %v", err)
		}
		same(t, "untouched", w.study(t, s.ID), before)
	}
	older := s
	s.Trial.Checks[0].Summary = "once"
	must(&s)
	<-wake
	if s.Version != 2 || !s.FinishedAt.IsZero() {
		t.Errorf("saved as %+v", s)
	}
	conflict(older)

	// Whoever asks to stop does not get into the way of who saves.
	w.update(t, func(tx *store.Tx) error { return tx.Studies().RequestStop(s.ID, "bob") })
	w.update(t, func(tx *store.Tx) error { return tx.Studies().RequestStop(s.ID, "alice") })
	must(&s)
	same(t, "who asked", s.StopRequestedBy, "bob")
	s.Status = petri.StudyStopped
	must(&s)
	same(t, "ended", s.FinishedAt, noon)
	w.refused(t, petri.Conflict, func(tx *store.Tx) error { return tx.Studies().RequestStop(s.ID, "bob") })

	done := s
	done.Status = petri.StudyDone
	conflict(done)
	s.Status = petri.StudyRunning
	must(&s)
	if s.StopRequestedBy != "" || !s.FinishedAt.IsZero() {
		t.Errorf("resumed as %+v", s)
	}
	s.Status, s.Error = petri.StudyError, "lost"
	must(&s)
	s.Status, s.Error = petri.StudyRunning, ""
	must(&s)
	s.Status, s.Verdict, s.FinishedAt = petri.StudyDone, string(petri.TrialSafe), noon.Add(-time.Hour)
	must(&s)
	same(t, "finished when it said", s.FinishedAt, noon.Add(-time.Hour))
	for _, status := range []petri.StudyStatus{petri.StudyRunning, petri.StudyStopped, petri.StudyError, "magic"} {
		again := s
		again.Status = status
		conflict(again)
	}
	w.view(t, func(tx *store.Tx) error {
		running, err := tx.Studies().Running()
		same(t, "running", len(running), 0)
		return err
	})
}

func testBaselines(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	first, second := w.newRun(t, "alice"), w.newRun(t, "bob")
	w.refused(t, petri.NotFound, func(tx *store.Tx) error { _, err := tx.Baselines().Current(w.project.ID, "fit"); return err })
	accept := func(check string, run petri.Run, note string) petri.Baseline {
		b := petri.Baseline{ProjectID: w.project.ID, Check: check, RunID: run.ID, AcceptedBy: "alice", Note: note}
		w.update(t, func(tx *store.Tx) error { return tx.Baselines().Accept(&b) })
		same(t, "as accepted", b, petri.Baseline{ProjectID: w.project.ID, Check: check, RunID: run.ID, Run: run.Ref, AcceptedBy: "alice", Note: note, AcceptedAt: noon})
		return b
	}
	one := accept("fit", first, "the first result")
	two := accept("fit", second, "R 4.3 sorts otherwise")
	other := accept("draw", first, "")
	w.refused(t, petri.NotFound, func(tx *store.Tx) error {
		return tx.Baselines().Accept(&petri.Baseline{ProjectID: w.project.ID, Check: "fit", RunID: 99})
	})
	w.refused(t, petri.NotFound, func(tx *store.Tx) error {
		return tx.Baselines().Accept(&petri.Baseline{ProjectID: 99, Check: "fit", RunID: first.ID})
	})
	w.view(t, func(tx *store.Tx) error {
		current, err := tx.Baselines().Current(w.project.ID, "fit")
		if err != nil {
			return err
		}
		same(t, "current", current, two)
		history, err := tx.Baselines().History(w.project.ID, "fit")
		if err != nil {
			return err
		}
		same(t, "history", history, []petri.Baseline{two, one})
		list, err := tx.Baselines().List(w.project.ID)
		same(t, "list", list, []petri.Baseline{other, two})
		return err
	})
	statements := []string{"UPDATE baselines SET note = ''", "DELETE FROM baselines", "DELETE FROM baselines WHERE id = 1"}
	if w.db.Kind() == "sqlite" {
		statements = append(statements, "INSERT OR REPLACE INTO baselines SELECT id, project_id, check_name, run_id, 'x', note, 0 FROM baselines")
	} else {
		statements = append(statements, "TRUNCATE baselines", "INSERT INTO baselines SELECT * FROM baselines ON CONFLICT (id) DO UPDATE SET note = 'x'")
	}
	for _, s := range statements {
		if TryRaw(t, w.dsn, s) == nil {
			t.Errorf("%s was not refused", s)
		}
	}
}
