package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

func (a *app) envShowCommand() *cobra.Command {
	return a.envCommandFor("show REF", "Show an environment (NAME) or a revision (NAME@3)",
		"  petri env show science/r\n  petri env show science/r@3 --json", parseEnvironment,
		func(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) error {
			if ref.Revision == 0 {
				e, err := client.Environment(ctx, ref)
				if err != nil {
					return err
				}
				return a.print(e, func() { a.printEnvironment(e) })
			}
			r, err := client.Revision(ctx, ref)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(r)
			}
			a.printRevision(r, a.triedIn(ctx, client, ref))
			return nil
		})
}

func (a *app) printEnvironment(e api.Environment) {
	s := a.style(a.stdout)
	a.fields("environment", s.bold(e.Ref)+archivedMark(e.Archived), "description", e.Description, "active revision", activeText(e),
		"latest revision", strconv.Itoa(e.Latest)+", "+s.status(e.LatestStatus), "visible to", e.Visibility,
		"made", timeText(e.CreatedAt.Time), "by", e.CreatedBy)
}

// triedIn says what the newest finished trial of a revision found; "" where there is none, or it
// cannot be had: the revision is shown all the same.
func (a *app) triedIn(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) string {
	trials, _ := client.Trials(ctx, ref)
	for _, t := range trials {
		if t.Status == string(petri.StudyDone) {
			return t.Ref + " against " + t.Control + ": " + t.Sentence
		}
	}
	return ""
}

func (a *app) printRevision(r api.Revision, trial string) {
	s := a.style(a.stdout)
	files := []string{}
	for _, f := range r.Files {
		files = append(files, workdir.Quote(f.Name()))
	}
	active, packages, image := "", "", ""
	if r.Active {
		active = "yes"
	}
	if r.Status == string(petri.BuildReady) {
		packages = strconv.Itoa(r.PackageCount)
		image = r.ImageDigest + ", " + size(r.ImageBytes)
	}
	took := ""
	if r.BuildSeconds > 0 {
		took = seconds(r.BuildSeconds)
	}
	a.fields("revision", s.bold(r.Ref), "status", s.status(r.Status), "error", r.Error, "active", active, "trial", trial, "note", r.Note,
		"base", r.Base, "base image", r.BaseDigest, "image", image, "packages", packages, "reused from", r.ReusedFrom,
		"built in", took, "variables", variablesText(r.Variables), "files", strings.Join(files, "\n"),
		"made", timeText(r.CreatedAt.Time), "by", r.CreatedBy, "instructions", r.Instructions)
}

func (a *app) envRevisionsCommand() *cobra.Command {
	return a.envCommandFor("revisions ENV", "List an environment's revisions, newest first", "  petri env revisions science/r", parseWhole,
		func(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) error {
			list, err := client.Revisions(ctx, ref)
			if err != nil {
				return err
			}
			return printList(a, list, func() {
				s, rows := a.style(a.stdout), [][]string{}
				for _, r := range list {
					mark := ""
					if r.Active {
						mark = "active"
					}
					packages, bytes := "", ""
					if r.ImageDigest != "" {
						packages, bytes = strconv.Itoa(r.PackageCount), size(r.ImageBytes)
					}
					rows = append(rows, []string{r.Ref, s.status(r.Status), mark, r.Base, packages, bytes, ago(r.CreatedAt.Time, time.Now()), r.CreatedBy, oneLine(r.Note)})
				}
				a.table([]string{"REVISION", "STATUS", "", "BASE", "PACKAGES", "SIZE", "MADE", "BY", "NOTE"}, rows)
			})
		})
}

func (a *app) envPackagesCommand() *cobra.Command {
	var facts, text bool
	cmd := a.envCommandFor("packages REF", "List what is installed in a revision", "  petri env packages science/r@3\n  petri env packages science/r@3 --text >packages.txt\n  petri env packages science/r --facts\n  petri env packages science/r --json", parseEnvironment,
		func(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) error {
			if facts {
				found, err := client.RevisionFacts(ctx, ref)
				if err != nil {
					return err
				}
				return a.printFactList(found)
			}
			list, err := client.RevisionPackages(ctx, ref)
			if err != nil {
				return err
			}
			if text {
				return a.printPackageText(list)
			}
			return a.printPackages(list)
		})
	cmd.Flags().BoolVar(&facts, "facts", false, "what else can change a result: C library, BLAS, interpreters, locale, time zone")
	cmd.Flags().BoolVar(&text, "text", false, packageTextHelp)
	cmd.MarkFlagsMutuallyExclusive("facts", "text")
	return cmd
}

func (a *app) envUsageCommand() *cobra.Command {
	return a.envCommandFor("usage ENV", "Tell who uses an environment", "  petri env usage science/r", parseWhole,
		func(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) error {
			u, err := client.EnvironmentUsage(ctx, ref)
			if err != nil {
				return err
			}
			return a.print(u, func() {
				a.fields("projects", strings.Join(u.Projects, "\n"), "based on it", strings.Join(u.Environments, "\n"), "runs", strconv.Itoa(u.Runs))
			})
		})
}

func (a *app) envDuplicateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "duplicate REF NAME",
		Short: "Make an environment of your own from a revision of another",
		Example: `  petri env duplicate science/r@4 r-next
  petri env duplicate r r-next`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeEnvironments,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := parseEnvironment(args[0])
			if err != nil {
				return err
			}
			to, err := parseWhole(args[1])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				e, err := client.DuplicateEnvironment(ctx, ref, api.DuplicateEnvironment{Owner: to.Owner, Name: to.Name})
				if err != nil {
					return err
				}
				return a.print(e, func() { a.out("Made %s from %s", e.Ref, args[0]) })
			})
		},
	}
}

func (a *app) envDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff REF REF",
		Short: "Tell what differs between two revisions: definition, facts and packages",
		Example: `  petri env diff science/r@3 science/r@4
  petri env diff science/r me/r-next --json`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeEnvironments,
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := parseEnvironment(args[0])
			if err != nil {
				return err
			}
			y, err := parseEnvironment(args[1])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				d, err := client.EnvironmentDiff(ctx, x, y)
				if err != nil {
					return err
				}
				return a.print(d, func() { a.printEnvironmentDiff(d) })
			})
		},
	}
}

func (a *app) printEnvironmentDiff(d api.EnvironmentDiff) {
	s := a.style(a.stdout)
	if len(d.Settings)+len(d.Facts)+len(d.Files)+len(d.Packages) == 0 && d.Instructions == "" {
		a.out("%s and %s are the same", d.A, d.B)
		return
	}
	a.out("A is %s, B is %s", d.A, d.B)
	if len(d.Settings) > 0 {
		a.out("\n%s", s.bold("Settings"))
		a.printFieldChanges(d.Settings)
	}
	if d.Instructions != "" {
		a.out("\n%s", s.bold("Instructions"))
		a.printHunks(d.Instructions, true)
	}
	if len(d.Files) > 0 {
		a.out("\n%s", s.bold("Files"))
		a.printChanges(d.Files)
	}
	if len(d.Facts) > 0 {
		a.out("\n%s", s.bold("Facts"))
		a.printFacts(d.Facts)
	}
	if len(d.Packages) > 0 {
		a.out("\n%s", s.bold("Packages"))
		a.printPackageChanges(d.Packages)
	}
}
