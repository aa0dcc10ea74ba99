package inspect

import (
	"bytes"
	"path"
	"strings"

	"github.com/petri-dev/petri"
)

// readPython reads every site-packages and dist-packages of every prefix, and the folders
// of PYTHONPATH.
func readPython(s *scan) {
	for _, prefix := range s.prefixes {
		for _, lib := range []string{"lib", "lib64"} {
			base := path.Join(prefix, lib)
			for _, name := range s.tree.names(base) {
				if !strings.HasPrefix(name, "python") && !strings.HasPrefix(name, "pypy") {
					continue
				}
				for _, packages := range []string{"site-packages", "dist-packages"} {
					readPythonLibrary(s, path.Join(base, name, packages))
				}
			}
		}
	}
	for _, dir := range s.env("PYTHONPATH") {
		readPythonLibrary(s, dir)
	}
}

func readPythonLibrary(s *scan, dir string) {
	if !s.first(dir) {
		return
	}
	found := []string{}
	for _, name := range s.tree.names(dir) {
		switch path.Ext(name) {
		case ".dist-info", ".egg-info", ".egg-link", ".egg":
			found = append(found, name)
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
		return pythonFields(t.read(path.Join(at, "EGG-INFO/PKG-INFO"), maxMetadata))
	case ".egg-link":
		return linkedEgg(t, dir, t.read(at, 4<<10), strings.TrimSuffix(name, ".egg-link"))
	}
	if text := t.read(path.Join(at, "PKG-INFO"), maxMetadata); text != nil {
		return pythonFields(text)
	}
	return pythonFields(t.read(at, maxMetadata)) // distutils wrote a file, not a folder
}

// linkedEgg follows the link that "setup.py develop" leaves to a source folder.
func linkedEgg(t *tree, dir string, link []byte, name string) petri.Package {
	line, _, _ := bytes.Cut(link, []byte("\n"))
	source := plain(bytes.TrimSpace(line))
	if source == "" {
		return petri.Package{}
	}
	if !path.IsAbs(source) {
		source = path.Join(dir, source)
	}
	for _, egg := range []string{name, strings.ReplaceAll(name, "-", "_")} {
		if text := t.read(path.Join(source, egg+".egg-info/PKG-INFO"), maxMetadata); text != nil {
			return pythonFields(text)
		}
	}
	return petri.Package{}
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
