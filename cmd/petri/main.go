// Command petri is the whole of Petri in one binary: the server, and the client for the
// terminal. This package is the only place that knows every part; it wires them, starts
// them and stops them, and holds no rule of its own.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri/internal/cli"
)

// version is set by the Makefile; a plain `go build` leaves it to the build's own notes.
var version string

func main() { os.Exit(run(context.Background(), os.Args[1:], dockerParts)) }

// run is main with the engine given, so that tests can give another. The first Ctrl-C, or
// TERM, asks what goes on to end in good order; the second ends it at once, but where a
// command has a use for it.
func run(ctx context.Context, args []string, parts func(settings) (parts, error)) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return cli.New(cli.Options{
		Version: versionText(),
		Stdin:   os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Server:      func() *cobra.Command { return serverCommand(parts) },
		LocalDoctor: localDoctor,
	}).Execute(ctx, args)
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}
