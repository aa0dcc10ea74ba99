package storetest

import (
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// testStudyLists looks whether lists of studies are without what would make them large, of every kind.
func testStudyLists(t *testing.T, fresh Address) {
	w := newWorld(t, fresh)
	run := w.newRun(t, "alice")
	for _, kind := range []petri.StudyKind{petri.StudyChecks, petri.StudyReproduction, petri.StudyTrial, petri.StudyBisection} {
		s := w.aStudy(kind, run)
		c := &petri.Comparison{Verdict: petri.Different}
		switch kind {
		case petri.StudyChecks:
			s.Checks.Checks = []petri.CheckResult{{Comparison: c, Summary: "a"}}
		case petri.StudyReproduction:
			s.Reproduction.Reruns = []petri.ReproductionRun{{Comparison: c, Summary: "a"}}
		case petri.StudyTrial:
			s.Trial.Checks = []petri.TrialCheck{{Comparison: c, Again: c, Summary: "a"}}
		case petri.StudyBisection:
			s.Bisection.Comparison, s.Bisection.Summary = c, "a"
		}
		s = w.newStudy(t, s)
		w.view(t, func(tx *store.Tx) error {
			whole, err := tx.Studies().ByID(s.ID)
			if err != nil {
				return err
			}
			same(t, "whole", whole, s)
			list, err := tx.Studies().List(store.StudyFilter{Kind: kind})
			if err != nil {
				return err
			}
			s.DropComparisons()
			same(t, "listed", list, []petri.Study{s})
			return nil
		})
	}
}
