package envs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// freeze makes the next revision of env and queues its build. Where an earlier revision was
// built of the same definition, its image is used at once.
func (s *Service) freeze(tx *store.Tx, c access.Caller, env petri.Environment, def petri.Definition, ch Change, reused petri.Digest) (petri.Revision, error) {
	revision := petri.Revision{
		EnvironmentID: env.ID, Definition: def, Note: ch.Note, CreatedBy: c.User.Name, CreatedAt: s.now(), Promote: ch.Promote,
	}
	if err := tx.Revisions().Create(&revision); err != nil {
		return petri.Revision{}, err
	}
	build := petri.Build{RevisionID: revision.ID, NoCache: ch.NoCache, CreatedAt: s.now()}
	if err := tx.Builds().Create(&build); err != nil {
		return petri.Revision{}, err
	}
	if ch.NoCache || def.Base.Digest == "" {
		return revision, nil
	}
	earlier, err := tx.Revisions().ReadyByDefinition(def.Digest())
	if petri.KindOf(err) == petri.NotFound {
		return revision, nil
	}
	if err != nil {
		return petri.Revision{}, err
	}
	return s.reuse(tx, revision, build, earlier, reused)
}

// reuse makes a revision ready with an earlier one's image, without a worker.
func (s *Service) reuse(tx *store.Tx, revision petri.Revision, build petri.Build, earlier petri.Revision, log petri.Digest) (petri.Revision, error) {
	at := s.now()
	err := tx.Builds().Transition(build.ID, petri.BuildQueued, petri.BuildReady, func(b *petri.Build) {
		b.StartedAt, b.FinishedAt, b.Log = at, at, log
	})
	if err != nil {
		return petri.Revision{}, err
	}
	if err := tx.Revisions().SetReady(revision.ID, earlier.Image, original(earlier), 0); err != nil {
		return petri.Revision{}, err
	}
	if err := activate(tx, revision); err != nil {
		return petri.Revision{}, err
	}
	return tx.Revisions().ByID(revision.ID)
}

// original is the revision for which an image was first built.
func original(r petri.Revision) string {
	if r.ReusedFrom != "" {
		return r.ReusedFrom
	}
	return r.Ref.String()
}

// activate makes a revision that has just become ready the active one: the first one by
// itself, a later one where that was asked for and nothing newer is active by now.
func activate(tx *store.Tx, r petri.Revision) error {
	env, err := tx.Environments().ByID(r.EnvironmentID)
	if err != nil {
		return err
	}
	if env.Active != 0 && (!r.Promote || env.Active > r.Ref.Revision) {
		return nil
	}
	return tx.Environments().SetActive(env.ID, r.Ref.Revision)
}

// reuseLog keeps the log of a build that was none.
func (s *Service) reuseLog(ctx context.Context) (petri.Digest, error) {
	line, err := json.Marshal(petri.BuildEvent{
		Time: s.now().UTC(), Step: 1, State: "cached", Name: "look for an image of the same definition",
		Message: "nothing changed since an earlier revision: its image is used again",
	})
	if err != nil {
		return "", fmt.Errorf("write a build's log: %w", err)
	}
	digest, _, err := s.blobs.Put(ctx, bytes.NewReader(append(line, '\n')), "")
	if err != nil {
		return "", fmt.Errorf("keep a build's log: %w", err)
	}
	return digest, nil
}
