package inspect

import (
	"path"
	"strings"

	"github.com/petri-dev/petri"
)

// readConda reads each prefix's conda-meta by the names of its files, NAME-VERSION-BUILD.json:
// neither version nor build may hold a dash, and the files themselves list every file of a
// package.
func readConda(s *scan) {
	for _, prefix := range s.prefixes {
		dir := path.Join(prefix, "conda-meta")
		if !s.first(dir) {
			continue
		}
		var rows []petri.Package
		for _, file := range s.tree.names(dir) {
			if row, ok := condaPackage(file); ok {
				row.Location = prefix
				rows = append(rows, row)
			}
		}
		s.add(rows...)
	}
}

func condaPackage(file string) (petri.Package, bool) {
	base, ok := strings.CutSuffix(file, ".json")
	if !ok || plain([]byte(base)) == "" {
		return petri.Package{}, false
	}
	build := strings.LastIndexByte(base, '-')
	if build < 1 {
		return petri.Package{}, false
	}
	version := strings.LastIndexByte(base[:build], '-')
	if version < 1 || version+1 == build {
		return petri.Package{}, false
	}
	return petri.Package{Ecosystem: "conda", Name: base[:version], Version: base[version+1 : build]}, true
}
