package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) stopCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stop RUN",
		Short: "Ask a run to stop; what it wrote is kept",
		Example: `  petri stop 17
  petri stop science/churn#17`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := a.run(args[0])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				run, err := client.StopRun(ctx, ref)
				if err != nil {
					return err
				}
				return a.print(run, func() {
					if petri.RunStatus(run.Status).Ended() {
						a.out("%s has ended: %s", run.Ref, run.Status)
						return
					}
					a.out("Asked %s to stop", run.Ref)
				})
			})
		},
	}
}
