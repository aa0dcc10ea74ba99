package inspect

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/petri-dev/petri"
)

// maxNested is how deep packages inside packages are followed.
const maxNested = 6

// readNPM reads node_modules of every prefix, of NODE_PATH, and of the project.
func readNPM(s *scan) {
	for _, prefix := range s.prefixes {
		readNodeModules(s, path.Join(prefix, "lib/node_modules"), maxNested)
	}
	for _, dir := range s.env("NODE_PATH") {
		readNodeModules(s, dir, maxNested)
	}
	for _, parent := range append(s.opts.Homes[:len(s.opts.Homes):len(s.opts.Homes)], s.opts.Projects...) {
		readNodeModules(s, path.Join(parent, "node_modules"), maxNested)
	}
}

func readNodeModules(s *scan, dir string, depth int) {
	if depth == 0 || !s.first(dir) {
		return
	}
	packages := []string{}
	for _, name := range s.tree.names(dir) {
		switch {
		case strings.HasPrefix(name, "."):
		case strings.HasPrefix(name, "@"):
			for _, scoped := range s.tree.names(path.Join(dir, name)) {
				packages = append(packages, path.Join(name, scoped))
			}
		default:
			packages = append(packages, name)
		}
	}
	s.each(packages, func(name string) (petri.Package, bool) {
		at := path.Join(dir, name)
		s.group.Go(func() { readNodeModules(s, path.Join(at, "node_modules"), depth-1) })
		row, ok := packageJSON(s.tree.read(path.Join(at, "package.json"), 1<<20))
		row.Location = dir
		return row, ok
	})
}

func packageJSON(text []byte) (petri.Package, bool) {
	var doc struct{ Name, Version string }
	if len(text) == 0 || json.Unmarshal(text, &doc) != nil {
		return petri.Package{}, false
	}
	return petri.Package{Ecosystem: "npm", Name: plain([]byte(doc.Name)), Version: plain([]byte(doc.Version))}, true
}
