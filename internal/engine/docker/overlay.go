package docker

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// tryOverlay mounts an overlay below folder with the options a workspace has, renames a lower
// folder in it, and looks for the kernel's note of that. It returns why it failed; "" for
// success.
func tryOverlay(folder string) string {
	base, err := os.MkdirTemp(folder, "overlay-trial-")
	if err != nil {
		return "no folder for a trial mount: " + err.Error()
	}
	defer os.RemoveAll(base)
	at := func(name string) string { return filepath.Join(base, name) }
	for _, name := range []string{"lower/before", "upper", "work", "merged"} {
		if err := os.MkdirAll(at(name), 0o755); err != nil {
			return "no folder for a trial mount: " + err.Error()
		}
	}
	options := "lowerdir=" + at("lower") + ",upperdir=" + at("upper") + ",workdir=" + at("work") + ",redirect_dir=on"
	if err := unix.Mount("overlay", at("merged"), "overlay", 0, options); err != nil {
		return "the kernel refused a trial overlay in " + base + ": " + err.Error()
	}
	defer func() { _ = unix.Unmount(at("merged"), unix.MNT_DETACH) }()
	if err := os.Rename(at("merged/before"), at("merged/after")); err != nil {
		return "folders cannot be renamed in an overlay here: " + err.Error()
	}
	if n, err := unix.Lgetxattr(at("upper/after"), "trusted.overlay.redirect", nil); err != nil || n == 0 {
		return "the file system of " + folder + " does not keep the overlay's own attributes"
	}
	return ""
}
