package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/config"
)

func serverCommand(makeParts func(settings) (parts, error)) *cobra.Command {
	command := &cobra.Command{
		Use:   "server",
		Short: "Run the server: rows, blobs, builds and runs, all in one process",
		Long: `Run the server: rows, blobs, builds and runs, all in one process.

Everything it keeps is below its data folder. The first start makes an administrator named
after this account and leaves a token in the folder, which this account's petri finds by
itself. Settings may also stand in server.toml in the data folder (listen = "…") or in
variables (PETRI_LISTEN). Stopped with Ctrl-C or SIGTERM it leaves running containers running
and takes them up again when it is started next.`,
		Example: "  petri server --data /srv/petri --listen 127.0.0.1:8700",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := config.Load(cmd.Flags())
			if err != nil {
				return err
			}
			return serve(cmd.Context(), s, makeParts, cmd.ErrOrStderr())
		},
	}
	config.Flags(command.Flags())
	return command
}

// serve runs a server until ctx ends or the process is asked to stop.
func serve(ctx context.Context, s settings, makeParts func(settings) (parts, error), out io.Writer) error {
	// The server holds little and now and then handles much: it would rather collect more often
	// than keep twice of what a large push or clone took.
	debug.SetGCPercent(50)
	log, err := newLog(out, s.LogLevel)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	defer stop()
	folder, err := openDataFolder(s.Data)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		_ = folder.Close()
		return petri.Wrap(petri.Invalid, err, "cannot listen on %s (%v); choose another address with --listen", s.Listen, errors.Unwrap(err))
	}
	defer listener.Close() // a second time, where it was served
	sv, err := openServer(ctx, s, folder, makeParts, log)
	if err != nil {
		return err
	}
	defer sv.close()
	url := "http://" + listener.Addr().String()
	if err := sv.folder.announce(url); err != nil {
		return err
	}
	defer sv.folder.withdraw()
	log.Info("petri is up", "url", url, "data", sv.folder.path, "version", versionText())
	return sv.serve(ctx, listener)
}

// serve answers requests and works until ctx ends, then comes to rest within seconds.
func (sv *server) serve(ctx context.Context, listener net.Listener) error {
	sv.worker.Start()
	sv.recall.Start()
	sv.trials.Start()
	failed := make(chan error, 1)
	go func() { failed <- sv.web.Serve(listener) }()
	var err error
	select {
	case err = <-failed:
		err = fmt.Errorf("answer requests: %w", err)
	case <-ctx.Done():
		sv.log.Info("petri is stopping; running containers go on")
	}
	close(sv.ending)
	rest, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	return errors.Join(err, sv.recall.Stop(rest), sv.trials.Stop(rest), sv.worker.Stop(rest), closeWeb(rest, sv.web))
}

func closeWeb(ctx context.Context, web *http.Server) error {
	if err := web.Shutdown(ctx); err != nil {
		return web.Close()
	}
	return nil
}

func newLog(out io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, petri.Errorf(petri.Invalid, "%q is no log level: use debug, info, warn or error", level)
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: l})), nil
}
