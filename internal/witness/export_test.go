package witness

import (
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
