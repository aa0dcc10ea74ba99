package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) logCommand() *cobra.Command {
	var project, from string
	var limit int
	cmd := &cobra.Command{
		Use:   "log",
		Short: "List the project's commits, newest first",
		Example: `  petri log
  petri log --project science/churn -n 50`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ref, err := a.project(project)
			if err != nil {
				return err
			}
			if err := checkCommit(from); err != nil {
				return err
			}
			if err := checkLimit(limit); err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				commits, err := client.Commits(ctx, ref, from, limit)
				if err != nil {
					return err
				}
				return printList(a, commits, func() { a.printCommits(commits) })
			})
		},
	}
	a.projectFlag(cmd, &project)
	cmd.Flags().StringVar(&from, "from", "", "begin at this commit instead of the head")
	cmd.Flags().IntVarP(&limit, "number", "n", 20, "list at most so many")
	return cmd
}

func checkLimit(n int) error {
	if n < 1 || n > 100_000 {
		return petri.Errorf(petri.Invalid, "cannot list %d: ask for 1 to 100000", n)
	}
	return nil
}

// projectFlag lets a command be about a project other than that of the folder.
func (a *app) projectFlag(cmd *cobra.Command, project *string) {
	cmd.Flags().StringVar(project, "project", "", "the project, instead of the folder's own")
	_ = cmd.RegisterFlagCompletionFunc("project", a.completeProjects)
}

func (a *app) printCommits(commits []api.Commit) {
	now, rows := time.Now(), [][]string{}
	for _, c := range commits {
		rows = append(rows, []string{
			petri.CommitID(c.ID).Short(), ago(c.CreatedAt.Time, now), c.Author, count(int(c.Files), "file"), size(c.Bytes), petri.Commit{Message: c.Message}.Subject(),
		})
	}
	a.table([]string{"COMMIT", "MADE", "BY", "FILES", "SIZE", "MESSAGE"}, rows)
}
