package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri/api"
)

// Options are what the program gives the command line.
type Options struct {
	Version string
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	// Server makes the command "petri server"; nil for a build without one.
	Server func() *cobra.Command
	// LocalDoctor looks at this machine where no server answers; nil for no look.
	LocalDoctor func(ctx context.Context) []api.Check
}

// CLI is the command line.
type CLI struct{ opts Options }

// New is a command line with these options.
func New(opts Options) *CLI { return &CLI{opts: opts} }

// Execute runs one command to its end and gives the process's exit code (exit.go). args are
// without the program's name. Ctrl-C is expected to cancel ctx, but for the commands that
// follow a run, which take it themselves.
func (c *CLI) Execute(ctx context.Context, args []string) int {
	a := newApp(c.opts)
	root := a.root()
	root.SetArgs(args)
	a.wantJSON = asksForJSON(args)
	return a.exit(root.ExecuteContext(ctx))
}

// asksForJSON tells whether --json is among petri's own arguments.
func asksForJSON(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--":
			return false
		case "--json", "--json=true":
			return true
		}
	}
	return false
}
