package witness

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// hostFacts are what the machine is, as the command sees it; Engine is the worker's to fill.
func hostFacts(root string, env []string) petri.HostFacts {
	var system unix.Utsname
	_ = unix.Uname(&system)
	return petri.HostFacts{
		Kernel:       unix.ByteSliceToString(system.Release[:]),
		Architecture: unix.ByteSliceToString(system.Machine[:]),
		CPUModel:     cpuModel(filepath.Join(root, "proc/cpuinfo")),
		CPUs:         runtime.NumCPU(),
		MemoryBytes:  memoryTotal(filepath.Join(root, "proc/meminfo")),
		GPUs:         gpus(root),
		Locale:       cmp.Or(lookupEnv(env, "LC_ALL"), lookupEnv(env, "LC_CTYPE"), lookupEnv(env, "LANG"), "C"),
		TimeZone:     timeZone(root, env),
	}
}

func cpuModel(path string) string { return cpuField(path, "model name", "Model", "cpu model") }

// cpuField reads only the beginning: there is a paragraph for every core.
func cpuField(path string, names ...string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	head := make([]byte, 8<<10)
	n, _ := file.Read(head)
	for line := range bytes.Lines(head[:n]) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if slices.Contains(names, strings.TrimSpace(string(name))) {
			return strings.TrimSpace(string(value))
		}
	}
	return ""
}

func memoryTotal(path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("MemTotal:")); ok {
			return number(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte(" kB"))) << 10
		}
	}
	return 0
}

func gpus(root string) []string {
	models := []string{}
	found, _ := filepath.Glob(filepath.Join(root, "proc/driver/nvidia/gpus/*/information"))
	slices.Sort(found)
	for _, path := range found {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		for line := range bytes.Lines(text) {
			if rest, ok := bytes.CutPrefix(line, []byte("Model:")); ok {
				models = append(models, strings.TrimSpace(string(rest)))
			}
		}
	}
	return models
}

func timeZone(root string, env []string) string {
	if tz := lookupEnv(env, "TZ"); tz != "" {
		return strings.TrimPrefix(tz, ":")
	}
	if text, err := os.ReadFile(filepath.Join(root, "etc/timezone")); err == nil {
		if zone := strings.TrimSpace(string(text)); zone != "" {
			return zone
		}
	}
	if target, err := os.Readlink(filepath.Join(root, "etc/localtime")); err == nil {
		if _, zone, ok := strings.Cut(target, "zoneinfo/"); ok {
			return zone
		}
	}
	return "UTC"
}
