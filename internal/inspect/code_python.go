package inspect

import (
	"path"
	"strings"
)

// The bounds of namespace packages, which look like folders of data: how deep they may lie in one
// another, how many entries one may have, and how many are looked into.
const (
	maxNamespace        = 3
	maxNamespaceEntries = 500
	maxNamespaces       = 300
)

// pythonLibrary finds the code of a folder that holds modules: a library, an egg, or a namespace
// package, which unit names.
func (c *codeSearch) pythonLibrary(unit Unit, dir string, depth int) {
	names := c.tree.names(dir)
	if names == nil {
		return
	}
	if unit.Name != "" {
		unit.Name += "/"
	}
	if !c.found(CodeFolder{Path: dir, Unit: unit, Shared: true, takes: pythonModule}) {
		return
	}
	for len(names) > 0 {
		part := names[:min(chunk, len(names))]
		names = names[len(part):]
		if depth > 0 { // already one of several at work
			c.pythonEntries(unit, dir, part, depth)
			continue
		}
		c.group.Go(func() {
			c.slots <- struct{}{}
			defer func() { <-c.slots }()
			c.pythonEntries(unit, dir, part, depth)
		})
	}
}

func (c *codeSearch) pythonEntries(library Unit, dir string, names []string, depth int) {
	for _, name := range names {
		at, unit := path.Join(dir, name), library
		unit.Name += name
		switch {
		case name == "__pycache__":
			c.found(CodeFolder{Path: at, Unit: library, Shared: true, takes: pythonCompiled})
		case depth == 0 && path.Ext(name) == eggSuffix:
			c.pythonLibrary(unit, at, 1)
		case identifier(name) && name != startupHook:
			c.pythonPackage(unit, at, depth)
		}
	}
}

// pythonPackage finds a package by its __init__; a folder without is a namespace, or no package.
func (c *codeSearch) pythonPackage(unit Unit, dir string, depth int) {
	if !exists(path.Join(dir, "__init__.py")) {
		entries := c.tree.names(dir)
		if !hasInit(entries) {
			if depth < maxNamespace && mayHoldModules(entries) && c.namespaces.Add(1) <= maxNamespaces {
				c.pythonLibrary(unit, dir, depth+1)
			}
			return
		}
	}
	if c.found(CodeFolder{Path: dir, Unit: unit, takes: pythonInit}) {
		c.found(CodeFolder{Path: path.Join(dir, "__pycache__"), Unit: unit, takes: pythonInit})
	}
}

func hasInit(names []string) bool {
	for _, name := range names {
		if pythonInit(name) {
			return true
		}
	}
	return false
}

// mayHoldModules spares folders of data.
func mayHoldModules(names []string) bool {
	if len(names) > maxNamespaceEntries {
		return false
	}
	for _, name := range names {
		if name != "__pycache__" && (identifier(name) || pythonModule(name)) {
			return true
		}
	}
	return false
}

// startupHook is what setuptools has every Python load as it starts, whatever the program: that
// says nothing of the run.
const startupHook = "_distutils_hack"

const eggSuffix = ".egg"

// pythonModule tells whether Python imports a file of that name: x.py, x.pyc, x.so,
// x.cpython-311-x86_64-linux-gnu.so.
func pythonModule(file string) bool {
	if strings.HasSuffix(file, eggSuffix) {
		return true // packed: Python opens it whenever it looks for something
	}
	name, suffix, _ := strings.Cut(file, ".")
	switch {
	case !identifier(name), strings.HasPrefix(name, "__editable__"): // the latter is read whenever Python starts
		return false
	case suffix == "py", suffix == "pyc", suffix == "so":
		return true
	}
	return strings.HasSuffix(suffix, ".so") && (strings.HasPrefix(suffix, "cpython-") || strings.HasPrefix(suffix, "abi3") || strings.HasPrefix(suffix, "pypy"))
}

func pythonCompiled(file string) bool {
	name, _, _ := strings.Cut(file, ".")
	return identifier(name) && strings.HasSuffix(file, ".pyc")
}

func pythonInit(file string) bool {
	return strings.HasPrefix(file, "__init__.") && (strings.HasSuffix(file, ".py") || strings.HasSuffix(file, ".pyc") || strings.HasSuffix(file, ".so"))
}

// identifier tells whether an import statement can name it; letters beyond ASCII are taken.
func identifier(name string) bool {
	for i := range len(name) {
		b := name[i]
		if b != '_' && (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && b < 0x80 && (b < '0' || b > '9' || i == 0) {
			return false
		}
	}
	return name != ""
}
