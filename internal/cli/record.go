package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) recordCommand() *cobra.Command {
	var verify, envelope bool
	cmd := &cobra.Command{
		Use:   "record RUN",
		Short: "Print a finished run's record, or verify it",
		Long: `Prints the record of a finished run; with --json byte for byte as it was sealed, so that
its SHA-256 is the record's digest. --verify recomputes everything: hash, chain, signature
and every blob that the record cites; exit code 1 when anything is not as it was.`,
		Example: `  petri record 17
  petri record 17 --json | sha256sum
  petri record 17 --verify`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := a.run(args[0])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				switch {
				case verify:
					return a.verify(ctx, client, ref)
				case envelope:
					return a.raw(client.RecordEnvelope(ctx, ref))
				case a.json:
					return a.raw(client.Record(ctx, ref))
				}
				return a.printRecord(ctx, client, ref)
			})
		},
	}
	cmd.Flags().BoolVar(&verify, "verify", false, "recompute everything and compare")
	cmd.Flags().BoolVar(&envelope, "envelope", false, "print the signed envelope (DSSE) around the record")
	cmd.MarkFlagsMutuallyExclusive("verify", "envelope")
	return cmd
}

// raw prints bytes as they are.
func (a *app) raw(b []byte, err error) error {
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(b)
	return err
}

// printRecord prints a record indented, for people.
func (a *app) printRecord(ctx context.Context, client *api.Client, ref petri.RunRef) error {
	b, err := client.Record(ctx, ref)
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, b, "", "  "); err != nil {
		return fmt.Errorf("the record is no JSON: %w", err)
	}
	indented.WriteByte('\n')
	return a.raw(indented.Bytes(), nil)
}

func (a *app) verify(ctx context.Context, client *api.Client, ref petri.RunRef) error {
	v, err := client.VerifyRun(ctx, ref)
	if err != nil {
		return err
	}
	err = a.print(v, func() {
		a.printChecks(v.Checks)
		if v.OK {
			a.out("%s: the record %s holds", v.Run, v.Record)
		} else {
			a.out("%s: the record %s does not hold", v.Run, v.Record)
		}
	})
	if err == nil && !v.OK {
		return exits(exitNo)
	}
	return err
}

func (a *app) printChecks(checks []api.Check) {
	s, rows := a.style(a.stdout), [][]string{}
	for _, c := range checks {
		detail := c.Detail
		if c.Mend != "" {
			detail += "; " + c.Mend
		}
		rows = append(rows, []string{s.status(c.Status), c.Name, oneParagraph(detail)})
	}
	a.table([]string{"", "CHECK", "DETAIL"}, rows)
}
