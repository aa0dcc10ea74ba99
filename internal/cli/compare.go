package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

// compareFlags are petri compare's flags.
type compareFlags struct {
	how      ruleFlags
	view     comparisonView
	pictures string
}

func (a *app) compareCommand() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare RUN RUN",
		Short: "Tell what differs between two runs",
		Long: `Tells what differs between two runs: what came out of them (how they ended, metrics,
result files, standard output), and what may explain it (settings, code, packages, system).

Tables, arrays and JSON are compared cell by cell, pictures by their pixels, PDF and archives by what
they hold. Numbers are the same within tolerance where |A - B| <= atol + rtol * |B|. Rules under
[compare] in the project's petri.toml hold, but for what is said here.

Exit code 0: same, or same within tolerance; 1: different; 2: trouble.`,
		Example: `  petri compare 17 18
  petri compare 17 18 --rtol 1e-6 --key id --ignore '*.log'
  petri compare 17 18 --diff --pictures /tmp/differences
  petri compare science/churn#17 me/churn#3 --json`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := a.run(args[0])
			if err != nil {
				return err
			}
			y, err := a.run(args[1])
			if err != nil {
				return err
			}
			rules, err := f.how.rules(cmd)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error { return a.compare(ctx, client, x, y, rules, f) })
		},
	}
	f.how.add(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.view.diff, "diff", false, "also show the lines that differ")
	flags.BoolVar(&f.view.all, "all", false, "show all that differs, however long")
	flags.StringVar(&f.pictures, "pictures", "", "write pictures of how pictures differ into this folder")
	return cmd
}

func (a *app) compare(ctx context.Context, client *api.Client, x, y petri.RunRef, rules api.CompareRules, f compareFlags) error {
	c, err := client.Compare(ctx, x, y, rules)
	if err != nil {
		return err
	}
	if len(rules.Results) > 0 && len(c.Results) == 0 && !a.json {
		a.say("No result file of either run matches --result; see them with: petri results %s", c.A)
	}
	if f.pictures != "" {
		if f.view.pictures, err = a.pictures(ctx, client, x, y, c.Results, f.pictures); err != nil {
			return err
		}
	}
	if err := a.print(c, func() { a.printComparison(c, f.view) }); err != nil {
		return err
	}
	if c.Verdict == string(petri.Different) {
		return exits(exitNo)
	}
	return nil
}

// pictures writes the pictures of differences that can be drawn and tells, by result file,
// where each is.
func (a *app) pictures(ctx context.Context, client *api.Client, x, y petri.RunRef, results []api.ResultChange, folder string) (map[string]string, error) {
	written := map[string]string{}
	for _, r := range results {
		if !r.Picture {
			continue
		}
		if !filepath.IsLocal(r.Name()) {
			return written, petri.Errorf(petri.Internal, "the server's answer names a result file %s, which lies outside of the project", workdir.Quote(r.Name()))
		}
		drawn, err := client.ComparePicture(ctx, x, y, r.Name())
		if petri.KindOf(err) == petri.Invalid {
			a.say("%s", message(err))
			continue
		}
		if err != nil {
			return written, err
		}
		path := filepath.Join(folder, filepath.FromSlash(r.Name())+".difference.png")
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, drawn, 0o666)); err != nil {
			return written, petri.Wrap(petri.Invalid, err, "cannot write a picture of a difference: %v", err)
		}
		written[r.Name()] = path
	}
	return written, nil
}
