package inspect

import (
	"bytes"
	"path"

	"github.com/petri-dev/petri"
)

// readJulia reads the packages folder of every depot: DEPOT/packages/NAME/SLUG/Project.toml.
func readJulia(s *scan) {
	depots := s.env("JULIA_DEPOT_PATH")
	for _, home := range s.opts.Homes {
		depots = append(depots, path.Join(home, ".julia"))
	}
	for _, prefix := range s.prefixes {
		depots = append(depots, path.Join(prefix, "share/julia"), path.Join(prefix, "local/share/julia"), prefix)
	}
	for _, depot := range depots {
		readJuliaDepot(s, path.Join(depot, "packages"))
	}
}

func readJuliaDepot(s *scan, dir string) {
	if !s.first(dir) {
		return
	}
	slugs := []string{}
	for _, name := range s.tree.names(dir) {
		for _, slug := range s.tree.names(path.Join(dir, name)) {
			slugs = append(slugs, path.Join(name, slug))
		}
	}
	s.each(slugs[:min(maxEntries, len(slugs))], func(slug string) (petri.Package, bool) {
		row := juliaProject(s.tree.read(path.Join(dir, slug, "Project.toml"), 256<<10))
		row.Location = dir
		return row, true
	})
}

// juliaProject reads name and version, which stand before the first table.
func juliaProject(text []byte) petri.Package {
	row := petri.Package{Ecosystem: "julia"}
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("[")) {
			break
		}
		name, value, _ := bytes.Cut(line, []byte("="))
		value = bytes.TrimSpace(value)
		if len(value) < 2 || value[0] != '"' {
			continue
		}
		value, _, _ = bytes.Cut(value[1:], []byte(`"`))
		switch string(bytes.TrimSpace(name)) {
		case "name":
			row.Name = plain(value)
		case "version":
			row.Version = plain(value)
		}
	}
	return row
}
