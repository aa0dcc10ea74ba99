package inspect

import (
	"bytes"
	"path"
	"strings"

	"github.com/petri-dev/petri"
)

// readPython reads every site-packages and dist-packages of every prefix, the folders that
// their .pth files add, and those of PYTHONPATH.
func readPython(s *scan) {
	for _, prefix := range s.prefixes {
		for _, lib := range []string{"lib", "lib64"} {
			base := path.Join(prefix, lib)
			for _, name := range s.tree.names(base) {
				if !strings.HasPrefix(name, "python") && !strings.HasPrefix(name, "pypy") {
					continue
				}
				for _, packages := range []string{"site-packages", "dist-packages"} {
					readPythonLibrary(s, path.Join(base, name, packages), true)
				}
			}
		}
	}
	for _, dir := range s.env("PYTHONPATH") {
		readPythonLibrary(s, dir, false)
	}
}

// readPythonLibrary reads a folder of Python's path. In one that is a site's own, files may add
// others to the path.
func readPythonLibrary(s *scan, dir string, site bool) {
	if !s.first(dir) {
		return
	}
	found := []string{}
	for _, name := range s.tree.names(dir) {
		switch path.Ext(name) {
		case ".dist-info", ".egg-info", ".egg":
			found = append(found, name)
		case ".egg-link", ".pth":
			if !site {
				continue
			}
			for _, source := range pathLines(s.tree.read(path.Join(dir, name), 64<<10)) {
				if !path.IsAbs(source) {
					source = path.Join(dir, source)
				}
				readPythonLibrary(s, path.Clean(source), false)
			}
		}
	}
	s.each(found, func(name string) (petri.Package, bool) {
		row := pythonMetadata(s.tree, dir, name)
		row.Location = dir
		return row, true
	})
}

// maxMetadata is enough for the fields at the head of a description that may be a book.
const maxMetadata = 64 << 10

// pythonMetadata reads the name and version that an entry of a library describes.
func pythonMetadata(t *tree, dir, name string) petri.Package {
	at := path.Join(dir, name)
	switch path.Ext(name) {
	case ".dist-info":
		return pythonFields(t.read(path.Join(at, "METADATA"), maxMetadata))
	case ".egg":
		if text := t.read(path.Join(at, "EGG-INFO/PKG-INFO"), maxMetadata); text != nil {
			return pythonFields(text)
		}
		return pythonFields(zippedMetadata(t, at))
	}
	if text := t.read(path.Join(at, "PKG-INFO"), maxMetadata); text != nil {
		return pythonFields(text)
	}
	return pythonFields(t.read(at, maxMetadata)) // distutils wrote a file, not a folder
}

// pathLines are the folders that a .pth file adds to Python's path, or that the link names which
// "setup.py develop" leaves; lines of code and remarks are none.
func pathLines(text []byte) []string {
	const most = 100
	folders := []string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line == "." || line[0] == '#' || strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "import\t"):
		case plain([]byte(line)) != "" && len(folders) < most:
			folders = append(folders, line)
		}
	}
	return folders
}

func pythonFields(text []byte) petri.Package {
	row := petri.Package{Ecosystem: "python"}
	headers(text, func(f field) bool {
		switch {
		case row.Name == "" && bytes.EqualFold(f.name, []byte("Name")):
			row.Name = plain(f.value)
		case row.Version == "" && bytes.EqualFold(f.name, []byte("Version")):
			row.Version = plain(f.value)
		}
		return row.Name == "" || row.Version == ""
	})
	return row
}
