package buildkit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/petri-dev/petri"
)

// explain gives an error of Docker's a kind, where the error itself tells.
func (b *Builder) explain(ctx context.Context, operation string, err error) error {
	var known *petri.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return fmt.Errorf("%s: %w", operation, err)
	case ctx.Err() != nil:
		return petri.Wrap(petri.Canceled, context.Cause(ctx), "%s was cancelled", operation)
	case b.isAway(ctx, err):
		return petri.Wrap(petri.Unavailable, err, "Docker does not answer; check that it runs, with: petri doctor")
	case isDiskFull(err):
		return petri.Wrap(petri.Exhausted, err, "Docker has no disk space left; free some, for instance with: docker system prune")
	default:
		return fmt.Errorf("%s: %w", operation, err)
	}
}

// isAway tells whether err comes from a daemon that is not there or went away meanwhile.
func (b *Builder) isAway(ctx context.Context, err error) bool {
	if client.IsErrConnectionFailed(err) || cerrdefs.IsUnavailable(err) || status.Code(rootCause(err)) == codes.Unavailable {
		return true
	}
	ping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	_, pingErr := b.docker.Ping(ping, client.PingOptions{})
	return pingErr != nil
}

// rootCause is the innermost error that carries a gRPC status, else err.
func rootCause(err error) error {
	var withStatus interface{ GRPCStatus() *status.Status }
	if errors.As(err, &withStatus) {
		return withStatus.GRPCStatus().Err()
	}
	return err
}

func isDiskFull(err error) bool { return strings.Contains(err.Error(), "no space left on device") }

func isNotFound(err error) bool { return cerrdefs.IsNotFound(err) }
