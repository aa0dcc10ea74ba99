package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) envCommand() *cobra.Command {
	return group("env", "Make, change, show and compare environments",
		a.envLsCommand(), a.envShowCommand(), a.envRevisionsCommand(), a.envPackagesCommand(), a.envLogCommand(), a.envUsageCommand(),
		a.envCreateCommand(), a.envEditCommand(), a.envDuplicateCommand(), a.envBuildCommand(), a.envCancelCommand(),
		a.envDiffCommand(), a.envTrialCommand(), a.envTrialsCommand(), a.envBisectCommand(), a.envPromoteCommand(),
		a.envArchiveCommand("archive", "Hide an environment; nothing of it goes away", true),
		a.envArchiveCommand("unarchive", "Show a hidden environment again", false))
}

func (a *app) envLsCommand() *cobra.Command {
	var filter api.EnvironmentFilter
	cmd := &cobra.Command{
		Use:     "ls",
		Short:   "List the environments you may see",
		Example: `  petri env ls --owner science`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkOwner(filter.Owner); err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				list, err := client.Environments(ctx, filter)
				if err != nil {
					return err
				}
				return printList(a, list, func() { a.printEnvironments(list) })
			})
		},
	}
	cmd.Flags().StringVar(&filter.Owner, "owner", "", "only those of this user or team")
	cmd.Flags().BoolVar(&filter.Archived, "archived", false, "also archived ones")
	return cmd
}

func (a *app) printEnvironments(list []api.Environment) {
	s, rows := a.style(a.stdout), [][]string{}
	for _, e := range list {
		rows = append(rows, []string{e.Ref + archivedMark(e.Archived), activeText(e), strconv.Itoa(e.Latest) + " " + s.status(e.LatestStatus), e.Visibility, ago(e.CreatedAt.Time, time.Now()), oneLine(e.Description)})
	}
	a.table([]string{"ENVIRONMENT", "ACTIVE", "LATEST", "VISIBLE TO", "MADE", "DESCRIPTION"}, rows)
}

func activeText(e api.Environment) string {
	if e.ActiveRevision == 0 {
		return "none"
	}
	return strconv.Itoa(e.ActiveRevision)
}

// latest completes a reference without a revision by the environment's latest one, which is
// what builds are about.
func (a *app) latest(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) (petri.EnvironmentRef, error) {
	if ref.Revision != 0 {
		return ref, nil
	}
	e, err := client.Environment(ctx, ref)
	return ref.At(e.Latest), err
}

// envCommandFor is a command about one environment or revision.
func (a *app) envCommandFor(use, short, example string, parse func(string) (petri.EnvironmentRef, error),
	run func(context.Context, *api.Client, petri.EnvironmentRef) error,
) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Example: example, Args: cobra.ExactArgs(1), ValidArgsFunction: a.completeEnvironments,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := parse(args[0])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error { return run(ctx, client, ref) })
		},
	}
}

func (a *app) envArchiveCommand(use, short string, archived bool) *cobra.Command {
	return a.envCommandFor(use+" ENV", short, "  petri env "+use+" science/r", parseWhole,
		func(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) error {
			return a.editEnvironment(ctx, client, ref, api.EditEnvironment{Archived: &archived})
		})
}

func (a *app) editEnvironment(ctx context.Context, client *api.Client, ref petri.EnvironmentRef, in api.EditEnvironment) error {
	e, err := client.EditEnvironment(ctx, ref, in)
	if err != nil {
		return err
	}
	return a.print(e, func() { a.printEnvironment(e) })
}
