package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) pullCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "pull",
		Short: "Bring the folder to the project's head",
		Long: `Brings the folder to the project's head. What you changed and did not push stays as it is;
where the newer commits changed the same files, nothing at all is written, and the files are listed.`,
		Example: `  petri pull`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.place()
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error { return a.pull(ctx, client, p) })
		},
	}
}

func (a *app) pull(ctx context.Context, client *api.Client, p place) error {
	project, err := client.Project(ctx, p.project)
	if err != nil {
		return err
	}
	if project.Head == "" {
		return petri.Errorf(petri.NotFound, "the project %s has no commit yet; make the first with: petri push", project.Ref)
	}
	head, err := client.Commit(ctx, p.project, project.Head)
	if err != nil {
		return err
	}
	n, err := a.checkout(ctx, client, p, head)
	if err != nil {
		return err
	}
	return a.print(head, func() {
		if n == 0 {
			a.out("Already at commit %s", petri.CommitID(head.ID).Short())
			return
		}
		a.out("Now at commit %s: %s", petri.CommitID(head.ID).Short(), count(n, "change"))
	})
}
