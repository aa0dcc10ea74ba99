package files

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

// Adopt brings what a run changed into its project's head, as a new commit whose parents are
// the head and the results. With paths, only files that are one of them or lie below one.
// Where the head has changed the same files since the run's commit, it returns these paths,
// sorted, and changes nothing. Where the head has all of it already, the head is returned.
// Kinds: conflict for a run without results, or when the head moves meanwhile; not_found for
// a path that the run did not change.
func (f *Files) Adopt(ctx context.Context, project petri.Project, run petri.Run, paths []string, message, author string) (petri.CommitID, []string, error) {
	if run.Results == "" {
		return "", nil, petri.Errorf(petri.Conflict, "run %s has no results to adopt", run.Ref)
	}
	var base, results, head petri.Commit
	var headID petri.CommitID
	err := f.db.View(ctx, func(tx *store.Tx) error {
		now, err := tx.Projects().ByID(project.ID)
		headID = now.Head
		if err == nil {
			base, err = tx.Commits().ByID(project.ID, run.Commit)
		}
		if err == nil {
			results, err = tx.Commits().ByID(project.ID, run.Results)
		}
		if err == nil {
			head, err = tx.Commits().ByID(project.ID, headID)
		}
		return err
	})
	if err != nil {
		return "", nil, err
	}
	edits, err := tree.Changes(ctx, f.source, base.Tree, results.Tree)
	if err != nil {
		return "", nil, fmt.Errorf("read the results: %w", err)
	}
	if edits, err = only(edits, paths); err != nil {
		return "", nil, err
	}
	root, conflicts, err := tree.MergeEdits(ctx, f.source, f.put, base.Tree, head.Tree, edits)
	if err != nil || len(conflicts) > 0 {
		return "", conflicts, err
	}
	if root == head.Tree {
		return headID, nil, nil
	}
	totals, err := f.verify(ctx, head.Tree, root)
	if err != nil {
		return "", nil, err
	}
	if message == "" {
		message = fmt.Sprintf("Adopt results of %s", run.Ref)
	}
	id, err := f.accept(ctx, project, headID, petri.Commit{
		Tree: root, Parents: []petri.CommitID{headID, run.Results}, Author: author, Message: message, Files: totals.Files, Bytes: totals.Bytes,
	})
	return id, nil, err
}

// only keeps the edits of these paths and what lies below them; all without paths.
func only(edits []tree.Edit, paths []string) ([]tree.Edit, error) {
	if len(paths) == 0 {
		return edits, nil
	}
	var kept []tree.Edit
	met := map[string]bool{}
	for _, e := range edits {
		wanted := false
		for _, path := range paths {
			if tree.Within(e.Path, path) {
				met[path], wanted = true, true
			}
		}
		if wanted {
			kept = append(kept, e)
		}
	}
	for _, path := range paths {
		if !met[path] {
			return nil, petri.Errorf(petri.NotFound, "the run did not change %q; see its results for what it changed", path)
		}
	}
	return kept, nil
}
