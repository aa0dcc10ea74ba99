package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// metricCommand is what petri metric is outside of runs; inside, the witness answers to the name.
func (a *app) metricCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "metric NAME VALUE",
		Short: "Inside a run: note a number or a text on the run's record",
		Long: `Inside a run: note a number or a text on the run's record.

The command of a run finds petri on its PATH, whatever its image and whether or not it has a network. Said
again, the later value counts. A file petri-metrics.json (or dominostats.json) at the project's root, an
object of names and numbers or texts, does the same for a run that writes it.`,
		Example: `  petri run -- sh -c 'petri metric auc 0.914'
  petri show 17`,
		DisableFlagParsing: true, // a value may be -0.5
		RunE: func(cmd *cobra.Command, args []string) error {
			if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
				return cmd.Help()
			}
			return petri.Errorf(petri.Invalid, "petri metric works inside a run only: call it from the run's command, as in: petri run -- sh -c 'petri metric auc 0.914'")
		},
	}
}

// metricsText is a run's metrics, a line each, and not too many.
func metricsText(metrics []api.Metric) string {
	const most = 20
	lines := []string{}
	for i, m := range metrics {
		if i == most && len(metrics) > most+1 {
			lines = append(lines, fmt.Sprintf("and %d more", len(metrics)-most))
			break
		}
		lines = append(lines, oneLine(m.Name)+" "+metricValue(m))
	}
	return strings.Join(lines, "\n")
}

func metricValue(m api.Metric) string {
	switch value := m.Value.(type) {
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64)
	case string:
		return fit(value, 200)
	}
	return fmt.Sprint(m.Value)
}

// loadedText tells in short what a run loaded, a line an ecosystem; "" where that is not known.
func loadedText(r api.Run, loaded []api.Package) string {
	const most = 10
	if r.LoadedCount == nil {
		return ""
	}
	byEcosystem, order := map[string][]string{}, []string{}
	for _, p := range loaded {
		if len(byEcosystem[p.Ecosystem]) == 0 {
			order = append(order, p.Ecosystem)
		}
		byEcosystem[p.Ecosystem] = append(byEcosystem[p.Ecosystem], p.Name+" "+p.Version)
	}
	slices.SortStableFunc(order, func(x, y string) int { // a language's own before the system's
		return strings.Compare(strconv.FormatBool(petri.OfSystem(x)), strconv.FormatBool(petri.OfSystem(y)))
	})
	lines := []string{}
	for _, ecosystem := range order {
		names := byEcosystem[ecosystem]
		more := ""
		if len(names) > most+1 {
			names, more = names[:most], fmt.Sprintf(" and %d more", len(names)-most)
		}
		lines = append(lines, ecosystem+": "+strings.Join(names, ", ")+more)
	}
	if len(lines) == 0 {
		return "no packages"
	}
	return strings.Join(lines, "\n")
}
