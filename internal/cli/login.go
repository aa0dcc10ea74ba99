package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) loginCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "login URL",
		Short: "Store which server to use, and your token for it",
		Long: `Asks for your token, or reads it from standard input, tries it, and stores it with the
server's address in ~/.config/petri/login.json, which only you can read. On the machine of
your own server no login is needed.`,
		Example: `  petri login https://petri.example.org
  petri login http://127.0.0.1:8700 < token`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			url := strings.TrimRight(args[0], "/")
			if err := checkURL(url); err != nil {
				return err
			}
			token, err := a.readToken()
			if err != nil {
				return err
			}
			return a.logIn(cmd.Context(), login{URL: url, Token: token})
		},
	}
}

// readToken reads a token: PETRI_TOKEN, or from the terminal without showing it, or a line of
// standard input.
func (a *app) readToken() (string, error) {
	if token := a.getenv("PETRI_TOKEN"); token != "" {
		return token, nil
	}
	token := ""
	if file, ok := a.stdin.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		_, _ = fmt.Fprint(a.stderr, "Token: ")
		b, err := term.ReadPassword(int(file.Fd()))
		a.say("")
		if err != nil {
			return "", petri.Wrap(petri.Invalid, err, "the token could not be read (%v)", err)
		}
		token = string(b)
	} else {
		token, _ = bufio.NewReader(a.stdin).ReadString('\n')
	}
	token = strings.TrimSpace(token)
	if token == "" || strings.ContainsAny(token, " \t") {
		return "", petri.Errorf(petri.Invalid, "no token was given; type it, pipe it in, or set PETRI_TOKEN. The server's administrator has one for you")
	}
	return token, nil
}

func (a *app) logIn(ctx context.Context, l login) error {
	client := api.New(l.URL, l.Token, api.Options{UserAgent: "petri/" + a.opts.Version})
	who, err := client.Whoami(ctx)
	if err != nil {
		return err
	}
	path, err := a.loginFile()
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return fmt.Errorf("store the login: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("store the login: %w", err)
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("store the login: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("store the login: %w", err)
	}
	return a.print(who, func() { a.out("Logged in to %s as %s", l.URL, who.User) })
}
