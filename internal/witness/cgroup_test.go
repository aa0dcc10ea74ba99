package witness_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/petri-dev/petri/internal/witness"
)

func lay(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(content), 0o644))
	}
}

func TestMeasure(t *testing.T) {
	v1 := func(cpu, rss, shm, oom, most string) map[string]string {
		return map[string]string{
			"cpuacct/cpuacct.usage": cpu + "\n", "memory/memory.stat": "cache 999999999\nrss 7\ntotal_rss " + rss + "\ntotal_shmem " + shm + "\n",
			"memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill " + oom + "\n", "memory/memory.max_usage_in_bytes": most + "\n",
		}
	}
	v2 := func(cpu, anon, shm, oom, most string) map[string]string {
		return map[string]string{
			"cgroup.controllers": "cpu memory\n", "cpu.stat": "usage_usec " + cpu + "\nuser_usec 3\n", "memory.stat": "anon " + anon + "\nfile 99999999\nshmem " + shm + "\n",
			"memory.events": "low 0\nhigh 0\nmax 0\noom " + oom + "\noom_kill " + oom + "\n", "memory.peak": most + "\n",
		}
	}
	for name, test := range map[string]struct {
		before, during map[string]string
		maxrss         int64
		want           witness.Measured
	}{
		"v1 sampled":       {v1("1000", "5000", "0", "0", "9000000"), v1("3000", "105000", "1000", "0", "9000000"), 0, witness.Measured{CPU: 2000, Peak: 101000}},
		"v1 one process":   {v1("0", "0", "0", "0", "9000000"), v1("1", "0", "0", "0", "9000000"), 4 << 20, witness.Measured{CPU: 1, Peak: 4 << 20}},
		"v1 cgroup's peak": {v1("0", "0", "0", "0", "5000"), v1("1", "0", "0", "0", "5000"), 4 << 20, witness.Measured{CPU: 1, Peak: 5000}},
		"v1 killed":        {v1("0", "0", "0", "2", "50000"), v1("1", "10", "0", "3", "50000"), 0, witness.Measured{CPU: 1, Peak: 50000, OOM: true}},
		"v2 sampled":       {v2("10", "5000", "0", "0", "9000000"), v2("30", "105000", "1000", "0", "9000000"), 0, witness.Measured{CPU: 20 * time.Microsecond, Peak: 101000}},
		"v2 killed":        {v2("0", "0", "0", "0", "70000"), v2("1", "10", "0", "1", "70000"), 0, witness.Measured{CPU: time.Microsecond, Peak: 70000, OOM: true}},
		"no cgroup":        {nil, nil, 8 << 20, witness.Measured{Peak: 8 << 20}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			lay(t, root, test.before)
			got := witness.Measure(root, test.maxrss, func(sample func()) {
				lay(t, root, test.during)
				sample()
			})
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestHostFacts(t *testing.T) {
	root := t.TempDir()
	lay(t, root, map[string]string{
		"proc/cpuinfo": "processor\t: 0\nvendor_id\t: X\nmodel name\t: Fast CPU @ 3GHz\n", "proc/meminfo": "MemTotal:       2048 kB\nMemFree: 1 kB\n",
		"etc/timezone": "Europe/Paris\n", "proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: \t\t Tesla T4\nIRQ: 5\n",
	})
	h := witness.HostFacts(root, []string{"LC_CTYPE=C.UTF-8", "LANG=fr_FR"})
	if h.CPUModel != "Fast CPU @ 3GHz" || h.MemoryBytes != 2<<20 || h.TimeZone != "Europe/Paris" || h.Locale != "C.UTF-8" || len(h.GPUs) != 1 || h.GPUs[0] != "Tesla T4" {
		t.Errorf("%+v", h)
	}
	must(t, os.Remove(filepath.Join(root, "etc/timezone")))
	must(t, os.Symlink("/usr/share/zoneinfo/Asia/Tokyo", filepath.Join(root, "etc/localtime")))
	if h := witness.HostFacts(root, nil); h.TimeZone != "Asia/Tokyo" || h.Locale != "C" {
		t.Errorf("%+v", h)
	}
}
