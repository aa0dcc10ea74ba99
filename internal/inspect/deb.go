package inspect

import (
	"bytes"
	"path"
	"strings"

	"github.com/petri-dev/petri"
)

// maxDatabase bounds a package manager's own list; Debian's of 3,000 packages has 3 MB.
const maxDatabase = 64 << 20

// readDeb reads dpkg's status, and status.d of images that were put together without dpkg.
// As with dpkg-query, a package of a foreign architecture carries that in its name.
func readDeb(s *scan) {
	status := s.tree.read("/var/lib/dpkg/status", maxDatabase)
	packages := debPackages(status)
	const folder = "/var/lib/dpkg/status.d"
	for _, name := range s.tree.names(folder) {
		if !strings.HasSuffix(name, ".md5sums") {
			one := append([]byte("Status: install ok installed\n"), s.tree.read(path.Join(folder, name), 1<<20)...)
			packages = append(packages, debPackages(one)...)
		}
	}
	s.add(debRows(packages)...)
}

type debPackage struct{ name, version, architecture string }

func debPackages(status []byte) []debPackage {
	packages := make([]debPackage, 0, bytes.Count(status, []byte("\nPackage: "))+1)
	for len(status) > 0 {
		var p debPackage
		installed := false
		status = headers(status, func(f field) bool {
			switch string(f.name) {
			case "Package":
				p.name = plain(f.value)
			case "Version":
				p.version = plain(f.value)
			case "Architecture":
				p.architecture = plain(f.value)
			case "Status":
				installed = bytes.HasSuffix(f.value, []byte(" installed"))
			}
			return true
		})
		if installed && p.name != "" && p.version != "" {
			packages = append(packages, p)
		}
	}
	return packages
}

func debRows(packages []debPackage) []petri.Package {
	native := ""
	for _, p := range packages {
		if p.name == "dpkg" || p.name == "base-files" {
			native = p.architecture
		}
	}
	rows := make([]petri.Package, 0, len(packages))
	for _, p := range packages {
		name := p.name
		if native != "" && p.architecture != native && p.architecture != "all" {
			name += ":" + p.architecture
		}
		rows = append(rows, petri.Package{Ecosystem: "deb", Name: name, Version: p.version})
	}
	return rows
}
