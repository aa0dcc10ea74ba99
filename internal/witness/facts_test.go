package witness_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/witness"
)

func TestRunFacts(t *testing.T) {
	root := t.TempDir()
	lay(t, root, map[string]string{
		"proc/cpuinfo": "processor\t: 0\nmodel name\t: Fast CPU @ 3GHz\nflags\t\t: fpu smep sse2 ssse3 sse4_2 avx avx2 fma avx512f spec_ctrl\nbugs\t: all\n\nprocessor\t: 1\nmodel name\t: Other\n",
		"proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: \t\t Tesla T4\nIRQ: 5\n", "proc/driver/nvidia/gpus/0000:02:00.0/information": "Model: \t\t Tesla T4\n",
		"proc/driver/nvidia/version": "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version:  gcc version 12.2.0\n",
		"etc/os-release":             "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
	})
	got := map[string]string{}
	for _, f := range witness.RunFacts(root, []string{"LANG=fr_FR.UTF-8", "TZ=Asia/Tokyo"}) {
		got[f.Name] = f.Value
	}
	if got[petri.FactKernel] == "" || got[petri.FactArchitecture] == "" {
		t.Error(got)
	}
	delete(got, petri.FactKernel)
	delete(got, petri.FactArchitecture)
	if diff := cmp.Diff(map[string]string{
		"cpu_model": "Fast CPU @ 3GHz", "cpu_flags": "ssse3 sse4_2 avx avx2 fma avx512f", "gpu": "Tesla T4", "gpu_driver": "nvidia 535.104.05",
		"distribution": "Debian GNU/Linux 12 (bookworm)", "locale": "fr_FR.UTF-8", "time_zone": "Asia/Tokyo",
	}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// What is not there is no fact, and what is long is cut where it is read, not where it is kept.
func TestRunFactsOfNothing(t *testing.T) {
	root := t.TempDir()
	lay(t, root, map[string]string{"proc/cpuinfo": strings.Repeat("x", 1<<20), "proc/driver/nvidia/version": ""})
	for _, f := range witness.RunFacts(root, nil) {
		switch f.Name {
		case petri.FactKernel, petri.FactArchitecture, petri.FactLocale, petri.FactTimeZone:
		default:
			t.Errorf("%+v", f)
		}
	}
}
