package witness

import (
	"io"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/petri-dev/petri"
)

// Measured is what a meter tells, for tests of cgroup versions that this machine has not.
type Measured struct {
	CPU  time.Duration
	Peak int64
	OOM  bool
}

// Measure runs a meter on root, with during between its begin and its end.
func Measure(root string, maxrss int64, during func(sample func())) Measured {
	m := newMeter(root)
	during(m.sample)
	u := m.read(syscall.Rusage{Maxrss: maxrss >> 10})
	return Measured{u.cpu, u.peak, u.oomKilled}
}

// HostFacts is hostFacts, for tests.
var HostFacts = hostFacts

// ResolveUser reads an image's USER by the accounts below root, for tests.
func ResolveUser(root, written string) (petri.ImageUser, error) {
	return readAccounts(root).resolve(written)
}

// Hear takes metrics into folder at an address, and says them there, for tests.
func Hear(folder, address string) (say func(name, value string) error, end func()) {
	h := hear(folder, address)
	return func(name, value string) error { return sayMetric(address, name, value) }, h.end
}

// WatchLoads watches for a list, and gives what was loaded, left in folder, once it is called. Where
// refusal is set, that is what every watch after the first few comes to.
func WatchLoads(folder string, list petri.PackageList, refusal error) func() (petri.PackageList, error) {
	l := newLoads(list)
	real, asked := l.add, atomic.Int64{}
	l.add = func(fd int, path string, mask uint32) (int, error) {
		if refusal != nil && asked.Add(1) > 2 {
			return 0, refusal
		}
		return real(fd, path, mask)
	}
	l.watch()
	return func() (petri.PackageList, error) {
		l.end()
		r := &run{witness: &witness{folder: folder, errors: io.Discard}, loads: l}
		r.saveLoaded()
		return l.packages()
	}
}
