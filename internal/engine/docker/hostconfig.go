package docker

import (
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
)

// hostConfig gives a container the least: no capability but those named, no way to gain
// one, bounded processes, memory without swap, Docker's default seccomp filter.
func hostConfig(spec engine.Spec, mounts []mount.Mount) *container.HostConfig {
	noInit := false
	host := &container.HostConfig{
		NetworkMode:   networkMode(spec.Network),
		LogConfig:     ownLogs(),
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled},
		CapDrop:       []string{"ALL"},
		CapAdd:        spec.Capabilities,
		SecurityOpt:   []string{"no-new-privileges"},
		Mounts:        mounts,
		Init:          &noInit,
		// What lies in /dev/shm counts as memory anyway; Docker's 64 MB end data loaders of
		// several processes with a bus error.
		ShmSize: spec.MemoryBytes,
		Resources: container.Resources{
			NanoCPUs: int64(spec.CPUs * 1e9), Memory: spec.MemoryBytes, MemorySwap: spec.MemoryBytes,
		},
	}
	if spec.Pids > 0 {
		host.PidsLimit = &spec.Pids
	}
	if spec.GPUs > 0 {
		host.DeviceRequests = []container.DeviceRequest{{Count: spec.GPUs, Capabilities: [][]string{{"gpu"}}}}
	}
	return host
}

func networkMode(n petri.Network) container.NetworkMode {
	if n == petri.NetworkNone {
		return "none"
	}
	return "bridge"
}

func mountsOf(all []engine.Mount) ([]mount.Mount, error) {
	var mounts []mount.Mount
	for _, m := range all {
		if m.Overlay == nil {
			mounts = append(mounts, mount.Mount{Type: mount.TypeBind, Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly})
			continue
		}
		options, err := overlayOptions(*m.Overlay)
		if err != nil {
			return nil, err
		}
		mounts = append(mounts, mount.Mount{
			Type: mount.TypeVolume, Target: m.Target, ReadOnly: m.ReadOnly,
			VolumeOptions: &mount.VolumeOptions{
				NoCopy: true, // else Docker would fill the workspace with what the image has there
				DriverConfig: &mount.Driver{Name: "local", Options: map[string]string{
					"type": "overlay", "device": "overlay", "o": options,
				}},
			},
		})
	}
	return mounts, nil
}

// maxMountOptions is a page, all that mount(2) reads of its options.
const maxMountOptions = 4095

// overlayOptions writes the options of the mount. With redirect_dir a folder of a lower layer
// can be renamed, which programs expect of a folder of theirs.
func overlayOptions(o engine.Overlay) (string, error) {
	paths := append([]string{o.Upper, o.Work}, o.Lower...)
	for _, p := range paths {
		if strings.ContainsAny(p, ",:\\\"") || !strings.HasPrefix(p, "/") {
			return "", petri.Errorf(petri.Invalid, "%q cannot be part of an overlay: use an absolute path without commas, colons, quotes and backslashes", p)
		}
	}
	if len(o.Lower) == 0 {
		return "", petri.Errorf(petri.Invalid, "an overlay needs a lower folder")
	}
	options := "lowerdir=" + strings.Join(o.Lower, ":") + ",upperdir=" + o.Upper + ",workdir=" + o.Work + ",redirect_dir=on"
	if len(options) > maxMountOptions {
		return "", petri.Errorf(petri.Invalid, "the overlay's folders make mount options of %d bytes, and the kernel reads %d; use a shorter data folder", len(options), maxMountOptions)
	}
	return options, nil
}
