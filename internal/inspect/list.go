package inspect

import (
	"fmt"
	"sync"

	"github.com/petri-dev/petri"
)

// Options say where to look besides the places that are the same everywhere.
type Options struct {
	// Homes are home folders, which hold users' own libraries.
	Homes []string
	// Projects are folders with libraries of their own: .venv, renv, node_modules.
	Projects []string
	// Env is an environment, NAME=value, whose search paths count: PATH, PYTHONPATH, R_LIBS, ….
	Env []string
}

// List reads what is installed below root. What cannot be read or understood is left out; an
// error means that root itself is no folder.
func List(root string, opts Options) (petri.PackageList, error) {
	t, err := openTree(root)
	if err != nil {
		return nil, fmt.Errorf("list packages below %s: %w", root, err)
	}
	defer t.close()
	s := &scan{tree: t, opts: opts, seen: map[fileID]bool{}, slots: make(chan struct{}, workers)}
	s.prefixes = s.findPrefixes()
	for _, reader := range []func(*scan){readDeb, readAPK, readRPM, readPython, readConda, readR, readNPM, readJulia} {
		s.group.Go(func() { reader(s) })
	}
	s.group.Wait()
	return petri.NewPackageList(s.rows), nil
}

// The bounds of one listing; what lies beyond is left out.
const (
	workers    = 4
	maxRows    = 500_000
	maxEntries = 50_000 // of one folder
	chunk      = 24     // entries that one worker reads at a time
)

// scan is one listing under way.
type scan struct {
	tree     *tree
	opts     Options
	prefixes []string
	group    sync.WaitGroup
	slots    chan struct{}

	mu   sync.Mutex
	rows []petri.Package
	seen map[fileID]bool
}

func (s *scan) add(rows ...petri.Package) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if room := maxRows - len(s.rows); len(rows) > room {
		rows = rows[:room]
	}
	s.rows = append(s.rows, rows...)
}

// first tells whether dir is a folder that no one has read yet under any of its names.
func (s *scan) first(dir string) bool {
	id, ok := s.tree.folder(dir)
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[id] {
		return false
	}
	s.seen[id] = true
	return true
}

// each reads the packages that names stand for, several at a time.
func (s *scan) each(names []string, read func(name string) (petri.Package, bool)) {
	for len(names) > 0 {
		part := names[:min(chunk, len(names))]
		names = names[len(part):]
		s.group.Go(func() {
			s.slots <- struct{}{}
			defer func() { <-s.slots }()
			rows := make([]petri.Package, 0, len(part))
			for _, name := range part {
				if row, ok := read(name); ok && row.Name != "" && row.Version != "" {
					rows = append(rows, row)
				}
			}
			s.add(rows...)
		})
	}
}
