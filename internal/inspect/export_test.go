package inspect

import (
	"bytes"

	"github.com/petri-dev/petri"
)

// RPMRows reads a database as readRPM does, for fuzzers: kind is its file's name.
func RPMRows(kind string, database, log []byte) []petri.Package {
	file := newOpened(bytes.NewReader(database), int64(len(database)))
	return rpmRows(rpmHeaders(rpmDatabase(kind, file, newOpened(bytes.NewReader(log), int64(len(log))))))
}

// Readers are the readers of one text each, by name, for fuzzers.
var Readers = map[string]func([]byte) []petri.Package{
	"dpkg status":   func(b []byte) []petri.Package { return debRows(debPackages(b)) },
	"apk installed": apkRows,
	"METADATA":      func(b []byte) []petri.Package { return []petri.Package{pythonFields(b)} },
	"DESCRIPTION":   func(b []byte) []petri.Package { return taken(rDescription(b)) },
	"package.json":  func(b []byte) []petri.Package { return taken(packageJSON(b)) },
	"conda-meta": func(b []byte) []petri.Package {
		row, ok := condaPackage(string(b))
		row.Origin += condaChannel(b)
		return taken(row, ok)
	},
	"Project.toml": func(b []byte) []petri.Package { return []petri.Package{juliaProject(b)} },
	"rpm header": func(b []byte) []petri.Package {
		p, _ := parseRPMHeader(b)
		return rpmRows([]rpmPackage{p})
	},
	".pth": func(b []byte) []petri.Package {
		rows := []petri.Package{}
		for _, line := range pathLines(b) {
			rows = append(rows, petri.Package{Location: line})
		}
		return rows
	},
	"Renviron": func(b []byte) []petri.Package {
		rows := []petri.Package{}
		for _, dir := range (&scan{opts: Options{Homes: []string{"/h"}}}).renviron(b) {
			rows = append(rows, petri.Package{Location: dir})
		}
		return rows
	},
	"patchlevel.h": func(b []byte) []petri.Package {
		return []petri.Package{{Version: plain([]byte(define(b, "PY_VERSION")))}}
	},
}

func taken(p petri.Package, ok bool) []petri.Package {
	if !ok {
		return nil
	}
	return []petri.Package{p}
}
