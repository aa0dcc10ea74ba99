package witness

import (
	"fmt"
	"io"

	"github.com/petri-dev/petri"
)

// toolUsage is what petri can do inside a run.
const toolUsage = `Inside a run, petri knows one thing: what the run says of itself.

  petri metric NAME VALUE    note a number or a text; said again, the later value counts

  petri metric auc 0.914
  petri metric model "gradient boosting"

Metrics are on the run's record, are shown by petri show, and are compared by petri compare.
`

// wrongUse is the tool's exit code for everything that went wrong.
const wrongUse = 2

// Tool is petri as commands inside a run can call it; args are without the program's name. It
// returns the exit code: 0 where a metric was kept, 2 otherwise.
func Tool(args []string, stdout, stderr io.Writer) int {
	switch {
	case len(args) == 0:
		_, _ = io.WriteString(stderr, toolUsage)
		return wrongUse
	case asksHelp(args[0]), args[0] == "metric" && len(args) == 2 && asksHelp(args[1]):
		_, _ = io.WriteString(stdout, toolUsage)
		return 0
	case args[0] != "metric":
		fmt.Fprintf(stderr, "petri: %q works outside of runs only, where the project's folder is; inside a run there is: petri metric NAME VALUE\n", clipped(args[0]))
		return wrongUse
	}
	said := args[1:]
	if len(said) > 0 && said[0] == "--" {
		said = said[1:]
	}
	if len(said) != 2 {
		fmt.Fprintf(stderr, "petri: a metric has a name and one value, as in: petri metric auc 0.914 (%d given)\n", len(said))
		return wrongUse
	}
	if err := sayMetric(metricAddress, said[0], said[1]); err != nil {
		fmt.Fprintf(stderr, "petri: %s\n", petri.MessageOf(err))
		return wrongUse
	}
	return 0
}

func asksHelp(word string) bool { return word == "--help" || word == "-h" || word == "help" }

func clipped(word string) string {
	const most = 60
	if len(word) > most {
		return word[:most] + "…"
	}
	return word
}
