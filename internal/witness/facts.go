package witness

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/inspect"
)

// imageFacts are those of the system below root, as a command with this environment sees it.
func imageFacts(root string, env []string) petri.Facts {
	facts, err := inspect.Facts(root, packageOptions(env))
	if err != nil {
		return petri.Facts{} // root is a folder; a run is worth more than its facts
	}
	return facts
}

// runFacts are the image's facts and the machine's.
func runFacts(root string, env []string) petri.Facts {
	var system unix.Utsname
	_ = unix.Uname(&system)
	processor := filepath.Join(root, "proc/cpuinfo")
	facts := append(imageFacts(root, env),
		petri.Fact{Name: petri.FactKernel, Value: unix.ByteSliceToString(system.Release[:])},
		petri.Fact{Name: petri.FactArchitecture, Value: unix.ByteSliceToString(system.Machine[:])},
		petri.Fact{Name: petri.FactCPUModel, Value: cpuModel(processor)},
		petri.Fact{Name: petri.FactCPUFlags, Value: cpuFlags(processor)},
		petri.Fact{Name: petri.FactGPUDriver, Value: gpuDriver(root)},
	)
	for _, model := range gpus(root) {
		facts = append(facts, petri.Fact{Name: petri.FactGPU, Value: model})
	}
	return petri.NewFacts(facts)
}

// cpuFlags are those by which numerical libraries choose their code; the many others say what
// the kernel knows of the processor's faults and would differ for nothing.
func cpuFlags(path string) string {
	chosen := []string{}
	for _, flag := range strings.Fields(cpuField(path, "flags", "Features")) {
		is := func(family string) bool { return strings.HasPrefix(flag, family) }
		if slices.ContainsFunc([]string{"ssse3", "sse4", "avx", "fma", "f16c", "amx", "bmi", "asimd", "sve", "fphp", "i8mm", "bf16"}, is) || flag == "sme" || flag == "sme2" {
			chosen = append(chosen, flag)
		}
	}
	return strings.Join(chosen, " ")
}

// gpuDriver reads NVIDIA's version file: NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54  Tue ….
func gpuDriver(root string) string {
	text, err := os.ReadFile(filepath.Join(root, "proc/driver/nvidia/version"))
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	for _, word := range strings.Fields(line) {
		if word[0] >= '0' && word[0] <= '9' && strings.Contains(word, ".") {
			return "nvidia " + word
		}
	}
	return ""
}
