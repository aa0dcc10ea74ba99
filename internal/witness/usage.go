package witness

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// samplePeriod is how often memory is looked at while the command runs.
const samplePeriod = 200 * time.Millisecond

// meter measures a run by the container's own cgroup, version 1 or 2, as what the command
// used above what was used before it began.
//
// The peak of memory is not the cgroup's, which counts the page cache and so every file that
// was ever read or written: it is the most anonymous and shared memory seen by sampling, at
// least the largest resident set of any one process (which no sampling misses), at most the
// cgroup's peak. Where the OOM killer struck, the cgroup's peak is the truth.
type meter struct {
	root   string
	v2     bool
	tick   <-chan time.Time
	ticker *time.Ticker

	cpuBefore, memoryBefore, oomBefore int64
	peak                               int64
}

type used struct {
	cpu       time.Duration
	peak      int64
	oomKilled bool
}

func newMeter(root string) *meter {
	m := &meter{root: root}
	_, err := os.Stat(filepath.Join(root, "cgroup.controllers"))
	m.v2 = err == nil
	m.cpuBefore, m.memoryBefore, m.oomBefore = m.cpu(), m.memory(), m.oomKills()
	m.ticker = time.NewTicker(samplePeriod)
	m.tick = m.ticker.C
	return m
}

func (m *meter) sample() { m.peak = max(m.peak, m.memory()-m.memoryBefore) }

func (m *meter) read(reaped syscall.Rusage) used {
	m.ticker.Stop()
	u := used{cpu: time.Duration(reaped.Utime.Nano()), oomKilled: m.oomKills() > m.oomBefore}
	if cpu := m.cpu(); cpu > 0 {
		u.cpu = time.Duration(cpu - m.cpuBefore)
	}
	u.peak = max(m.peak, reaped.Maxrss<<10)
	if most := m.cgroupPeak(); most > 0 && (u.peak > most || u.oomKilled) {
		u.peak = most
	}
	return u
}

// cpu is all CPU time of the cgroup in nanoseconds; 0 where it cannot be told.
func (m *meter) cpu() int64 {
	if m.v2 {
		return field(m.file("cpu.stat"), "usage_usec") * 1000
	}
	return number(m.file("cpuacct/cpuacct.usage"))
}

func (m *meter) memory() int64 {
	if m.v2 {
		stat := m.file("memory.stat")
		return field(stat, "anon") + field(stat, "shmem")
	}
	stat := m.file("memory/memory.stat")
	return field(stat, "total_rss") + field(stat, "total_shmem")
}

func (m *meter) oomKills() int64 {
	if m.v2 {
		return field(m.file("memory.events"), "oom_kill")
	}
	return field(m.file("memory/memory.oom_control"), "oom_kill")
}

func (m *meter) cgroupPeak() int64 {
	if m.v2 {
		return number(m.file("memory.peak"))
	}
	return number(m.file("memory/memory.max_usage_in_bytes"))
}

func (m *meter) file(name string) []byte {
	text, err := os.ReadFile(filepath.Join(m.root, name))
	if err != nil {
		return nil
	}
	return text
}

func number(text []byte) int64 {
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// field finds "name value" among lines.
func field(text []byte, name string) int64 {
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(name+" ")); ok {
			return number(rest)
		}
	}
	return 0
}
