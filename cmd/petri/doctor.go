package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/docker"
	"github.com/petri-dev/petri/internal/store"
)

// doctor looks at what the server stands on and says how to mend what is wrong.
type doctor struct {
	engine  engine.Engine
	data    string
	reserve int64
	db      *store.DB
}

// localDoctor looks at this machine where no server answers.
func localDoctor(ctx context.Context) []api.Check {
	e, err := docker.New("")
	if err != nil {
		return []api.Check{failed("engine", err, "correct DOCKER_HOST")}
	}
	data := os.Getenv("PETRI_DATA")
	if _, err := os.Stat(data); err != nil {
		data, _ = os.UserHomeDir()
	}
	return doctor{engine: e, data: data, reserve: 1 << 30}.checks(ctx)
}

func (d doctor) checks(ctx context.Context) []api.Check {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	checks := d.engineChecks(ctx)
	checks = append(checks, d.disk(), clock())
	if d.db != nil {
		checks = append(checks, d.database(ctx))
	}
	return checks
}

func ok(name, detail string) api.Check { return api.Check{Name: name, Status: "ok", Detail: detail} }

func warning(name, detail, mend string) api.Check {
	return api.Check{Name: name, Status: "warning", Detail: detail, Mend: mend}
}

func failed(name string, err error, mend string) api.Check {
	return api.Check{Name: name, Status: "failed", Detail: petri.MessageOf(err), Mend: mend}
}

func (d doctor) engineChecks(ctx context.Context) []api.Check {
	info, err := d.engine.Info(ctx)
	if err != nil {
		return []api.Check{failed("engine", err, mendEngine(err))}
	}
	detail := fmt.Sprintf("%s %s, API %s, %d CPUs, %s of memory, cgroup v%s, storage %s",
		info.Name, info.Version, info.APIVersion, info.CPUs, petri.FormatBytes(info.MemoryBytes), info.CgroupVersion, info.StorageDriver)
	checks := []api.Check{ok("engine", detail)}
	if tooOld(info.Version) {
		checks[0] = api.Check{Name: "engine", Status: "failed", Detail: detail, Mend: "upgrade Docker to 20.10 or newer; builds need its BuildKit"}
	}
	for _, w := range info.Warnings {
		checks = append(checks, warning("engine", w, ""))
	}
	if !info.Overlay {
		return append(checks, warning("workspaces", "project files are copied for every run: "+info.OverlayWhy,
			"nothing is lost but time; for instant starts run the server as root on the machine that runs Docker, on ext4 or xfs"))
	}
	return append(checks, ok("workspaces", "project files are mounted as overlays, in no time"))
}

func mendEngine(err error) string {
	if strings.Contains(petri.MessageOf(err), "permission") {
		return "add this account to the group docker (sudo usermod -aG docker $USER, then sign in again), or run the server as root"
	}
	return "install Docker (Debian: apt-get install docker.io) and start it (systemctl start docker, or dockerd); runs and builds wait until it answers"
}

// tooOld tells whether the engine is older than 20.10. A version that is no number is some
// engine's own build and is believed to be new.
func tooOld(version string) bool {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	return errA == nil && errB == nil && (a < 20 || a == 20 && b < 10)
}

func (d doctor) disk() api.Check {
	var fs unix.Statfs_t
	if err := unix.Statfs(d.data, &fs); err != nil {
		return failed("disk", petri.Errorf(petri.Internal, "cannot ask how full %s is: %v", d.data, err), "")
	}
	free, total := int64(fs.Bavail)*fs.Bsize, int64(fs.Blocks)*fs.Bsize
	detail := fmt.Sprintf("%s free of %s at %s", petri.FormatBytes(free), petri.FormatBytes(total), d.data)
	switch {
	case free < d.reserve:
		return api.Check{Name: "disk", Status: "failed", Detail: detail, Mend: "free some space: below the reserve of " + petri.FormatBytes(d.reserve) + " (--disk-reserve) runs are ended"}
	case free < 5*d.reserve || fs.Ffree*20 < fs.Files:
		return warning("disk", detail, "free some space soon")
	}
	return ok("disk", detail)
}

// clock asks the kernel whether the time is kept right by somebody. The client compares the
// server's clock with its own.
func clock() api.Check {
	var state unix.Timex
	got, err := unix.Adjtimex(&state)
	now := petri.FormatTime(time.Now())
	if err != nil || got != unix.TIME_ERROR {
		return ok("clock", now)
	}
	return warning("clock", now+"; no time service keeps it right", "start a time service (chrony, systemd-timesyncd), so that records carry true times")
}

func (d doctor) database(ctx context.Context) api.Check {
	if err := d.db.Ping(ctx); err != nil {
		return failed("database", err, "see the server's log")
	}
	return ok("database", d.db.Kind())
}
