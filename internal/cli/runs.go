package cli

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) runsCommand() *cobra.Command {
	var filter api.RunFilter
	var project string
	var all bool
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List runs, newest first",
		Long:  `Lists the runs of the folder's project; outside of a project's folder, or with --all, of all projects that you may see.`,
		Example: `  petri runs
  petri runs --all --status running
  petri runs --tag nightly -n 5 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.runsOf(&filter, project, all); err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				runs, err := client.Runs(ctx, filter)
				if err != nil {
					return err
				}
				return printList(a, runs, func() { a.printRuns(runs) })
			})
		},
	}
	a.projectFlag(cmd, &project)
	cmd.Flags().BoolVar(&all, "all", false, "of all projects")
	cmd.Flags().StringSliceVar(&filter.Status, "status", nil, "only in these states, such as running,failed")
	cmd.Flags().StringVar(&filter.Tag, "tag", "", "only with this tag")
	cmd.Flags().IntVarP(&filter.Limit, "number", "n", 20, "list at most so many")
	_ = cmd.RegisterFlagCompletionFunc("status", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return runStatuses(), cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func runStatuses() []string {
	words := []string{}
	for _, s := range petri.RunStatuses() {
		words = append(words, string(s))
	}
	return words
}

// runsOf completes and checks what to list.
func (a *app) runsOf(filter *api.RunFilter, project string, all bool) error {
	if err := checkLimit(filter.Limit); err != nil {
		return err
	}
	for _, s := range filter.Status {
		if !slices.Contains(runStatuses(), s) {
			return petri.Errorf(petri.Invalid, "%q is not a state of a run: use %s", s, strings.Join(runStatuses(), ", "))
		}
	}
	if all {
		return nil
	}
	ref, err := a.project(project)
	if project == "" && petri.KindOf(err) == petri.NotFound {
		return nil
	}
	filter.Project = ref
	return err
}

func (a *app) printRuns(runs []api.Run) {
	s, now, rows := a.style(a.stdout), time.Now(), [][]string{}
	for _, r := range runs {
		code := ""
		if r.ExitCode != nil {
			code = strconv.Itoa(*r.ExitCode)
		}
		took := ""
		switch {
		case r.StartedAt != nil && r.FinishedAt == nil:
			took = seconds(max(0, now.Sub(r.StartedAt.Time).Seconds()))
		case r.StartedAt != nil:
			took = seconds(r.WallSeconds)
		}
		what := r.Title
		if what == "" {
			what = oneLine(strings.Join(r.Command, " "))
		}
		rows = append(rows, []string{r.Ref, s.status(r.Status), code, ago(r.CreatedAt.Time, now), took, r.Environment, strings.Join(r.Tags, ","), what})
	}
	a.table([]string{"RUN", "STATUS", "CODE", "MADE", "TOOK", "ENVIRONMENT", "TAGS", "COMMAND"}, rows)
}
