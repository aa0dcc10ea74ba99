package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

// withWhoUsed lets the command about one run's packages also tell who used a package: --loaded,
// which the command has, goes for both.
func (a *app) withWhoUsed(cmd *cobra.Command) *cobra.Command {
	var q api.PackageQuestion
	var before string
	of := cmd.RunE
	cmd.Use = "packages RUN | --who-used PACKAGE"
	cmd.Short = "List the packages that a run had, or who used a package"
	cmd.Long = `List the packages that a run had, at its end or its start; or, with --who-used, the revisions, projects,
runs and result files that a package had a part in.

PACKAGE is a name, with an ecosystem before it and versions after it where they matter: scipy, 'scipy<1.8',
'r:survival>=3.2,<3.5', 'deb:libopenblas0-pthread==0.3.13*'. A condition is ==, !=, <, <=, >, >= or ~= and a version;
all of them must hold, in the order of the package's own ecosystem. A run used what was installed at its start and what
it installed itself; with --loaded only what its programs did load, which is seen of Python, R, npm and Julia packages and of
Debian's BLAS and LAPACK.`
	cmd.Example += `
  petri packages --who-used 'scipy<1.8'
  petri packages --who-used r:survival --loaded --json`
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch {
		case !cmd.Flags().Changed("who-used"):
			return cobra.ExactArgs(1)(cmd, args)
		case len(args) > 0:
			return petri.Errorf(petri.Invalid, "--who-used asks about all runs: give it without %q", args[0])
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed("who-used") {
			for _, flag := range []string{"limit", "before"} {
				if cmd.Flags().Changed(flag) {
					return petri.Errorf(petri.Invalid, "--%s is for --who-used only", flag)
				}
			}
			return of(cmd, args)
		}
		if err := checkQuestion(q); err != nil {
			return err
		}
		q.Loaded, _ = cmd.Flags().GetBool("loaded")
		if before != "" {
			var err error
			if q.Before, err = a.run(before); err != nil {
				return err
			}
		}
		return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
			use, err := client.WhoUsed(ctx, q)
			if err != nil {
				return err
			}
			return a.print(use, func() { a.printPackageUse(use) })
		})
	}
	cmd.Flags().StringVar(&q.Query, "who-used", "", "who used this `PACKAGE`, of all runs and revisions that you may see")
	cmd.Flags().IntVar(&q.Limit, "limit", 20, "with --who-used, the most that each list shows")
	cmd.Flags().StringVar(&before, "before", "", "with --who-used, only runs made before this `RUN`")
	for _, other := range []string{"at", "changed", "facts"} {
		cmd.MarkFlagsMutuallyExclusive("who-used", other)
	}
	return cmd
}

// checkQuestion refuses what a query would not carry to the server.
func checkQuestion(q api.PackageQuestion) error {
	switch {
	case strings.TrimSpace(q.Query) == "":
		return petri.Errorf(petri.Invalid, "no package named: write a package's name, and versions where they matter, as in 'scipy<1.8'")
	case q.Limit < 1 || q.Limit > 1000:
		return petri.Errorf(petri.Invalid, "a list cannot show %d at most: ask for 1 to 1000", q.Limit)
	}
	return nil
}

func (a *app) printPackageUse(use api.PackageUse) {
	s, n := a.style(a.stdout), use.Counts
	a.out("%s", s.bold(packageUseSentence(use)))
	if use.Unknown > 0 {
		a.out("Of %s that had it, it is not known what they loaded.", count(use.Unknown, "more run"))
	}
	if use.Pending > 0 {
		a.out("%s must yet be entered into the index: the answer may still grow.", count(use.Pending, "older package list"))
	}
	revisions := [][]string{}
	for _, r := range use.Revisions {
		revisions = append(revisions, []string{r.Ref, packageVersions(r.Packages), r.CreatedBy, ago(r.CreatedAt.Time, time.Now())})
	}
	a.usedBy("revisions", n.Revisions, []string{"REVISION", "VERSION", "BY", "MADE"}, revisions)
	projects := [][]string{}
	for _, p := range use.Projects {
		projects = append(projects, []string{p.Ref, strconv.Itoa(p.Runs), strconv.Itoa(p.ResultFiles)})
	}
	a.usedBy("projects", n.Projects, []string{"PROJECT", "RUNS", "RESULT FILES"}, projects)
	runs, files := [][]string{}, [][]string{}
	for _, r := range use.Runs {
		runs = append(runs, []string{r.Ref, s.status(r.Status), packageVersions(r.Packages), r.Environment, r.CreatedBy, ago(r.CreatedAt.Time, time.Now()), strconv.Itoa(r.ResultFiles)})
		for _, f := range r.Results {
			if len(files) < maxUsedFiles {
				files = append(files, []string{workdir.Quote(f.Name()), r.Ref, size(f.Bytes)})
			}
		}
	}
	a.usedBy("runs", n.Runs, []string{"RUN", "STATUS", "VERSION", "ENVIRONMENT", "BY", "MADE", "RESULT FILES"}, runs)
	if use.Next != "" {
		a.out("%s", s.faint("older ones: --before "+use.Next))
	}
	a.usedBy("result files", n.ResultFiles, []string{"RESULT FILE", "RUN", "SIZE"}, files)
}

// maxUsedFiles bounds the result files that are named; petri results RUN lists a run's.
const maxUsedFiles = 20

// usedBy prints one table, and how much of the whole it is where it is not all.
func (a *app) usedBy(what string, all int, heading []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	a.out("")
	a.table(heading, rows)
	if len(rows) < all {
		a.out("%s", a.style(a.stdout).faint(fmt.Sprintf("%d of %d %s", len(rows), all, what)))
	}
}

func packageUseSentence(use api.PackageUse) string {
	n, verb := use.Counts, "used"
	if use.Loaded {
		verb = "loaded"
	}
	if n.Runs+n.Revisions == 0 {
		return fmt.Sprintf("No run that you may see %s %s, and no revision has it.", verb, use.Query)
	}
	if n.Runs == 0 {
		return fmt.Sprintf("%s: %s by no run that you may see; in %s.", use.Query, verb, count(n.Revisions, "revision"))
	}
	return fmt.Sprintf("%s: %s by %s in %s, in %s, %s.", use.Query, verb, count(n.Runs, "run"), count(n.Projects, "project"),
		count(n.Revisions, "revision"), count(n.ResultFiles, "result file"))
}

// packageVersions is "python 1.7.3", or several.
func packageVersions(list []api.Package) string {
	var texts []string
	for _, p := range list {
		texts = append(texts, p.Ecosystem+" "+oneLine(p.Version))
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), ", ")
}
