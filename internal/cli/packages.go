package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/versions"
)

func (a *app) packagesCommand() *cobra.Command {
	var at string
	var changed, loaded, facts, text bool
	cmd := &cobra.Command{
		Use:   "packages RUN",
		Short: "List the packages that a run had, at its end or its start",
		Example: `  petri packages 17
  petri packages 17 --changed
  petri packages 17 --loaded
  petri packages 17 --facts
  petri packages 17 --text | diff - packages.txt
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
				if changed {
					changes, err := changedPackages(ctx, client, ref)
					if err != nil {
						return err
					}
					return printList(a, changes, func() { a.printPackageChanges(changes) })
				}
				if facts {
					found, err := client.RunFacts(ctx, ref)
					if err != nil {
						return err
					}
					return a.printFactList(found)
				}
				if loaded {
					at = "loaded"
				}
				list, err := client.RunPackages(ctx, ref, at)
				if err != nil {
					return err
				}
				if text {
					return a.printPackageText(list)
				}
				return a.printPackages(list)
			})
		},
	}
	cmd.Flags().StringVar(&at, "at", "end", "start or end")
	cmd.Flags().BoolVar(&changed, "changed", false, "only what the run itself changed, from its start (A) to its end (B)")
	cmd.Flags().BoolVar(&loaded, "loaded", false, "only what the run loaded")
	cmd.Flags().BoolVar(&facts, "facts", false, "what else could change its result: C library, BLAS, interpreters, locale, processor, …")
	cmd.Flags().BoolVar(&text, "text", false, packageTextHelp)
	cmd.MarkFlagsMutuallyExclusive("at", "changed", "loaded", "facts")
	cmd.MarkFlagsMutuallyExclusive("text", "changed", "facts")
	return a.withWhoUsed(cmd)
}

// changedPackages is what a run changed of its own packages.
func changedPackages(ctx context.Context, client *api.Client, ref petri.RunRef) ([]api.PackageChange, error) {
	lists := map[string]petri.PackageList{}
	for _, at := range []string{"start", "end"} {
		rows, err := client.RunPackages(ctx, ref, at)
		if err != nil {
			return nil, err
		}
		list := make([]petri.Package, len(rows))
		for i, row := range rows {
			list[i] = petri.Package(row)
		}
		lists[at] = petri.NewPackageList(list)
	}
	changes := []api.PackageChange{}
	for _, c := range petri.DiffPackages(lists["start"], lists["end"]) {
		c.Direction = versions.Direction(c.Ecosystem, c.A, c.B)
		changes = append(changes, api.PackageChange(c))
	}
	return changes, nil
}

// packageChangeLines tells changes of packages in short, a line each, and not too many.
func packageChangeLines(changes []api.PackageChange, s style) []string {
	const most = 12
	if len(changes) == 0 {
		return []string{"the same versions, in other places"}
	}
	var lines []string
	for i, c := range changes {
		if i == most && len(changes) > most+1 {
			return append(lines, fmt.Sprintf("and %d more", len(changes)-most))
		}
		version := c.A + c.B
		if c.A != "" && c.B != "" {
			version = c.A + " → " + c.B
		}
		lines = append(lines, changeWord(c, s)+" "+c.Ecosystem+" "+c.Name+" "+version)
	}
	return lines
}

// changeWord is the change, or its direction where that is known.
func changeWord(c api.PackageChange, s style) string {
	if c.Direction == "" {
		return s.status(c.Change)
	}
	return s.change(c.Direction)
}

const packageTextHelp = "as stable text for diff: a line a package, sorted, fields between tabs"

// printPackageText prints a list as records keep it, whatever its longest name; so a line differs
// only where its package does.
func (a *app) printPackageText(rows []api.Package) error {
	if a.json {
		return petri.Errorf(petri.Invalid, "--text and --json do not go together")
	}
	list := make([]petri.Package, len(rows))
	for i, row := range rows {
		list[i] = petri.Package(row)
	}
	_, err := a.stdout.Write(petri.NewPackageList(list).Encode())
	return err
}

func (a *app) printPackages(list []api.Package) error {
	return printList(a, list, func() {
		heads, rows := []string{"ECOSYSTEM", "NAME", "VERSION", "LOCATION"}, [][]string{}
		origins := slices.ContainsFunc(list, func(p api.Package) bool { return p.Origin != "" })
		if origins {
			heads = append(heads, "ORIGIN")
		}
		for _, p := range list {
			row := []string{p.Ecosystem, p.Name, p.Version, p.Location}
			if origins {
				row = append(row, p.Origin)
			}
			rows = append(rows, row)
		}
		a.table(heads, rows)
	})
}

func (a *app) printPackageChanges(changes []api.PackageChange) {
	s, rows := a.style(a.stdout), [][]string{}
	for _, c := range changes {
		rows = append(rows, []string{changeWord(c, s), c.Ecosystem, c.Name, c.A, c.B})
	}
	a.table([]string{"PACKAGE", "ECOSYSTEM", "NAME", "A", "B"}, rows)
}
