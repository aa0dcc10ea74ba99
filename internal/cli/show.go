package cli

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

func (a *app) showCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show RUN",
		Short: "Show a run",
		Example: `  petri show 17
  petri show science/churn#17 --json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := a.run(args[0])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				run, err := client.Run(ctx, ref)
				if err != nil {
					return err
				}
				var changes []api.PackageChange
				if run.EnvironmentChanged && !a.json {
					if changes, err = changedPackages(ctx, client, ref); err != nil {
						return err
					}
				}
				var loaded []api.Package
				if run.LoadedCount != nil && *run.LoadedCount > 0 && !a.json {
					if loaded, err = client.RunPackages(ctx, ref, "loaded"); err != nil {
						return err
					}
				}
				reproduced := ""
				if petri.RunStatus(run.Status).Sealed() && !a.json {
					known, err := client.Reproductions(ctx, ref)
					if err != nil {
						return err
					}
					reproduced = reproducedText(known)
				}
				return a.print(run, func() { a.printRun(run, changes, loaded, reproduced) })
			})
		},
	}
}

func (a *app) printRun(r api.Run, packages []api.PackageChange, loaded []api.Package, reproduced string) {
	s := a.style(a.stdout)
	status := s.ending(r)
	if r.Waiting != "" {
		status += ", waits: " + r.Waiting
	}
	changed := ""
	if r.EnvironmentChanged {
		changed = strings.Join(append([]string{s.yellow("the run changed its own packages:")}, packageChangeLines(packages, s)...), "\n")
	}
	var started, finished, used string
	if r.StartedAt != nil {
		started = timeText(r.StartedAt.Time)
	}
	if r.FinishedAt != nil {
		finished = timeText(r.FinishedAt.Time)
		used = seconds(r.WallSeconds) + ", processor " + seconds(r.CPUSeconds) + ", memory at most " + size(r.PeakMemoryBytes)
	}
	a.fields("run", s.bold(r.Ref), "title", r.Title, "status", status, "error", r.Error,
		"command", strings.Join(r.Command, " "), "commit", r.Commit, "environment", r.Environment, "image", r.ImageDigest, "packages", changed,
		"asked for", asked(r), "variables", variablesText(r.Variables), "tags", strings.Join(r.Tags, ", "), "reruns", r.RerunOf, "check", r.Check, "reproduced", reproduced,
		"by", r.CreatedBy+" ("+r.Origin+")", "made", timeText(r.CreatedAt.Time), "started", started, "finished", finished, "used", used,
		"metrics", metricsText(r.Metrics), "loaded", loadedText(r, loaded), "results", resultsText(r), "left out", leftOutText(r), "record", r.RecordDigest)
}

// ending is a run's status and, where that does not say it all, the reason: failed (exit code
// 3), stopped by alice.
func (s style) ending(r api.Run) string {
	switch rest, repeats := strings.CutPrefix(r.Reason, r.Status); {
	case r.Reason == "", r.Status == string(petri.RunError), r.Status == string(petri.RunSucceeded) && !repeats:
		return s.status(r.Status)
	case repeats:
		return s.status(r.Status) + rest
	default:
		return s.status(r.Status) + " (" + r.Reason + ")"
	}
}

func asked(r api.Run) string {
	parts := []string{}
	if r.CPUs > 0 {
		unit := " CPUs"
		if r.CPUs == 1 {
			unit = " CPU"
		}
		parts = append(parts, strconv.FormatFloat(r.CPUs, 'f', -1, 64)+unit)
	}
	if r.MemoryBytes > 0 {
		parts = append(parts, size(r.MemoryBytes))
	}
	if r.GPUs > 0 {
		parts = append(parts, count(r.GPUs, "GPU"))
	}
	if r.TimeoutSeconds > 0 {
		parts = append(parts, "at most "+seconds(r.TimeoutSeconds))
	}
	if r.Network != "" {
		parts = append(parts, "network "+r.Network)
	}
	return strings.Join(parts, ", ")
}

func variablesText(variables map[string]string) string {
	lines := []string{}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		lines = append(lines, name+"="+variables[name])
	}
	return strings.Join(lines, "\n")
}

// leftOutText lists what the run made and could not be kept.
func leftOutText(r api.Run) string {
	lines := []string{}
	for _, l := range r.LeftOut {
		if l.Path == "" {
			lines = append(lines, l.Why)
			continue
		}
		lines = append(lines, workdir.Quote(l.Name())+": "+l.Why)
	}
	return strings.Join(lines, "\n")
}

func resultsText(r api.Run) string {
	if r.ResultsCommit == "" {
		return ""
	}
	return count(len(r.Results), "file") + ", commit " + r.ResultsCommit
}
