package inspect

import (
	"path"

	"github.com/petri-dev/petri"
)

// readR reads every library of every prefix, those of R_LIBS and its kin, users' own, and
// what renv and packrat keep in a project.
func readR(s *scan) {
	for _, prefix := range s.prefixes {
		for _, lib := range []string{"lib/R/library", "lib/R/site-library", "lib64/R/library", "lib64/R/site-library"} {
			readRLibrary(s, path.Join(prefix, lib))
		}
	}
	for _, name := range []string{"R_LIBS", "R_LIBS_SITE", "R_LIBS_USER"} {
		for _, dir := range s.env(name) {
			readRLibrary(s, dir)
		}
	}
	for _, home := range s.opts.Homes {
		s.deeper(path.Join(home, "R"), 2)
	}
	for _, project := range s.opts.Projects {
		s.deeper(path.Join(project, "renv/library"), 3)
		s.deeper(path.Join(project, "packrat/lib"), 2)
	}
}

// deeper reads as a library every folder below dir down to that depth: the levels are named
// after the platform and R's version. What is no library has no DESCRIPTION.
func (s *scan) deeper(dir string, depth int) {
	if depth == 0 {
		return
	}
	for _, below := range s.under(dir) {
		readRLibrary(s, below)
		s.deeper(below, depth-1)
	}
}

func readRLibrary(s *scan, dir string) {
	if !s.first(dir) {
		return
	}
	s.each(s.tree.names(dir), func(name string) (petri.Package, bool) {
		row, ok := rDescription(s.tree.read(path.Join(dir, name, "DESCRIPTION"), 256<<10))
		row.Location = dir
		return row, ok
	})
}

// rDescription reads an installed package; sources have no Built field.
func rDescription(text []byte) (petri.Package, bool) {
	row := petri.Package{Ecosystem: "r"}
	built := false
	headers(text, func(f field) bool {
		switch string(f.name) {
		case "Package":
			row.Name = plain(f.value)
		case "Version":
			row.Version = plain(f.value)
		case "Built":
			built = true
		}
		return true
	})
	return row, built
}
