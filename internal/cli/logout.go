package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

func (a *app) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "logout",
		Short:   "Forget the stored server and token",
		Example: `  petri logout`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			path, err := a.loginFile()
			if err != nil {
				return err
			}
			err = os.Remove(path)
			if errors.Is(err, fs.ErrNotExist) {
				a.say("No login is stored")
				return nil
			}
			if err != nil {
				return fmt.Errorf("forget the login: %w", err)
			}
			a.say("Logged out")
			return nil
		},
	}
}
