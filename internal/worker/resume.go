package worker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// resumeRuns takes up every run that an earlier worker of this server held, and removes what
// ended runs and builds left behind. The lock on the data folder proves that no other worker
// lives, so nothing has to time out. It tells whether it could read the rows.
func (w *Worker) resumeRuns(ctx context.Context) bool {
	var held []petri.Run
	err := w.DB.View(ctx, func(tx *store.Tx) (err error) {
		held, err = tx.Runs().Active(w.Server)
		return err
	})
	if err != nil {
		w.Log.Error("look for runs to take up again", "error", err)
		return false
	}
	s := &sweep{Worker: w, living: map[petri.RunID]bool{}, stuck: map[string]bool{}}
	for _, run := range held {
		s.living[run.ID] = true
		w.Log.Info("take up a run again", "run_id", run.ID, "run", run.Ref.String(), "status", run.Status)
		w.goDo(func() { w.attempt(run, false).carry(ctx) })
	}
	w.goDo(func() { s.run(ctx) })
	return true
}

// sweep removes containers and folders of what has ended. Runs that are being carried clear up
// themselves; those that began after it did are told apart by looking at the row.
type sweep struct {
	*Worker
	living map[petri.RunID]bool
	stuck  map[string]bool // folders that a container which would not go may still have mounted
}

func (s *sweep) run(ctx context.Context) {
	for {
		err := s.containers(ctx)
		if err == nil {
			break
		}
		if petri.KindOf(err) != petri.Unavailable {
			s.Log.Warn("look for containers that were left behind", "error", err)
			return
		}
		if !pause(ctx, retryAfter) {
			return
		}
	}
	s.folders("runs", func(folder string, id int64) error {
		if !s.runEnded(ctx, id) {
			return nil
		}
		return s.Files.Discard(ctx, folder)
	})
	s.folders("builds", func(folder string, id int64) error {
		if !s.buildEnded(ctx, id) {
			return nil
		}
		return os.RemoveAll(folder)
	})
}

func (s *sweep) containers(ctx context.Context) error {
	found, err := s.Engine.List(ctx, map[string]string{"petri.server": s.Server})
	if err != nil {
		return err
	}
	for _, c := range found {
		folder, ended := s.owner(ctx, c.Labels)
		if !ended {
			continue
		}
		if err := s.Engine.Remove(ctx, c.ID); err != nil {
			s.stuck[folder] = true
			s.Log.Warn("remove a container that was left behind", "container", c.Name, "error", err)
		}
	}
	return nil
}

// owner tells which folder belongs to a container, and whether what it was for has ended.
func (s *sweep) owner(ctx context.Context, labels map[string]string) (folder string, ended bool) {
	if id, err := strconv.ParseInt(labels["petri.run"], 10, 64); err == nil {
		return filepath.Join(s.Data, "runs", labels["petri.run"]), s.runEnded(ctx, id)
	}
	if id, err := strconv.ParseInt(labels["petri.build"], 10, 64); err == nil {
		return filepath.Join(s.Data, "builds", labels["petri.build"]), s.buildEnded(ctx, id)
	}
	return "", false
}

// folders calls remove for each folder of that sort, which may leave it.
func (s *sweep) folders(sort string, remove func(folder string, id int64) error) {
	entries, err := os.ReadDir(filepath.Join(s.Data, sort))
	if err != nil {
		return // none yet
	}
	for _, entry := range entries {
		id, err := strconv.ParseInt(entry.Name(), 10, 64)
		folder := filepath.Join(s.Data, sort, entry.Name())
		if err != nil || s.stuck[folder] {
			continue
		}
		if err := remove(folder, id); err != nil {
			s.Log.Warn("remove a folder that was left behind", "folder", fmt.Sprintf("%s/%d", sort, id), "error", err)
		}
	}
}

// runEnded tells whether a run is over, or unknown to this server's database.
func (s *sweep) runEnded(ctx context.Context, id int64) bool {
	if s.living[petri.RunID(id)] {
		return false
	}
	return s.over(ctx, func(tx *store.Tx) (bool, error) {
		run, err := tx.Runs().ByID(petri.RunID(id))
		return run.Status.Ended(), err
	})
}

func (s *sweep) buildEnded(ctx context.Context, id int64) bool {
	return s.over(ctx, func(tx *store.Tx) (bool, error) {
		build, err := tx.Builds().ByID(petri.BuildID(id))
		return build.Status.Ended(), err
	})
}

func (s *sweep) over(ctx context.Context, look func(*store.Tx) (bool, error)) bool {
	over := false
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		over, err = look(tx)
		return err
	})
	return err == nil && over || petri.KindOf(err) == petri.NotFound
}
