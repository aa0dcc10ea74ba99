package docker

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/moby/client"

	"github.com/petri-dev/petri/internal/engine"
)

// Info asks the daemon what it is, and tries, the first time, whether overlays can be mounted.
func (e *Engine) Info(ctx context.Context) (engine.Info, error) {
	answer, err := e.client.Info(ctx, client.InfoOptions{})
	if err != nil {
		return engine.Info{}, e.explain("ask Docker what it is", err)
	}
	docker := answer.Info
	info := engine.Info{
		Name: "docker", Version: plainVersion(docker.ServerVersion), APIVersion: e.client.ClientVersion(),
		Kernel: docker.KernelVersion, CPUs: docker.NCPU, MemoryBytes: docker.MemTotal,
		StorageDriver: docker.Driver, CgroupVersion: docker.CgroupVersion, Architecture: docker.Architecture,
	}
	if info.CgroupVersion == "" {
		info.CgroupVersion = "1"
	}
	info.GPUs = e.countGPUs(docker.Name)
	info.OverlayWhy = e.overlayTrouble(docker.Name)
	info.Overlay = info.OverlayWhy == ""
	for _, w := range docker.Warnings {
		if concerns(w) {
			info.Warnings = append(info.Warnings, strings.TrimPrefix(w, "WARNING: "))
		}
	}
	if !docker.LiveRestoreEnabled {
		info.Warnings = append(info.Warnings, `restarting Docker ends running containers; set "live-restore": true in /etc/docker/daemon.json to keep them`)
	}
	if !docker.CPUCfsQuota || !docker.MemoryLimit || !docker.PidsLimit {
		info.Warnings = append(info.Warnings, "the kernel does not limit CPU, memory or processes of containers; runs can starve one another")
	}
	return info, nil
}

// concerns leaves out what has nothing to do with how Petri uses Docker.
func concerns(warning string) bool {
	for _, beside := range []string{"blkio", "bridge-nf-call", "swap limit", "legacy builder"} {
		if strings.Contains(warning, beside) {
			return false
		}
	}
	return true
}

// plainVersion drops what a distribution adds: 20.10.24+dfsg1.
func plainVersion(v string) string {
	v, _, _ = strings.Cut(v, "+")
	return v
}

// countGPUs counts the graphics processors of this machine, if it is Docker's own. Those of
// another machine, and those that Windows lends to its Linux, cannot be counted.
func (e *Engine) countGPUs(daemonHost string) int {
	const unknown = -1
	name, err := os.Hostname()
	if !strings.HasPrefix(e.host, "unix://") || err != nil || name != daemonHost {
		return unknown
	}
	if _, err := os.Stat("/dev/dxg"); err == nil {
		return unknown
	}
	found, err := filepath.Glob("/dev/nvidia[0-9]*")
	if err != nil {
		return unknown
	}
	return len(found)
}

// overlayTrouble says why workspaces cannot be overlays; "" when they can.
func (e *Engine) overlayTrouble(daemonHost string) string {
	if !strings.HasPrefix(e.host, "unix://") {
		return "Docker is not on this machine (" + e.host + "), so it cannot mount this machine's folders"
	}
	if name, err := os.Hostname(); err == nil && name != daemonHost {
		return "Docker's machine calls itself " + daemonHost + " and this one " + name + ": Petri seems to run in a container of its own"
	}
	if os.Geteuid() != 0 {
		return "Petri does not run as root, and only root may read what an overlay kept"
	}
	e.overlayOnce.Do(func() { e.overlayWhy = tryOverlay(e.trialFolder) })
	return e.overlayWhy
}
