package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) rerunCommand() *cobra.Command {
	var in api.RerunRequest
	var detach bool
	cmd := &cobra.Command{
		Use:   "rerun RUN",
		Short: "Run again what a run ran: same commit, command and revision",
		Example: `  petri rerun 17
  petri rerun science/churn#17 --env science/r@5`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := a.run(args[0])
			if err != nil {
				return orExit(exitPetri, err)
			}
			if in.Environment != "" {
				env, err := parseEnvironment(in.Environment)
				if err != nil {
					return orExit(exitPetri, err)
				}
				in.Environment = showEnvironment(env)
			}
			if err := petri.CheckText("the title", in.Title); err != nil {
				return orExit(exitPetri, err)
			}
			in.Origin = "cli"
			return orExit(exitPetri, a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				run, err := client.Rerun(ctx, ref, in)
				if err != nil {
					return err
				}
				return a.submitted(ctx, client, run, detach)
			}))
		},
	}
	cmd.Flags().StringVar(&in.Environment, "env", "", "run in this environment or revision instead")
	cmd.Flags().StringVar(&in.Title, "title", "", "say what the run is")
	cmd.Flags().BoolVar(&detach, "detach", false, "return at once and print the run's reference")
	_ = cmd.RegisterFlagCompletionFunc("env", a.completeEnvironments)
	return cmd
}
