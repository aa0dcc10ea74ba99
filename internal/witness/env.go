package witness

import (
	"os"
	"path"
	"slices"
	"strings"
)

// commandEnv is the environment of the command: ours, which is the image's, with the spec's
// over it, and the few names that every program expects.
func commandEnv(own []string, spec Spec, known accounts) []string {
	env := overlayEnv(own, spec.Env)
	who := known.byID(effectiveID(spec.UID, os.Getuid()))
	if !named(spec.Env, "HOME") && dockersHome(lookupEnv(own, "HOME")) {
		env = setEnv(env, "HOME", home(who))
	}
	for _, name := range []string{"USER", "LOGNAME"} {
		if lookupEnv(env, name) == "" {
			env = setEnv(env, name, who.name)
		}
	}
	if spec.Dir != "" {
		env = setEnv(env, "PWD", spec.Dir)
	}
	return env
}

// withTools is an environment in which the command finds what stands for petri inside a run,
// last, so that it hides nothing of the image's.
func withTools(env []string) []string {
	return setEnv(slices.Clone(env), "PATH", searchPath(env)+":"+path.Dir(ToolPath))
}

// dockersHome tells a HOME that Docker made up for the container's user from one that the
// image sets.
func dockersHome(home string) bool { return home == "" || home == "/" || home == "/root" }

// home is the folder that the worker mounts, where it did.
func home(who account) string {
	if info, err := os.Stat(HomePath); err == nil && info.IsDir() {
		return HomePath
	}
	if who.home != "" {
		return who.home
	}
	return "/"
}

func effectiveID(wanted, own int) int {
	if wanted >= 0 {
		return wanted
	}
	return own
}

func overlayEnv(base, over []string) []string {
	env := make([]string, 0, len(base)+len(over)+4)
	for _, pair := range base {
		if name, _, _ := strings.Cut(pair, "="); !named(over, name) {
			env = append(env, pair)
		}
	}
	return append(env, over...)
}

func setEnv(env []string, name, value string) []string {
	for i, pair := range env {
		if strings.HasPrefix(pair, name+"=") {
			env[i] = name + "=" + value
			return env
		}
	}
	return append(env, name+"="+value)
}

func named(env []string, name string) bool {
	for _, pair := range env {
		if strings.HasPrefix(pair, name+"=") {
			return true
		}
	}
	return false
}

func lookupEnv(env []string, name string) string {
	for _, pair := range env {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}
