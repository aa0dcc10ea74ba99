package workdir

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/petri-dev/petri"
)

// Git tells where the folder stands when it is in a git work tree; nil when it is not, or
// when git is not installed. Dirty means that tracked files differ from git's commit. No
// password that a remote's address may carry is told on.
func (f Folder) Git(ctx context.Context) *petri.GitState {
	if !f.inGit() {
		return nil
	}
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, "git", append(append(gitOptions(), "-C", f.Root), args...)...)
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	commit, err := run("rev-parse", "--verify", "-q", "HEAD")
	if err != nil {
		return nil
	}
	state := &petri.GitState{Commit: commit}
	if remote, err := run("config", "--get", "remote.origin.url"); err == nil {
		state.Remote = withoutPassword(remote)
	}
	changed, err := run("status", "--porcelain", "--untracked-files=no", "--ignore-submodules")
	state.Dirty = err != nil || changed != ""
	return state
}

// gitOptions let git change nothing, and start nothing that a project's own files name: they
// may be a stranger's, and look like a bare repository.
func gitOptions() []string {
	return []string{"--no-optional-locks", "-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"}
}

func (f Folder) inGit() bool {
	for at := f.Root; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return true
		}
		if at == filepath.Dir(at) {
			return false
		}
	}
}

func withoutPassword(remote string) string {
	u, err := url.Parse(remote)
	if err != nil || u.User == nil || u.Scheme == "" {
		return remote
	}
	if u.Scheme == "ssh" {
		u.User = url.User(u.User.Username())
	} else {
		u.User = nil // a token may stand where the name does
	}
	return u.String()
}
