package inspect

import (
	"fmt"
	"path"
	"slices"
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
	f := &factScan{
		scan:  scan{tree: t, opts: opts, seen: map[fileID]bool{}, slots: make(chan struct{}, workers)},
		known: map[string][]fileID{},
	}
	f.prefixes = f.findPrefixes()
	var group sync.WaitGroup
	for _, reader := range []func(*factScan){factDistribution, factLibc, factBLAS, factPython, factOthers, factLocale} {
		group.Go(func() { reader(f) })
	}
	group.Wait()
	return petri.NewFacts(f.facts), nil
}

// factScan is one reading of facts under way.
type factScan struct {
	scan

	folders   sync.Once
	libraries []string
	databases sync.Once
	dpkg, apk []byte // package managers' lists

	mu    sync.Mutex
	facts []petri.Fact
	known map[string][]fileID
}

// tell adds a fact; one without a value is none.
func (f *factScan) tell(name, value string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.facts) < maxFacts {
		f.facts = append(f.facts, petri.Fact{Name: name, Value: plain([]byte(value))})
	}
}

const maxFacts = 5000

// unheard tells whether a fact was not yet told of a file under any of its folder's names.
func (f *factScan) unheard(fact, file string) bool {
	dir, base := path.Split(file)
	folder, ok := f.tree.folder(dir)
	f.mu.Lock()
	defer f.mu.Unlock()
	key := fact + " " + base
	if !ok || slices.Contains(f.known[key], folder) {
		return false
	}
	f.known[key] = append(f.known[key], folder)
	return true
}
