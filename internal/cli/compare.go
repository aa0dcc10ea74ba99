package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

func (a *app) compareCommand() *cobra.Command {
	var hunks bool
	cmd := &cobra.Command{
		Use:   "compare RUN RUN",
		Short: "Tell what differs between two runs",
		Long:  `Tells what differs between two runs. Exit code 0: same; 1: different; 2: trouble.`,
		Example: `  petri compare 17 18
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
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error { return a.compare(ctx, client, x, y, hunks) })
		},
	}
	cmd.Flags().BoolVar(&hunks, "diff", false, "also show the lines that differ")
	return cmd
}

func (a *app) compare(ctx context.Context, client *api.Client, x, y petri.RunRef, hunks bool) error {
	c, err := client.Compare(ctx, x, y)
	if err != nil {
		return err
	}
	if err := a.print(c, func() { a.printComparison(c, hunks) }); err != nil {
		return err
	}
	if c.Verdict == "different" {
		return exits(exitNo)
	}
	return nil
}

func (a *app) printComparison(c api.Comparison, hunks bool) {
	s := a.style(a.stdout)
	a.out("%s and %s: %s", c.A, c.B, s.bold(s.status(verdictText(c.Verdict))))
	section := func(title string, n int) bool {
		if n > 0 {
			a.out("\n%s", s.bold(title))
		}
		return n > 0
	}
	if section("Settings", len(c.Settings)) {
		a.printFieldChanges(c.Settings)
	}
	if section("Code", len(c.Code)) {
		a.printChanges(c.Code)
		for _, f := range c.Code {
			a.printHunks(f.Hunks, hunks)
		}
	}
	if section("Packages", len(c.Packages)) {
		a.printPackageChanges(c.Packages)
	}
	if section("Metrics", len(c.Metrics)) {
		rows := [][]string{}
		for _, m := range c.Metrics {
			rows = append(rows, []string{m.Name, m.A, m.B, number(m.Delta)})
		}
		a.table([]string{"METRIC", "A", "B", "DELTA"}, rows)
	}
	if results := notSame(c.Results); section("Results", len(results)) {
		a.printResultChanges(results, hunks)
	}
	if c.Stdout.Verdict == "different" {
		a.out("\n%s  %d lines added, %d removed", s.bold("Standard output"), c.Stdout.Added, c.Stdout.Removed)
	}
}

func verdictText(verdict string) string {
	if verdict == "tolerance" {
		return "same within tolerance"
	}
	return verdict
}

func notSame(results []api.ResultChange) []api.ResultChange {
	var list []api.ResultChange
	for _, r := range results {
		if r.Verdict != "same" {
			list = append(list, r)
		}
	}
	return list
}

func (a *app) printFieldChanges(changes []api.FieldChange) {
	rows := [][]string{}
	for _, f := range changes {
		rows = append(rows, []string{f.Field, oneLine(f.A), oneLine(f.B)})
	}
	a.table([]string{"SETTING", "A", "B"}, rows)
}

func (a *app) printResultChanges(results []api.ResultChange, hunks bool) {
	s, rows := a.style(a.stdout), [][]string{}
	for _, r := range results {
		rows = append(rows, []string{s.status(r.Verdict), workdir.Quote(r.Name()), r.Kind, r.Summary, number(r.MaxAbs), number(r.MaxRel)})
	}
	a.table([]string{"RESULT", "FILE", "KIND", "WHAT DIFFERS", "MOST", "MOST RELATIVE"}, rows)
	for _, r := range results {
		a.printHunks(r.Hunks, hunks)
	}
}

func (a *app) printHunks(hunks string, wanted bool) {
	if !wanted || hunks == "" {
		return
	}
	s := a.style(a.stdout)
	for line := range strings.Lines(hunks) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "+"):
			line = s.green(line)
		case strings.HasPrefix(line, "-"):
			line = s.red(line)
		}
		_, _ = fmt.Fprintln(a.stdout, line)
	}
}

func number(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'g', 6, 64)
}
