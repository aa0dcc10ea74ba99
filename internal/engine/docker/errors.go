package docker

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
)

func badHost(host string, err error) error {
	return petri.Wrap(petri.Invalid, err, "%q is not a Docker address: write unix:///var/run/docker.sock or tcp://HOST:PORT", host)
}

func alreadyStarted(id string, state engine.State) error {
	return petri.Errorf(petri.Conflict, "container %s was started already (it is %s); a container is started once only", short(id), state)
}

// explain gives an error of Docker's client a kind and words. doing is what we were about
// to do: "start container 1234".
func (e *Engine) explain(doing string, err error) error {
	text := err.Error()
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return petri.Wrap(petri.Canceled, err, "cannot %s: the request was cancelled", doing)
	case isPermission(err):
		return petri.Wrap(petri.Unavailable, err, "cannot %s: no permission to use Docker at %s; run Petri as root or add its account to the group that owns the socket (usually docker)", doing, e.host)
	case isAway(err):
		return petri.Wrap(petri.Unavailable, err, "cannot %s: Docker does not answer at %s; start it, or give its address with --docker", doing, e.host)
	case cerrdefs.IsNotFound(err):
		return petri.Wrap(petri.NotFound, err, "cannot %s: Docker knows no such thing (%s)", doing, clean(text))
	case cerrdefs.IsConflict(err):
		return petri.Wrap(petri.Conflict, err, "cannot %s: %s", doing, clean(text))
	case strings.Contains(text, "no space left on device"):
		return petri.Wrap(petri.Exhausted, err, "cannot %s: Docker's disk is full; free space, for example with: docker system prune", doing)
	case cerrdefs.IsInvalidArgument(err):
		return petri.Wrap(petri.Invalid, err, "cannot %s: %s", doing, clean(text))
	case cerrdefs.IsUnavailable(err):
		return petri.Wrap(petri.Unavailable, err, "cannot %s: Docker is not ready (%s)", doing, clean(text))
	default:
		return petri.Wrap(petri.Internal, err, "cannot %s: Docker answered: %s", doing, clean(text))
	}
}

// explainStart knows the refusals that Docker gives as its own failures although the cause
// lies in what was asked for.
func (e *Engine) explainStart(id string, err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "could not select device driver"):
		return petri.Wrap(petri.Invalid, err, "GPUs were asked for, but Docker on this machine offers none; install the NVIDIA container toolkit, or ask for no GPU")
	case strings.Contains(text, "nvidia-container-cli"):
		return petri.Wrap(petri.Invalid, err, "the GPUs asked for cannot be given: %s", clean(text))
	case strings.Contains(text, "no space left on device"):
		return e.explain("start container "+short(id), err)
	case strings.Contains(text, "error while mounting volume"), strings.Contains(text, "failed to mount local volume"),
		strings.Contains(text, "error mounting"), strings.Contains(text, "bind source path does not exist"):
		return petri.Wrap(petri.Invalid, err, "cannot start container %s: a mount was refused: %s", short(id), clean(text))
	default:
		return e.explain("start container "+short(id), err)
	}
}

func isPermission(err error) bool {
	return errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EACCES) ||
		strings.Contains(err.Error(), "permission denied while trying to connect")
}

func isAway(err error) bool {
	if client.IsErrConnectionFailed(err) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.EPIPE) {
		return true
	}
	text := err.Error()
	return strings.Contains(text, "Cannot connect to the Docker daemon") || strings.HasSuffix(text, "EOF") ||
		strings.Contains(text, "error during connect") || strings.Contains(text, "server closed idle connection")
}

func isGone(err error) bool { return cerrdefs.IsNotFound(err) }

func isNotRunning(err error) bool {
	return cerrdefs.IsConflict(err) && strings.Contains(err.Error(), "is not running")
}

func isBeingRemoved(err error) bool {
	return cerrdefs.IsConflict(err) && strings.Contains(err.Error(), "already in progress")
}

// clean keeps the part of Docker's words that helps.
func clean(text string) string {
	text = strings.TrimPrefix(text, "Error response from daemon: ")
	text = strings.Join(strings.Fields(text), " ")
	const most = 400
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

func short(id string) string {
	if len(id) > 12 {
		return id[:12]
	}
	return id
}
