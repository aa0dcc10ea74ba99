package inspect

import (
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// Unit is a piece of code that is loaded as a whole: an R package, a Python module of the top
// level or of a namespace, a folder of node_modules, a Julia package, a folder of libraries.
type Unit struct {
	Ecosystem string
	Location  string // the library, as in a package list
	Name      string // within the library, with slashes: google/auth
}

// CodeFolder is a folder with code of packages. Opening a file directly in it loads a unit where
// Loads says so.
type CodeFolder struct {
	Path string
	// Unit is what all its files belong to. Where each file is a unit of its own, Shared is set, and
	// Unit's name is what comes before the file's.
	Unit   Unit
	Shared bool
	takes  func(file string) bool
}

// Loads gives the unit that is loaded by opening that file of the folder.
func (f CodeFolder) Loads(file string) (Unit, bool) {
	if !f.takes(file) {
		return Unit{}, false
	}
	unit := f.Unit
	if f.Shared {
		module, _, _ := strings.Cut(file, ".")
		if strings.HasSuffix(file, eggSuffix) {
			module = file
		}
		unit.Name += module
	}
	return unit, true
}

// CodeFolders finds the folders with the code of the packages of a list that was made of this
// very system's root. It opens folders and looks at names; it reads no file. found is called for
// each, by several goroutines at once, and tells whether the folder is there and can be entered.
func CodeFolders(list petri.PackageList, found func(CodeFolder) bool) {
	c := &codeSearch{found: found, slots: make(chan struct{}, workers)}
	c.named(list)
	for _, library := range libraries(list, "python") {
		c.group.Go(func() { c.pythonLibrary(Unit{Ecosystem: "python", Location: library}, library, 0) })
	}
	for _, depot := range libraries(list, "julia") {
		c.group.Go(func() { c.juliaDepot(depot) })
	}
	c.libraryFolders(list)
	c.group.Wait()
}

type codeSearch struct {
	tree  tree // of /
	found func(CodeFolder) bool
	group sync.WaitGroup
	slots chan struct{}
	// namespaces counts Python's, looked into so far.
	namespaces atomic.Int64
}

// libraries are the places of an ecosystem's packages.
func libraries(list petri.PackageList, ecosystem string) []string {
	places := []string{}
	for _, p := range list {
		if p.Ecosystem == ecosystem && path.IsAbs(p.Location) {
			places = append(places, p.Location)
		}
	}
	slices.Sort(places)
	return slices.Compact(places)
}

// named finds the packages whose folder is called as they are.
func (c *codeSearch) named(list petri.PackageList) {
	for len(list) > 0 {
		part := list[:min(4*chunk, len(list))]
		list = list[len(part):]
		if part[0].Ecosystem == "deb" && part[len(part)-1].Ecosystem == "deb" {
			continue
		}
		c.group.Go(func() {
			c.slots <- struct{}{}
			defer func() { <-c.slots }()
			for _, p := range part {
				c.namedPackage(p)
			}
		})
	}
}

func (c *codeSearch) namedPackage(p petri.Package) {
	if !path.IsAbs(p.Location) || strings.Contains(p.Name, "..") {
		return
	}
	unit, at := Unit{p.Ecosystem, p.Location, p.Name}, path.Join(p.Location, p.Name)
	switch p.Ecosystem {
	case "r":
		// Listing packages reads DESCRIPTION and Meta; a package of data only has no R.
		if !c.found(CodeFolder{Path: path.Join(at, "R"), Unit: unit, takes: anyFile}) {
			c.found(CodeFolder{Path: path.Join(at, "data"), Unit: unit, takes: anyFile})
		}
	case "npm":
		c.found(CodeFolder{Path: at, Unit: unit, takes: nodeFile})
	}
}

func anyFile(string) bool { return true }

func nodeFile(file string) bool {
	switch path.Ext(file) {
	case ".json", ".js", ".cjs", ".mjs", ".node":
		return true
	}
	return false
}

// juliaDepot finds source folders, DEPOT/NAME/SLUG/src, and what was compiled of them, which newer
// versions read instead.
func (c *codeSearch) juliaDepot(packages string) {
	for _, name := range c.tree.names(packages) {
		for _, slug := range c.tree.names(path.Join(packages, name)) {
			unit := Unit{"julia", packages, path.Join(name, slug)}
			c.found(CodeFolder{Path: path.Join(packages, name, slug, "src"), Unit: unit, takes: anyFile})
		}
	}
	compiled := path.Join(path.Dir(packages), "compiled")
	for _, version := range c.tree.names(compiled) {
		for _, name := range c.tree.names(path.Join(compiled, version)) {
			c.found(CodeFolder{Path: path.Join(compiled, version, name), Unit: Unit{"julia", packages, name}, takes: anyFile})
		}
	}
}

// libraryFolders finds those numerical libraries of Debian of which one is chosen by a link.
func (c *codeSearch) libraryFolders(list petri.PackageList) {
	triplet := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[runtime.GOARCH]
	for _, p := range list {
		if p.Ecosystem != "deb" || triplet == "" {
			continue
		}
		if folder := mathFolder(p.Name); folder != "" {
			c.found(CodeFolder{Path: path.Join("/usr/lib", triplet, folder), Unit: Unit{"deb", p.Location, p.Name}, takes: sharedLibrary})
		}
	}
}

// mathFolder is where Debian's package puts its BLAS or LAPACK; "" for any other package.
func mathFolder(name string) string {
	switch name {
	case "libblas3":
		return "blas"
	case "liblapack3":
		return "lapack"
	case "libatlas3-base":
		return "atlas"
	}
	for _, family := range []string{"openblas", "blis"} {
		rest, ok := strings.CutPrefix(name, "lib"+family)
		if version, build, found := strings.Cut(rest, "-"); ok && found && len(version) == 1 && !strings.Contains(build, "-") && build != "dev" {
			return family + "-" + build
		}
	}
	return ""
}

func sharedLibrary(file string) bool { return strings.Contains(file, ".so") }

// exists tells whether there is something of that name.
func exists(path string) bool { return unix.Access(path, unix.F_OK) == nil }
