package runs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/recall"
	"github.com/petri-dev/petri/internal/store"
)

// Collected is what a run made of its project's files: the tree as it then was, with its
// totals, how it differs from the commit's, and what could not be kept.
type Collected struct {
	Tree    petri.Digest
	Files   int64
	Bytes   int64
	Changes []petri.ResultChange
	LeftOut []petri.LeftOut
}

// Finished is what a run left, collected by whoever carried it. All blobs it names are kept.
type Finished struct {
	Outcome petri.Outcome
	// StartedAt and FinishedAt are when the command began and ended, as the witness saw it; what
	// the row says stays where they are zero.
	StartedAt      time.Time
	FinishedAt     time.Time
	Host           petri.HostFacts
	Collected      Collected
	Log            petri.Digest
	LogBytes       int64
	PackagesBefore petri.Digest
	PackagesAfter  petri.Digest
	// Facts and Loaded are blobs, "" where there are none; Metrics are what the run said of itself.
	Facts   petri.Digest
	Loaded  petri.Digest
	Metrics []petri.Metric
}

// Seal ends a run that is collecting: its results become a commit, its record is written,
// chained and signed, and its status is the outcome's, all in one transaction. Sealing again
// what is sealed changes nothing, so that a worker that died in between may come back. Kinds:
// not_found, conflict where the run is in another state.
func (s *Service) Seal(ctx context.Context, id petri.RunID, f Finished) (petri.Run, error) {
	run, err := s.byID(ctx, id)
	if err != nil || run.Status.Sealed() {
		return run, err
	}
	if run.Status != petri.RunCollecting {
		return run, petri.Errorf(petri.Conflict, "run %s is %s and cannot be sealed", run.Ref, run.Status)
	}
	results := resultsCommit(run, f)
	if _, _, err := s.blobs.Put(ctx, bytes.NewReader(results.Encode()), results.ID().Digest()); err != nil {
		return petri.Run{}, fmt.Errorf("keep the results commit: %w", err)
	}
	return s.seal(ctx, id, petri.RunCollecting, f, results.ID(), func(r *petri.Run) {
		r.Outcome = f.Outcome
		r.StartedAt, r.FinishedAt = first(f.StartedAt, r.StartedAt), first(f.FinishedAt, r.FinishedAt, s.now())
		r.Log, r.PackagesBefore, r.PackagesAfter = f.Log, f.PackagesBefore, f.PackagesAfter
		r.Results, r.ResultChanges, r.LeftOut = results.ID(), f.Collected.Changes, f.Collected.LeftOut
		r.Facts, r.Loaded, r.Metrics = f.Facts, f.Loaded, f.Metrics
	}, results)
}

// first is the first time that is set.
func first(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	return time.Time{}
}

// resultsCommit is made only of what does not change when sealing is done again.
func resultsCommit(run petri.Run, f Finished) petri.Commit {
	return petri.Commit{
		Tree: f.Collected.Tree, Parents: []petri.CommitID{run.Commit}, Author: run.CreatedBy,
		Message: "results of " + run.Ref.String(), CreatedAt: first(f.FinishedAt, run.FinishedAt, run.CreatedAt),
		Files: f.Collected.Files, Bytes: f.Collected.Bytes,
	}
}

// maxLinks bounds how often sealing starts over because another record of the project came
// first.
const maxLinks = 100

// errLink says that the project's chain has moved on.
var errLink = errors.New("another record was appended meanwhile")

// seal writes the record outside of the transaction, for a long one takes a while, and takes
// it in if the chain is still where it was.
func (s *Service) seal(ctx context.Context, id petri.RunID, from petri.RunStatus, f Finished, results petri.CommitID, change func(*petri.Run), commits ...petri.Commit) (petri.Run, error) {
	lists := recall.Read(ctx, s.db, s.blobs, f.PackagesBefore, f.PackagesAfter, f.Loaded)
	for range maxLinks {
		draft, err := s.draft(ctx, id, f, change)
		if err != nil {
			return petri.Run{}, err
		}
		sealed, err := s.append(ctx, id, from, draft, commits, lists)
		if !errors.Is(err, errLink) {
			return sealed, err
		}
	}
	return petri.Run{}, petri.Errorf(petri.Unavailable, "too many runs of the project end at once; sealing is tried again")
}

// draft is a record that has yet to be appended.
type draft struct {
	run      petri.Run
	sequence int
	document []byte
	envelope []byte
}

func (s *Service) draft(ctx context.Context, id petri.RunID, f Finished, change func(*petri.Run)) (draft, error) {
	var run petri.Run
	var revision petri.Revision
	var commit petri.Commit
	a := account{server: s.server, host: f.Host, logBytes: f.LogBytes, resultsTree: f.Collected.Tree, leftOut: f.Collected.LeftOut}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if run, err = tx.Runs().ByID(id); err != nil {
			return err
		}
		if revision, err = tx.Revisions().ByID(run.RevisionID); err != nil {
			return err
		}
		if commit, err = tx.Commits().ByID(run.ProjectID, run.Commit); err != nil {
			return err
		}
		a.sequence, a.previous, err = tx.Records().Last(run.ProjectID)
		return err
	})
	if err != nil {
		return draft{}, err
	}
	change(&run)
	a.sequence++
	run.Status, run.SealedAt = run.Outcome.Status(), first(s.now())
	d := draft{sequence: a.sequence}
	if d.document, err = canonical(compose(run, revision, commit, a)); err != nil {
		return draft{}, err
	}
	if d.envelope, err = s.sign(ctx, d.document); err != nil {
		return draft{}, err
	}
	run.Record = petri.DigestBytes(d.document)
	d.run = run
	return d, nil
}

// append takes a draft in: commits, record, status and what it had installed at once.
func (s *Service) append(ctx context.Context, id petri.RunID, from petri.RunStatus, d draft, commits []petri.Commit, lists recall.Lists) (petri.Run, error) {
	var sealed petri.Run
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		run, err := tx.Runs().ByID(id)
		if err != nil {
			return err
		}
		if run.Status.Sealed() && from != petri.RunQueued {
			sealed = run
			return nil
		}
		last, _, err := tx.Records().Last(run.ProjectID)
		if err != nil {
			return err
		}
		if last != d.sequence-1 || run.StopRequestedBy != d.run.StopRequestedBy && from != petri.RunQueued {
			return errLink
		}
		for _, commit := range commits {
			if err := tx.Commits().Insert(run.ProjectID, commit); err != nil {
				return err
			}
		}
		err = tx.Runs().Transition(id, from, d.run.Status, func(r *petri.Run) { *r = d.run })
		if err != nil {
			return err
		}
		if err := tx.Records().Append(run, d.document, d.envelope); err != nil {
			return err
		}
		if err := lists.Index(tx); err != nil {
			return err
		}
		sealed, err = tx.Runs().ByID(id)
		return err
	})
	return sealed, err
}

func (s *Service) byID(ctx context.Context, id petri.RunID) (petri.Run, error) {
	var run petri.Run
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		run, err = tx.Runs().ByID(id)
		return err
	})
	return run, err
}
