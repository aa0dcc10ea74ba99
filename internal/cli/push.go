package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) pushCommand() *cobra.Command {
	var message string
	cmd := &cobra.Command{
		Use:   "push",
		Short: "Send what changed in the folder and make it the project's head",
		Example: `  petri push
  petri push -m "use the log of the income"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.place()
			if err != nil {
				return err
			}
			if err := petri.CheckText("the message", message); err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error { return a.push(ctx, client, p, message) })
		},
	}
	cmd.Flags().StringVarP(&message, "message", "m", "", "say what changed")
	return cmd
}

func (a *app) push(ctx context.Context, client *api.Client, p place, message string) error {
	project, err := client.Project(ctx, p.project)
	switch {
	case err != nil:
		return err
	case project.Archived:
		return petri.Errorf(petri.Conflict, "project %s is archived: bring it back with petri project unarchive %s", project.Ref, project.Ref)
	}
	done, err := a.commit(ctx, client, p, petri.CommitID(project.Head), message)
	if err != nil {
		return err
	}
	if done.made == nil {
		if a.json {
			commit, err := client.Commit(ctx, p.project, string(done.commit))
			if err != nil {
				return err
			}
			return a.printJSON(commit)
		}
		a.out("Nothing to push: the folder is as in commit %s of %s", done.commit.Short(), showProject(p.project))
		return nil
	}
	return a.print(*done.made, func() {
		a.out("Pushed commit %s to %s: %s, %s", done.commit.Short(), showProject(p.project), count(int(done.made.Files), "file"), size(done.made.Bytes))
	})
}
