package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look at server, engine, disk and clock, and say how to mend each",
		Long: `Looks at the server and what it needs: engine, disk, overlay, clock. Where no server answers
it looks at this machine instead. Exit code 1 when something has failed.`,
		Example: `  petri doctor
  petri doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks, err := a.diagnose(cmd.Context())
			if err != nil {
				return err
			}
			if err := printList(a, checks, func() { a.printChecks(checks) }); err != nil {
				return err
			}
			if slices.ContainsFunc(checks, func(c api.Check) bool { return c.Status == "failed" }) {
				return exits(exitNo)
			}
			return nil
		},
	}
}

func (a *app) diagnose(ctx context.Context) ([]api.Check, error) {
	address := ""
	client, err := a.connect()
	if err != nil && petri.KindOf(err) != petri.Unavailable {
		return nil, err
	}
	if err == nil {
		var checks []api.Check
		address = client.URL()
		if checks, err = client.Doctor(ctx); err == nil {
			first := []api.Check{{Name: "server", Status: "ok", Detail: address + " answers"}}
			asked := time.Now()
			if info, err := client.Server(ctx); err == nil {
				first = append(first, skew(asked, time.Now(), info.Time.Time))
			}
			return append(first, checks...), nil
		}
	}
	server := api.Check{Name: "server", Status: "failed", Detail: message(err)}
	switch petri.KindOf(err) {
	case petri.Unavailable: // the message says how to start it
	case petri.Unauthenticated:
		server.Mend = "log in with: petri login " + address
	}
	checks := []api.Check{server}
	if a.opts.LocalDoctor != nil && (address == "" || near(address)) {
		checks = append(checks, a.opts.LocalDoctor(ctx)...)
	}
	return checks, nil
}

// mostSkew is how far two clocks may be apart before records of one confuse people at the other.
const mostSkew = 2 * time.Second

// skew compares the server's clock with this machine's: its answer was made between asked and
// answered.
func skew(asked, answered, server time.Time) api.Check {
	check := api.Check{Name: "clocks", Status: "ok", Detail: "the server's clock and this machine's agree"}
	ahead, behind := server.Sub(answered), asked.Sub(server)
	if max(ahead, behind) <= mostSkew {
		return check
	}
	check.Status = "warning"
	check.Detail = fmt.Sprintf("the server's clock is %s ahead of this machine's", ahead.Round(time.Second))
	if behind > ahead {
		check.Detail = fmt.Sprintf("the server's clock is %s behind this machine's", behind.Round(time.Second))
	}
	check.Mend = "keep both right with a time service (chrony, systemd-timesyncd): records carry the server's times"
	return check
}

func oneParagraph(s string) string { return strings.Join(strings.Fields(s), " ") }
