package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

func (a *app) cloneCommand() *cobra.Command {
	var commit string
	cmd := &cobra.Command{
		Use:   "clone PROJECT [FOLDER]",
		Short: "Get a project into a new folder",
		Example: `  petri clone science/churn
  petri clone science/churn old --commit 3f9a1c22`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: a.completeProjects,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := parseProject(args[0])
			if err != nil {
				return err
			}
			if err := checkCommit(commit); err != nil {
				return err
			}
			dir := ref.Name
			if len(args) == 2 {
				dir = args[1]
			}
			if err := checkEmpty(dir); err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error { return a.clone(ctx, client, ref, dir, commit) })
		},
	}
	cmd.Flags().StringVar(&commit, "commit", "head", "the commit to get")
	return cmd
}

func checkCommit(s string) error {
	if s == "" || s == "head" {
		return nil
	}
	return petri.CheckCommitPrefix(s)
}

func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return petri.Wrap(petri.Invalid, err, "cannot clone into %s: it is there and is no folder that can be read", dir)
	case len(entries) > 0:
		return petri.Errorf(petri.Conflict, "cannot clone into %s: it is not empty; name another folder", dir)
	}
	return nil
}

func (a *app) clone(ctx context.Context, client *api.Client, ref petri.ProjectRef, dir, commit string) error {
	project, err := client.Project(ctx, ref)
	if err != nil {
		return err
	}
	if ref, err = petri.ParseProjectRef(project.Ref, ""); err != nil {
		return err
	}
	var target api.Commit
	if project.Head != "" {
		if target, err = client.Commit(ctx, ref, commit); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find the folder: %w", err)
	}
	p := place{folder: workdir.Folder{Root: root}, project: ref}
	if target.ID != "" {
		if _, err := a.checkout(ctx, client, p, target); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(root, workdir.ProjectFile)); errors.Is(err, fs.ErrNotExist) {
		if err := writeSettings(root, project.Ref, project.Environment); err != nil {
			return err
		}
	}
	return a.print(project, func() {
		if target.ID == "" {
			a.out("Cloned %s, which has no commit yet, into %s", project.Ref, dir)
			return
		}
		a.out("Cloned %s at commit %s into %s: %s, %s", project.Ref, petri.CommitID(target.ID).Short(), dir, count(int(target.Files), "file"), size(target.Bytes))
	})
}
