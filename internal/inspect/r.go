package inspect

import (
	"path"
	"slices"
	"strings"

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
	for _, name := range rPaths {
		for _, dir := range s.env(name) {
			readRLibrary(s, dir)
		}
	}
	s.readRenviron()
	for _, home := range s.opts.Homes {
		s.deeper(path.Join(home, "R"), 2)
	}
	for _, project := range s.opts.Projects {
		s.deeper(path.Join(project, "renv/library"), 3)
		s.deeper(path.Join(project, "packrat/lib"), 2)
	}
}

// rPaths are the variables by which R finds libraries.
var rPaths = []string{"R_LIBS", "R_LIBS_SITE", "R_LIBS_USER"}

// readRenviron reads the libraries that R's own settings name.
func (s *scan) readRenviron() {
	files := []string{"/etc/R/Renviron", "/etc/R/Renviron.site"}
	for _, prefix := range s.prefixes {
		files = append(files, path.Join(prefix, "lib/R/etc/Renviron"), path.Join(prefix, "lib/R/etc/Renviron.site"), path.Join(prefix, "lib64/R/etc/Renviron.site"))
	}
	for _, home := range append(s.opts.Homes[:len(s.opts.Homes):len(s.opts.Homes)], s.opts.Projects...) {
		files = append(files, path.Join(home, ".Renviron"))
	}
	for _, file := range files {
		for _, dir := range s.renviron(s.tree.read(file, 64<<10)) {
			readRLibrary(s, dir)
		}
	}
}

// renviron finds folders in lines such as R_LIBS_SITE=${R_LIBS_SITE:-'/a:/b'}. What depends on
// other variables is left out.
func (s *scan) renviron(text []byte) []string {
	dirs := []string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if !slices.Contains(rPaths, strings.TrimSpace(name)) {
			continue
		}
		for _, dir := range strings.FieldsFunc(value, func(c rune) bool { return strings.ContainsRune(`:'"{} `, c) }) {
			dir = strings.TrimPrefix(dir, "-")
			if rest, ok := strings.CutPrefix(dir, "~/"); ok && len(s.opts.Homes) > 0 {
				dir = path.Join(s.opts.Homes[0], rest)
			}
			if path.IsAbs(dir) && !strings.ContainsAny(dir, "$%") && len(dirs) < maxUnder {
				dirs = append(dirs, path.Clean(dir))
			}
		}
	}
	return dirs
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
	values := map[string]string{}
	headers(text, func(f field) bool {
		switch name := string(f.name); name {
		case "Package", "Version", "Built", "Repository", "biocViews", "RemoteType", "RemoteUsername", "RemoteRepo", "RemoteSha":
			values[name] = plain(f.value)
		}
		return true
	})
	built, ok := values["Built"]
	built, _, _ = strings.Cut(built, ";")
	row := petri.Package{Ecosystem: "r", Name: values["Package"], Version: values["Version"], Origin: rSource(values)}
	if built = strings.TrimSpace(built); built != "" {
		row.Origin = strings.TrimPrefix(row.Origin+", built with "+built, ", ")
	}
	return row, ok
}

// rSource is where a package was taken from: what remotes and pak noted, else the repository.
func rSource(values map[string]string) string {
	switch kind := values["RemoteType"]; kind {
	case "", "standard", "cran", "bioc":
	default:
		source := kind
		if values["RemoteRepo"] != "" {
			source += " " + path.Join(values["RemoteUsername"], values["RemoteRepo"])
		}
		if sha := values["RemoteSha"]; sha != "" {
			source += "@" + sha[:min(12, len(sha))]
		}
		return source
	}
	if values["Repository"] == "" && values["biocViews"] != "" {
		return "Bioconductor"
	}
	return values["Repository"]
}
