package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/tree"
	"github.com/petri-dev/petri/internal/workdir"
)

// pullResults writes results into the project's folder, or into another one.
func (a *app) pullResults(ctx context.Context, client *api.Client, run api.Run, ref petri.RunRef, chosen []api.Result, f resultsFlags) error {
	folder, err := a.resultsFolder(f.to, ref)
	if err != nil {
		return err
	}
	after, err := client.Commit(ctx, ref.Project, run.ResultsCommit)
	if err != nil {
		return err
	}
	before, err := client.Commit(ctx, ref.Project, run.Commit)
	if err != nil {
		return err
	}
	wanted := make(map[string]bool, len(chosen))
	for _, r := range chosen {
		wanted[r.Name()] = true
	}
	everything := len(chosen) == len(run.Results) // then also empty folders
	m := a.meter("pull:")
	defer m.end()
	err = folder.Take(ctx, client,
		workdir.Tree{Project: ref.Project, Commit: petri.CommitID(before.ID), Root: petri.Digest(before.Tree)},
		workdir.Tree{Project: ref.Project, Commit: petri.CommitID(after.ID), Root: petri.Digest(after.Tree)},
		func(path string, _ *tree.Entry) bool { return everything || wanted[path] },
		workdir.CheckoutOptions{Overwrite: f.overwrite, Progress: func(files, bytes int64) { m.files.Add(files); m.read.Add(bytes) }})
	if err != nil {
		return err
	}
	return printList(a, chosen, func() { a.out("Pulled %s of %s into %s", count(len(chosen), "result"), run.Ref, folder.Root) })
}

// resultsFolder is where results go: the folder named, else that of the run's own project.
func (a *app) resultsFolder(to string, ref petri.RunRef) (workdir.Folder, error) {
	if to == "" {
		p, err := a.place()
		if err == nil && p.project.Name == ref.Project.Name && (p.project.Owner == ref.Project.Owner || p.project.Owner == "" || ref.Project.Owner == "") {
			return p.folder, nil
		}
		return workdir.Folder{}, petri.Errorf(petri.Invalid, "this is not the folder of %s; say where to write the results, as in --to results", showProject(ref.Project))
	}
	root, err := filepath.Abs(to)
	if err != nil {
		return workdir.Folder{}, fmt.Errorf("find the folder: %w", err)
	}
	if err := os.MkdirAll(root, 0o777); err != nil {
		return workdir.Folder{}, petri.Wrap(petri.Invalid, err, "the folder %s cannot be made (%v)", to, err)
	}
	return workdir.Folder{Root: root}, nil
}
