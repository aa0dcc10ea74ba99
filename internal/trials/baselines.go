package trials

import (
	"context"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/projectfile"
	"github.com/petri-dev/petri/internal/store"
)

// maxNote bounds what is written about a baseline.
const maxNote = 4 << 10

// Acceptance asks that a result be what a check's later ones are compared with.
type Acceptance struct {
	Project petri.ProjectRef
	Check   string
	// Run is the check's newest result where it is the zero value.
	Run  petri.RunRef
	Note string // why; it is kept
}

// Accept changes a check's baseline. Earlier ones are kept, with who accepted them, when and why.
// Kinds: invalid without a note, not_found, denied, conflict for a run without results or that is
// the baseline already.
func (s *Service) Accept(ctx context.Context, c access.Caller, want Acceptance) (petri.Baseline, error) {
	var accepted petri.Baseline
	declared, err := s.declaredAtHead(ctx, c, want)
	if err != nil {
		return accepted, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		project, err := access.Project(tx, c, want.Project)
		if err != nil {
			return err
		}
		if err := access.MayEdit(c, project.Owner, "project "+project.Ref().String()); err != nil {
			return err
		}
		if err := want.check(); err != nil {
			return err
		}
		run, err := acceptable(tx, project, want, declared)
		if err != nil {
			return err
		}
		current, err := tx.Baselines().Current(project.ID, want.Check)
		if err != nil && petri.KindOf(err) != petri.NotFound {
			return err
		}
		if current.RunID == run.ID {
			return petri.Errorf(petri.Conflict, "%s is the baseline of check %s already, accepted by %s", run.Ref, want.Check, current.AcceptedBy)
		}
		accepted = petri.Baseline{ProjectID: project.ID, Check: want.Check, RunID: run.ID, AcceptedBy: c.User.Name, Note: want.Note, AcceptedAt: s.now()}
		return tx.Baselines().Accept(&accepted)
	})
	return accepted, err
}

// declaredAtHead says why the project's head declares no such check, as an error within; nil within
// where it does.
func (s *Service) declaredAtHead(ctx context.Context, c access.Caller, want Acceptance) (missing error, err error) {
	var project petri.Project
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		project, err = access.Project(tx, c, want.Project)
		return err
	})
	if err != nil {
		return nil, err
	}
	if project.Head == "" {
		return petri.Errorf(petri.NotFound, "project %s has no commit yet, so it declares no checks", project.Ref()), nil
	}
	file, err := s.checksOf(ctx, project, project.Head)
	if kind := petri.KindOf(err); kind == petri.NotFound || kind == petri.Invalid {
		return err, nil
	}
	if err != nil {
		return nil, err
	}
	_, missing = file.Check(want.Check)
	return missing, nil
}

func (a Acceptance) check() error {
	if err := projectfile.CheckName(a.Check); err != nil {
		return err
	}
	if strings.TrimSpace(a.Note) == "" {
		return petri.Errorf(petri.Invalid, "why is the new result right? A baseline changes only with a note: --note \"…\"")
	}
	if len(a.Note) > maxNote {
		return petri.Errorf(petri.Invalid, "the note is longer than %d bytes", maxNote)
	}
	return petri.CheckText("the note", a.Note)
}

// acceptable is the run that is to be accepted: the one named, which must not be another check's,
// or the newest that this check left. A check that was never run must be declared, so that no baseline
// is given to a name that somebody mistyped; undeclared says why it is not.
func acceptable(tx *store.Tx, project petri.Project, want Acceptance, undeclared error) (petri.Run, error) {
	ref := want.Run
	if undeclared != nil {
		_, err := tx.Baselines().Current(project.ID, want.Check)
		if err == nil {
			undeclared = nil
		} else if petri.KindOf(err) != petri.NotFound {
			return petri.Run{}, err
		}
	}
	if ref == (petri.RunRef{}) {
		last, err := lastResults(tx, project.ID)
		if err != nil {
			return petri.Run{}, err
		}
		result := last[want.Check]
		if ref = result.Run.Ref; ref == (petri.RunRef{}) {
			return petri.Run{}, petri.Errorf(petri.NotFound, "check %s of project %s has no result yet: run it with petri check %s, or name a run", want.Check, project.Ref(), want.Check)
		}
	}
	run, err := sealedRun(tx, project, ref)
	if err == nil && undeclared != nil && run.Check != want.Check {
		err = undeclared
	}
	if err == nil && run.Check != "" && run.Check != want.Check {
		err = petri.Errorf(petri.Invalid, "%s is a result of check %s, not of %s", run.Ref, run.Check, want.Check)
	}
	return run, err
}

// Baselines gives all that a check was ever compared with, newest first; the first of them holds.
// Kinds: invalid, not_found also for a check that has none and that the head does not declare.
func (s *Service) Baselines(ctx context.Context, c access.Caller, ref petri.ProjectRef, check string) ([]petri.Baseline, error) {
	var history []petri.Baseline
	err := s.db.View(ctx, func(tx *store.Tx) error {
		project, err := access.Project(tx, c, ref)
		if err != nil {
			return err
		}
		if err := projectfile.CheckName(check); err != nil {
			return err
		}
		history, err = tx.Baselines().History(project.ID, check)
		return err
	})
	if err == nil && len(history) == 0 {
		var missing error
		if missing, err = s.declaredAtHead(ctx, c, Acceptance{Project: ref, Check: check}); err == nil {
			err = missing
		}
	}
	return history, err
}

// Declared is a check as the project's head declares it, with what is known of it.
type Declared struct {
	Check    petri.Check
	Baseline petri.Baseline // the zero value for none
	// Last is its newest result that was judged, of a study of that reference; the zero value for none.
	Last  petri.CheckResult
	Study petri.Study
}

// DeclaredChecks lists the checks of the project's head; none where its head has no petri.toml.
func (s *Service) DeclaredChecks(ctx context.Context, c access.Caller, ref petri.ProjectRef) ([]Declared, error) {
	var project petri.Project
	baselines, last := map[string]petri.Baseline{}, map[string]lastResult{}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if project, err = access.Project(tx, c, ref); err != nil {
			return err
		}
		current, err := tx.Baselines().List(project.ID)
		if err != nil {
			return err
		}
		for _, b := range current {
			baselines[b.Check] = b
		}
		last, err = lastResults(tx, project.ID)
		return err
	})
	if err != nil || project.Head == "" {
		return nil, err
	}
	file, err := s.checksOf(ctx, project, project.Head)
	if err != nil && petri.KindOf(err) != petri.NotFound {
		return nil, err
	}
	var list []Declared
	for _, check := range file.Checks() {
		found := last[check.Name]
		list = append(list, Declared{Check: check, Baseline: baselines[check.Name], Last: found.CheckResult, Study: found.study})
	}
	return list, nil
}

// recent bounds in how many calls a check's last result is looked for.
const recent = 100

type lastResult struct {
	petri.CheckResult
	study petri.Study
}

// lastResults are the newest judged result of each check that ran to its end lately.
func lastResults(tx *store.Tx, project petri.ProjectID) (map[string]lastResult, error) {
	studies, err := tx.Studies().List(store.StudyFilter{Kind: petri.StudyChecks, Project: project, Limit: recent})
	if err != nil {
		return nil, err
	}
	last := map[string]lastResult{}
	for _, study := range studies {
		for _, c := range study.Checks.Checks {
			if _, known := last[c.Check.Name]; !known && c.Verdict != "" && c.Verdict != petri.CheckStopped {
				last[c.Check.Name] = lastResult{c, study}
			}
		}
	}
	return last, nil
}
