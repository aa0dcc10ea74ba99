package main

import (
	"path/filepath"

	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/builder/buildkit"
	"github.com/petri-dev/petri/internal/config"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/docker"
)

type settings = config.Server

// parts are what runs containers and builds images.
type parts struct {
	engine  engine.Engine
	builder builder.Builder
}

// dockerParts are those of the real server. Neither talks to Docker yet.
func dockerParts(s settings) (parts, error) {
	e, err := docker.New(s.Docker, docker.OverlayIn(filepath.Join(s.Data, "runs")))
	if err != nil {
		return parts{}, err
	}
	b, err := buildkit.New(e.Client(), buildkit.Config{CABundle: s.CABundle, BuildArgs: proxies(s)})
	return parts{engine: e, builder: b}, err
}

// proxies are the variables, in both spellings that programs look for.
func proxies(s settings) map[string]string {
	vars := map[string]string{}
	for _, p := range []struct{ upper, lower, value string }{
		{"HTTP_PROXY", "http_proxy", s.HTTPProxy}, {"HTTPS_PROXY", "https_proxy", s.HTTPSProxy}, {"NO_PROXY", "no_proxy", s.NoProxy},
	} {
		if p.value != "" {
			vars[p.upper], vars[p.lower] = p.value, p.value
		}
	}
	return vars
}
