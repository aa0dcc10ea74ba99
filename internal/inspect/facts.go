package inspect

import (
	"fmt"
	"sync"

	"github.com/petri-dev/petri"
)

// Facts reads what else of the system below root can change a result: its distribution, C
// library, BLAS and LAPACK, interpreters, locale and time zone, the last two as a command with
// opts.Env would see them. What cannot be read or understood is left out; an error means that
// root itself is no folder.
func Facts(root string, opts Options) (petri.Facts, error) {
	t, err := openTree(root)
	if err != nil {
		return nil, fmt.Errorf("read the facts below %s: %w", root, err)
	}
	defer t.close()
	f := &factScan{scan: scan{tree: t, opts: opts, seen: map[fileID]bool{}, slots: make(chan struct{}, workers)}}
	f.prefixes = f.findPrefixes()
	for _, reader := range []func(*factScan){factLocale} {
		f.group.Go(func() { reader(f) })
	}
	f.group.Wait()
	return petri.NewFacts(f.facts), nil
}

// factScan is one reading of facts under way.
type factScan struct {
	scan
	mu    sync.Mutex
	facts []petri.Fact
}

// tell adds a fact; one without a value is none.
func (f *factScan) tell(name, value string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.facts = append(f.facts, petri.Fact{Name: name, Value: plain([]byte(value))})
}
