package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) packagesCommand() *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:   "packages RUN",
		Short: "List the packages that a run had, at its end or its start",
		Example: `  petri packages 17
  petri packages 17 --at start --json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := a.run(args[0])
			if err != nil {
				return err
			}
			if at != "start" && at != "end" {
				return petri.Errorf(petri.Invalid, "%q is no moment of a run: use start or end", at)
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				list, err := client.RunPackages(ctx, ref, at)
				if err != nil {
					return err
				}
				return a.printPackages(list)
			})
		},
	}
	cmd.Flags().StringVar(&at, "at", "end", "start or end")
	return cmd
}

func (a *app) printPackages(list []api.Package) error {
	return printList(a, list, func() {
		rows := [][]string{}
		for _, p := range list {
			rows = append(rows, []string{p.Ecosystem, p.Name, p.Version, p.Location})
		}
		a.table([]string{"ECOSYSTEM", "NAME", "VERSION", "LOCATION"}, rows)
	})
}

func (a *app) printPackageChanges(changes []api.PackageChange) {
	s, rows := a.style(a.stdout), [][]string{}
	for _, c := range changes {
		rows = append(rows, []string{s.status(c.Change), c.Ecosystem, c.Name, c.A, c.B})
	}
	a.table([]string{"PACKAGE", "ECOSYSTEM", "NAME", "A", "B"}, rows)
}
