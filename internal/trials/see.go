package trials

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Get gives a study that the caller may see: one of a project who may see the project, one of an
// environment who may see the environment. kind "" stands for any. Kind: not_found.
func (s *Service) Get(ctx context.Context, c access.Caller, kind petri.StudyKind, id petri.StudyID) (petri.Study, error) {
	var study petri.Study
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if study, _, err = see(tx, c, kind, id); err != nil {
			return err
		}
		return veil(tx, c, &study)
	})
	return study, err
}

// Watch gives a channel that receives when the study may have changed, as store.DB.Watch does.
func (s *Service) Watch(id petri.StudyID) (wake <-chan struct{}, stop func()) {
	return s.db.Watch(store.StudyTopic(id))
}

// StopStudy asks that a study end: its own runs are stopped, and what is known by then is kept.
// Asking twice is no error. Kinds: not_found, denied, conflict where it has ended.
func (s *Service) StopStudy(ctx context.Context, c access.Caller, kind petri.StudyKind, id petri.StudyID) (petri.Study, error) {
	return s.edit(ctx, c, kind, id, func(tx *store.Tx, study *petri.Study) error {
		return tx.Studies().RequestStop(study.ID, c.User.Name)
	})
}

// Resume lets a study that was stopped, or that Petri could not finish, go on: runs that were
// cut off are made anew. One that runs is left as it is. Kinds: not_found, denied, conflict where
// it is done or somebody has asked it to stop.
func (s *Service) Resume(ctx context.Context, c access.Caller, kind petri.StudyKind, id petri.StudyID) (petri.Study, error) {
	return s.edit(ctx, c, kind, id, func(tx *store.Tx, study *petri.Study) error {
		switch {
		case study.Status == petri.StudyDone:
			return petri.Errorf(petri.Conflict, "%s is done: there is nothing to go on with", study.Ref())
		case study.Status == petri.StudyRunning && study.StopRequestedBy != "":
			return petri.Errorf(petri.Conflict, "%s is still being stopped: try again when it has", study.Ref())
		case study.Status == petri.StudyRunning:
			return nil
		}
		reopen(study)
		study.Status, study.Error = petri.StudyRunning, ""
		return tx.Studies().Save(study)
	})
}

// edit changes a study that the caller may change, and gives it as it then is.
func (s *Service) edit(ctx context.Context, c access.Caller, kind petri.StudyKind, id petri.StudyID, fn func(*store.Tx, *petri.Study) error) (petri.Study, error) {
	var study petri.Study
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		found, owner, err := see(tx, c, kind, id)
		if err != nil {
			return err
		}
		if err := access.MayEdit(c, owner, found.Ref()); err != nil {
			return err
		}
		if err := fn(tx, &found); err != nil {
			return err
		}
		if study, err = tx.Studies().ByID(id); err != nil {
			return err
		}
		return veil(tx, c, &study)
	})
	return study, err
}

// see finds a study with the owner of what it is about.
func see(tx *store.Tx, c access.Caller, kind petri.StudyKind, id petri.StudyID) (study petri.Study, owner string, err error) {
	study, err = tx.Studies().ByID(id)
	if petri.KindOf(err) == petri.NotFound || err == nil && kind != "" && study.Kind != kind {
		return petri.Study{}, "", notThere(kind, id)
	}
	if err != nil {
		return petri.Study{}, "", err
	}
	owner, visible, err := about(tx, c, study)
	if err == nil && !visible {
		err = notThere(kind, id)
	}
	if err != nil {
		return petri.Study{}, "", err
	}
	return study, owner, nil
}

// about is who owns what a study is about, and whether the caller may see that.
func about(tx *store.Tx, c access.Caller, study petri.Study) (owner string, visible bool, err error) {
	if study.ProjectID != 0 {
		project, err := tx.Projects().ByID(study.ProjectID)
		return project.Owner, err == nil && access.CanSee(c, project.Owner, project.Visibility), err
	}
	env, err := tx.Environments().ByID(study.EnvironmentID)
	return env.Owner, err == nil && access.CanSee(c, env.Owner, env.Visibility), err
}

// notThere is the error for a study that is not there or that the asker may not know of.
func notThere(kind petri.StudyKind, id petri.StudyID) error {
	if kind == "" {
		return petri.Errorf(petri.NotFound, "there is no study %d", id)
	}
	return petri.Errorf(petri.NotFound, "there is no %s", petri.Study{Kind: kind, ID: id}.Ref())
}

// List gives the studies that the caller may see, newest first.
func (s *Service) List(ctx context.Context, c access.Caller, want store.StudyFilter) ([]petri.Study, error) {
	list := []petri.Study{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		found, err := tx.Studies().List(want)
		if err != nil {
			return err
		}
		for _, study := range found {
			_, visible, err := about(tx, c, study)
			if err != nil {
				return err
			}
			if !visible {
				continue
			}
			if err := veil(tx, c, &study); err != nil {
				return err
			}
			list = append(list, study)
		}
		return nil
	})
	return list, err
}
