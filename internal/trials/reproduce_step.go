package trials

import (
	"context"
	"fmt"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/explain"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

// advanceReproduction submits the reruns, compares those that have ended with the recorded run,
// and ends when all were compared.
func (s *Service) advanceReproduction(ctx context.Context, study petri.Study) (petri.Study, error) {
	study, err := s.change(ctx, study.ID, s.submitReruns)
	if err != nil || study.Status != petri.StudyRunning || study.StopRequestedBy != "" {
		return study, err
	}
	for i := range study.Reproduction.Reruns {
		if r := study.Reproduction.Reruns[i]; r.Verdict == "" && r.Run.ID != 0 && comparable(r.Run.Status) {
			if err := s.judgeRerun(ctx, &study, i); err != nil {
				return study, err
			}
		}
	}
	return study, nil
}

// comparable tells whether a run ended in a way that says something of its command.
func comparable(status petri.RunStatus) bool {
	return status == petri.RunSucceeded || status == petri.RunFailed
}

// submitReruns queues the reruns that are missing. When none is open any more the study is done,
// or, where some rerun was stopped or failed for a reason of Petri's, it rests until somebody
// resumes it.
func (s *Service) submitReruns(tx *store.Tx, study *petri.Study) (bool, error) {
	r := study.Reproduction
	changed, open := false, false
	var broken petri.StudyRun
	for i := range r.Reruns {
		switch one := &r.Reruns[i]; {
		case one.Run.ID == 0:
			if err := s.submitRerun(tx, study, one); err != nil {
				return false, err
			}
			changed, open = true, true
		case one.Verdict != "":
		case one.Run.Status.Ended() && !comparable(one.Run.Status):
			broken = one.Run
		default:
			open = true
		}
	}
	switch {
	case open:
		return changed, nil
	case broken.ID != 0:
		study.Status = petri.StudyError
		study.Error = fmt.Sprintf("%s did not come to its own end: it is %s; go on with petri reproduce resume %s", broken.Ref, broken.Status, study.Ref())
	default:
		study.Status, study.Verdict = petri.StudyDone, string(r.Verdict)
	}
	return true, nil
}

func (s *Service) submitRerun(tx *store.Tx, study *petri.Study, one *petri.ReproductionRun) error {
	recorded, err := tx.Runs().ByID(study.RunID)
	if err != nil {
		return err
	}
	project, err := tx.Projects().ByID(study.ProjectID)
	if err != nil {
		return err
	}
	revision, err := runs.Recorded(tx, recorded)
	if err != nil {
		return err
	}
	run, reused, err := s.runs.Ensure(tx, runs.Wanted{
		Project: project, Commit: recorded.Commit, Revision: revision, Spec: recorded.Spec, CreatedBy: study.CreatedBy,
		Origin: study.Origin, RerunOf: recorded.Ref.String(), Check: recorded.Check, Study: study.ID,
	})
	if err != nil {
		return fmt.Errorf("submit a rerun of %s: %w", recorded.Ref, err)
	}
	one.Run = studyRun(run, reused)
	return nil
}

// judgeRerun compares a rerun with the recorded run, outside of transactions.
func (s *Service) judgeRerun(ctx context.Context, study *petri.Study, i int) error {
	r := study.Reproduction
	one := &r.Reruns[i]
	recorded, err := s.runs.ByID(ctx, study.RunID)
	if err != nil {
		return err
	}
	rerun, err := s.runs.ByID(ctx, one.Run.ID)
	if err != nil {
		return err
	}
	whole, err := s.runs.CompareByID(ctx, recorded.ID, rerun.ID, r.Rules)
	if err != nil {
		return fmt.Errorf("compare %s with %s: %w", rerun.Ref, recorded.Ref, err)
	}
	one.Causes, err = s.causes(ctx, recorded, rerun, whole)
	if err != nil {
		return err
	}
	one.Verdict, one.Summary, one.Comparison = whole.Verdict, summaryOf(whole, recorded, rerun), kept(&whole, len(r.Reruns))
	r.Verdict = r.Verdict.Worse(whole.Verdict)
	r.Noise = explain.Widen(r.Noise, whole)
	return s.save(ctx, study, nil)
}

func summaryOf(c petri.Comparison, recorded, rerun petri.Run) string {
	var parts []string
	if c.Verdict == petri.Different && (recorded.Status != rerun.Status || recorded.Outcome.ExitCode != rerun.Outcome.ExitCode) {
		parts = append(parts, fmt.Sprintf("%s; recorded, %s", ending(rerun), ending(recorded)))
	}
	if c.Summary != "" && len(parts) == 0 {
		parts = append(parts, c.Summary)
	}
	return strings.Join(parts, "; ")
}
