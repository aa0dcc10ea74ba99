// Package buildkit builds images with the BuildKit inside a Docker daemon, and resolves what
// they start from. The Dockerfile frontend runs in our own process, so that the same
// instructions mean the same on every daemon.
//
// Package main hands a Builder to the worker, its only user. It never decides what to build,
// never asks a daemon for privileges beyond an ordinary build, and keeps nothing but images.
package buildkit

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"sync"
	"time"

	bkclient "github.com/moby/buildkit/client"
	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
)

// Config is what a site sets for every build.
type Config struct {
	// CABundle is a file with the certificates that the site trusts, given to every RUN for as
	// long as it runs and kept in no image; "" for none. It is read anew at each build.
	CABundle string
	// BuildArgs are predefined build arguments, such as HTTP_PROXY; they enter no image.
	BuildArgs map[string]string
	// Now is the clock for events; time.Now where nil.
	Now func() time.Time
}

// Builder implements builder.Builder over a Docker daemon. It may be used concurrently.
type Builder struct {
	docker *client.Client
	config Config

	// configs remembers, where Docker names images by manifest, the config digest behind each.
	mu      sync.Mutex
	configs map[string]petri.Digest
}

var _ builder.Builder = (*Builder)(nil)

// The most BuildKit takes as a secret, and so as a CA bundle.
const maxBundle = 500 << 10

// New makes a Builder. It talks to the daemon only when used, and does not own docker.
// Kind: invalid, where the CA bundle cannot serve.
func New(docker *client.Client, config Config) (*Builder, error) {
	config.BuildArgs = maps.Clone(config.BuildArgs)
	if config.Now == nil {
		config.Now = time.Now
	}
	if _, err := readBundle(config.CABundle); err != nil {
		return nil, err
	}
	return &Builder{docker: docker, config: config, configs: map[string]petri.Digest{}}, nil
}

func readBundle(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	switch {
	case err != nil:
		return nil, petri.Wrap(petri.Invalid, err, "the CA bundle %s cannot be read; give --ca-bundle a file of certificates in PEM form", path)
	case len(b) > maxBundle:
		return nil, petri.Errorf(petri.Invalid, "the CA bundle %s has %d bytes; BuildKit passes on at most %d", path, len(b), maxBundle)
	}
	return b, nil
}

// connect opens a client of the daemon's BuildKit; the caller closes it.
func (b *Builder) connect(ctx context.Context) (*bkclient.Client, error) {
	c, err := bkclient.New(ctx, "",
		bkclient.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return b.docker.DialHijack(ctx, "/grpc", "h2c", nil)
		}),
		bkclient.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return b.docker.DialHijack(ctx, "/session", proto, meta)
		}))
	if err != nil {
		return nil, fmt.Errorf("connect to BuildKit: %w", err)
	}
	return c, nil
}

func (b *Builder) now() time.Time { return b.config.Now().UTC() }
