// Package engine is the seam to what runs containers. engine/docker drives Docker,
// engine/fake plays a container engine in memory and misbehaves on request, and
// engine/enginetest is the suite that both pass.
//
// The worker is its only caller. An engine knows nothing of runs or revisions: it starts
// what a Spec says, and finds again, by label, what it started, also from another process.
package engine

import (
	"context"
	"time"

	"github.com/petri-dev/petri"
)

// Engine runs containers. Its life cycle for one container is Create, Start, then any number
// of Signal and Wait, then Remove. All methods may be called concurrently, and from a process
// other than the one that created the container. When the engine itself is away the error's
// kind is unavailable, and the same call may be made again later.
type Engine interface {
	// Info tells what the engine is and has.
	Info(ctx context.Context) (Info, error)
	// Create makes a container without starting it. Name is unique on the engine: a second
	// Create of the same name is kind conflict. An image that is not there is kind not_found.
	Create(ctx context.Context, spec Spec) (id string, err error)
	// Start starts a created container; starting it twice is kind conflict. A refusal that lies in
	// the spec (no such GPU, bad mount) is kind invalid.
	Start(ctx context.Context, id string) error
	// Signal sends a signal such as SIGTERM to the container's first process. A container that
	// ended already is no error; one that is not there is not_found.
	Signal(ctx context.Context, id, signal string) error
	// Wait returns once the container has ended, at once if it has. Kind not_found when it
	// vanishes.
	Wait(ctx context.Context, id string) (Exit, error)
	// Remove removes a container with its anonymous mounts, killing it if it runs. One that is not
	// there is no error.
	Remove(ctx context.Context, id string) error
	// List gives every container, in any state, that carries all of these labels.
	List(ctx context.Context, labels map[string]string) ([]Container, error)
}

// Info describes an engine.
type Info struct {
	Name       string // docker
	Version    string // 20.10.24
	APIVersion string
	Kernel     string
	CPUs       int
	// MemoryBytes is what the machine has.
	MemoryBytes int64
	// GPUs is how many graphics processors containers can be given; negative where nobody can tell.
	GPUs          int
	StorageDriver string
	CgroupVersion string
	Architecture  string
	// Overlay tells whether workspaces may be mounted as overlays: the engine is local, we are
	// root, and its kernel took a trial mount.
	Overlay bool
	// OverlayWhy says, where Overlay is false, why.
	OverlayWhy string
	// Proxy-related or other warnings that a person should read.
	Warnings []string
}

// Spec says what to run.
type Spec struct {
	Name string
	// Image is the config digest of an image that the engine has; ImageName is a tag under which it
	// can be found on an engine that names images otherwise (containerd's store). The engine
	// checks that both mean the same image.
	Image     petri.Digest
	ImageName string
	Labels    map[string]string
	// Command replaces the image's entrypoint and command.
	Command []string
	Env     []string // NAME=value, added to the image's
	Dir     string
	// User is uid:gid, numeric.
	User   string
	Mounts []Mount
	// Capabilities are the only ones kept, CAP_SETUID and the like.
	Capabilities []string
	CPUs         float64
	MemoryBytes  int64
	Pids         int64
	GPUs         int
	Network      petri.Network
	Hostname     string
}

// Mount is a folder or file of the host shown in the container.
type Mount struct {
	Target string
	// Source is the host path of a bind mount; "" for an overlay.
	Source   string
	ReadOnly bool
	// Overlay is set for a workspace: lower folders, topmost first, under one upper.
	Overlay *Overlay
}

// Overlay is a union mount; all four are host paths without commas or colons.
type Overlay struct {
	Lower []string
	Upper string
	Work  string
}

// Exit is how a container ended, by the engine's word.
type Exit struct {
	Code      int
	OOMKilled bool
	// Finished is when; the zero time where the engine does not say.
	Finished time.Time
}

// Container is one that List found.
type Container struct {
	ID     string
	Name   string
	Labels map[string]string
	State  State
}

// State is what a container is doing.
type State string

// The states of a container.
const (
	Created State = "created" // never started
	Running State = "running"
	Ended   State = "ended"
)
