package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri/api"
)

func (a *app) whoamiCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "whoami",
		Short: "Tell who the server takes you for",
		Example: `  petri whoami
  petri whoami --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				who, err := client.Whoami(ctx)
				if err != nil {
					return err
				}
				return a.print(who, func() {
					role := ""
					if who.Admin {
						role = ", an administrator"
					}
					a.out("%s%s, at %s (by %s)", who.User, role, client.URL(), a.login.from)
				})
			})
		},
	}
}
