package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// app is one run of the command line: what all commands share.
type app struct {
	opts   Options
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	json   bool
	// wantJSON: --json stands among the arguments, though they may be wrong and so never parsed.
	wantJSON bool
	getenv   func(string) string

	login  *login
	client *api.Client
}

func newApp(o Options) *app {
	a := &app{opts: o, stdin: o.Stdin, stdout: o.Stdout, stderr: o.Stderr, getenv: os.Getenv}
	if a.stdin == nil {
		a.stdin = os.Stdin
	}
	if a.stdout == nil {
		a.stdout = os.Stdout
	}
	if a.stderr == nil {
		a.stderr = os.Stderr
	}
	return a
}

// The groups of commands in petri's help.
const (
	groupWork   = "work"
	groupRuns   = "runs"
	groupEnv    = "environments"
	groupServer = "server"
)

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "petri",
		Short: "Run code in named environments and keep a record of every run",
		Long: `Petri runs code in environments that can be named, shared, changed safely and brought
back exactly, and keeps an immutable record of every run.`,
		Example: `  petri env create r --from debian:12 -f r.instructions
  petri init --project churn --env r
  petri run -- Rscript main.R
  petri compare 1 2`,
		Version:       a.opts.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetVersionTemplate("petri {{.Version}}\n")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print JSON, and errors as JSON on stderr")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err) })
	root.AddGroup(
		&cobra.Group{ID: groupWork, Title: "Projects:"}, &cobra.Group{ID: groupRuns, Title: "Runs:"},
		&cobra.Group{ID: groupEnv, Title: "Environments:"}, &cobra.Group{ID: groupServer, Title: "Server:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add(groupWork, a.initCommand(), a.projectCommand(), a.statusCommand(), a.pushCommand(), a.pullCommand(), a.logCommand(), a.cloneCommand(),
		a.checkCommand(), a.checksCommand())
	add(groupRuns, a.runCommand(), a.runsCommand(), a.showCommand(), a.logsCommand(), a.stopCommand(), a.resultsCommand(),
		a.packagesCommand(), a.metricCommand(), a.rerunCommand(), a.compareCommand(), a.reproduceCommand(), a.recordCommand())
	add(groupEnv, a.envCommand())
	add(groupServer, a.loginCommand(), a.logoutCommand(), a.whoamiCommand(), a.doctorCommand())
	if a.opts.Server != nil {
		add(groupServer, a.opts.Server())
	}
	checkArguments(root)
	return root
}

// checkArguments makes wrong numbers of arguments an error of ours, with the way out.
func checkArguments(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usage(cmd, err)
			}
			return nil
		}
	}
	for _, child := range cmd.Commands() {
		checkArguments(child)
	}
}

// usage is an error in how a command was called.
func usage(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		err = fmt.Errorf("%q is no value for --%s, which takes %s", value.GetValue(), value.GetFlag().Name, takes(value.GetFlag().Value.Type()))
	}
	wrong := petri.Errorf(petri.Invalid, "%v; see: %s --help", err, cmd.CommandPath())
	if cmd.Name() == "run" && !cmd.HasSubCommands() {
		return orExit(exitPetri, wrong)
	}
	return wrong
}

// takes is the kind of value that flags of a type take.
func takes(flagType string) string {
	switch flagType {
	case "int":
		return "a whole number"
	case "float64":
		return "a number"
	case "duration":
		return "a duration, as 10s or 2m"
	case "bool":
		return "true or false"
	}
	return "another kind of value"
}

// group is a command that only holds others.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(children...)
	return cmd
}

// printJSON prints an object as --json does.
func (a *app) printJSON(v any) error {
	encoder := json.NewEncoder(a.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// print prints v as JSON where that was asked for, else what text prints.
func (a *app) print(v any, text func()) error {
	if a.json {
		return a.printJSON(v)
	}
	text()
	return nil
}

// printList is print for a list, which is never null.
func printList[T any](a *app, list []T, text func()) error {
	if list == nil {
		list = []T{}
	}
	return a.print(list, text)
}

func (a *app) out(format string, args ...any) {
	_, _ = io.WriteString(a.stdout, tame(fmt.Sprintf(format+"\n", args...)))
}

// say tells about progress, on stderr.
func (a *app) say(format string, args ...any) {
	_, _ = io.WriteString(a.stderr, tame(fmt.Sprintf(format+"\n", args...)))
}

// connect gives the client of the server that is configured.
func (a *app) connect() (*api.Client, error) {
	if a.client != nil {
		return a.client, nil
	}
	found, err := a.findLogin()
	if err != nil {
		return nil, err
	}
	a.login = &found
	a.client = api.New(found.URL, found.Token, api.Options{UserAgent: "petri/" + a.opts.Version})
	return a.client, nil
}

// with connects and calls fn: the shape of most commands.
func (a *app) with(ctx context.Context, fn func(context.Context, *api.Client) error) error {
	client, err := a.connect()
	if err != nil {
		return err
	}
	return fn(ctx, client)
}
