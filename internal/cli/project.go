package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) projectCommand() *cobra.Command {
	return group("project", "List, show and change projects",
		a.projectLsCommand(), a.projectShowCommand(), a.projectSetCommand(),
		a.projectArchiveCommand("archive", "Hide a project; nothing of it goes away", true),
		a.projectArchiveCommand("unarchive", "Show a hidden project again", false))
}

func (a *app) projectLsCommand() *cobra.Command {
	var filter api.ProjectFilter
	cmd := &cobra.Command{
		Use:     "ls",
		Short:   "List the projects you may see",
		Example: `  petri project ls --owner science`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkOwner(filter.Owner); err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				list, err := client.Projects(ctx, filter)
				if err != nil {
					return err
				}
				return printList(a, list, func() {
					rows := [][]string{}
					for _, p := range list {
						rows = append(rows, []string{p.Ref + archivedMark(p.Archived), p.Visibility, p.Environment, strconv.Itoa(p.Runs), petri.CommitID(p.Head).Short(), ago(p.CreatedAt.Time, time.Now())})
					}
					a.table([]string{"PROJECT", "VISIBLE TO", "ENVIRONMENT", "RUNS", "HEAD", "MADE"}, rows)
				})
			})
		},
	}
	cmd.Flags().StringVar(&filter.Owner, "owner", "", "only those of this user or team")
	cmd.Flags().BoolVar(&filter.Archived, "archived", false, "also archived ones")
	return cmd
}

func checkOwner(owner string) error {
	if owner == "" {
		return nil
	}
	return petri.CheckName("user or team", owner)
}

func archivedMark(archived bool) string {
	if archived {
		return " (archived)"
	}
	return ""
}

// projectArg is the project that a command's only argument names, or the folder's own.
func (a *app) projectArg(args []string) (petri.ProjectRef, error) {
	if len(args) > 0 {
		return parseProject(args[0])
	}
	return a.project("")
}

func (a *app) projectShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show [PROJECT]",
		Short: "Show a project",
		Example: `  petri project show
  petri project show science/churn --json`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeProjects,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := a.projectArg(args)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				p, err := client.Project(ctx, ref)
				if err != nil {
					return err
				}
				return a.printProject(p)
			})
		},
	}
}

func (a *app) printProject(p api.Project) error {
	return a.print(p, func() {
		a.fields("project", p.Ref+archivedMark(p.Archived), "visible to", p.Visibility, "environment", p.Environment, "head", p.Head,
			"runs", strconv.Itoa(p.Runs), "made", timeText(p.CreatedAt.Time), "by", p.CreatedBy)
	})
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

func (a *app) projectSetCommand() *cobra.Command {
	var environment, visibility string
	cmd := &cobra.Command{
		Use:   "set [PROJECT]",
		Short: "Change a project's environment or visibility",
		Long: `Changes a project's environment or visibility. In the project's folder the environment is
written into petri.toml too.`,
		Example: `  petri project set --env science/r@4
  petri project set science/churn --visibility team`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeProjects,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := a.projectArg(args)
			if err != nil {
				return err
			}
			in, err := editProject(cmd, environment, visibility)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				p, err := client.EditProject(ctx, ref, in)
				if err != nil {
					return err
				}
				if here, err := a.place(); err == nil && in.Environment != nil && (here.project == ref || showProject(here.project) == p.Ref) {
					if err := writeSettings(here.folder.Root, here.settings.Project, p.Environment); err != nil {
						return err
					}
				}
				return a.printProject(p)
			})
		},
	}
	cmd.Flags().StringVar(&environment, "env", "", "the environment that its runs use")
	cmd.Flags().StringVar(&visibility, "visibility", "", "who may see it: private, team or everyone")
	_ = cmd.RegisterFlagCompletionFunc("env", a.completeEnvironments)
	_ = cmd.RegisterFlagCompletionFunc("visibility", visibilities)
	return cmd
}

func visibilities(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"private", "team", "everyone"}, cobra.ShellCompDirectiveNoFileComp
}

func editProject(cmd *cobra.Command, environment, visibility string) (api.EditProject, error) {
	var in api.EditProject
	if cmd.Flags().Changed("env") {
		if environment != "" {
			ref, err := parseEnvironment(environment)
			if err != nil {
				return in, err
			}
			environment = showEnvironment(ref)
		}
		in.Environment = &environment
	}
	if cmd.Flags().Changed("visibility") {
		if _, err := petri.ParseVisibility(visibility); err != nil {
			return in, err
		}
		in.Visibility = &visibility
	}
	if in.Environment == nil && in.Visibility == nil {
		return in, petri.Errorf(petri.Invalid, "nothing to change: say --env or --visibility")
	}
	return in, nil
}

func (a *app) projectArchiveCommand(use, short string, archived bool) *cobra.Command {
	return &cobra.Command{
		Use:               use + " [PROJECT]",
		Short:             short,
		Example:           "  petri project " + use + " science/churn",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeProjects,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := a.projectArg(args)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				p, err := client.EditProject(ctx, ref, api.EditProject{Archived: &archived})
				if err != nil {
					return err
				}
				return a.printProject(p)
			})
		},
	}
}
