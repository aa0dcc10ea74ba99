package inspect

import (
	"path"
	"regexp"
	"strings"

	"github.com/petri-dev/petri"
)

// factPython tells each interpreter once, by the file that it really is, and what NumPy and
// SciPy bring along in its library.
func factPython(f *factScan) {
	for _, prefix := range f.prefixes {
		for _, lib := range []string{"lib", "lib64"} {
			for _, name := range f.tree.names(path.Join(prefix, lib)) {
				if !strings.HasPrefix(name, "python") && !strings.HasPrefix(name, "pypy") {
					continue
				}
				for _, packages := range []string{"site-packages", "dist-packages"} {
					if site := path.Join(prefix, lib, name, packages); f.first(site) {
						f.tellBundled(site)
					}
				}
				f.tellInterpreter(petri.FactPython, path.Join(prefix, "bin", name), f.pythonVersion)
			}
		}
	}
}

func factOthers(f *factScan) {
	for _, prefix := range f.prefixes {
		for _, lib := range []string{"lib/R", "lib64/R"} {
			home := path.Join(prefix, lib)
			row, _ := rDescription(f.tree.read(path.Join(home, "library/base/DESCRIPTION"), 64<<10))
			if row.Version != "" && f.first(home) {
				f.tell(petri.FactR, row.Version+" ("+home+")")
			}
		}
		f.tellInterpreter(petri.FactNode, path.Join(prefix, "bin/node"), f.nodeVersion)
		f.tellInterpreter(petri.FactJulia, path.Join(prefix, "bin/julia"), f.juliaVersion)
	}
}

// tellInterpreter tells the program that a path leads to. One whose version is nowhere to be
// found is told without.
func (f *factScan) tellInterpreter(fact, program string, version func(file, prefix, name string) string) {
	file := f.tree.resolve(program)
	if file == "" || !f.unheard(fact, file) {
		return
	}
	found := version(file, path.Dir(path.Dir(file)), path.Base(file))
	if !versionNumber.MatchString(found) {
		found = "of an unknown version"
	}
	f.tell(fact, found+" ("+file+")")
}

var minor = regexp.MustCompile(`^(?:python|pypy)(\d+\.\d+)`)

// pythonVersion looks into the headers, which every build but a distribution's brings along,
// into the package managers' lists and, failing all, into the program.
func (f *factScan) pythonVersion(file, prefix, name string) string {
	for _, folder := range []string{name, name + "m"} {
		header := f.tree.read(path.Join(prefix, "include", folder, "patchlevel.h"), 16<<10)
		if strings.HasPrefix(name, "pypy") {
			if version := define(header, "PYPY_VERSION"); version != "" {
				return version
			}
		}
		if version := define(header, "PY_VERSION"); version != "" {
			return version
		}
	}
	if prefix == "/usr" && strings.HasPrefix(name, "pypy") {
		return f.installed("pypy3")
	}
	if prefix == "/usr" {
		for _, one := range []string{name + "-minimal", "python3"} {
			version := f.installed(one)
			if version != "" && strings.HasPrefix(version+".", first(minor, name)+".") {
				return version
			}
		}
	}
	if version := f.condaVersion(prefix, "python"); version != "" {
		return version
	}
	number := first(minor, name)
	if number == "" {
		return ""
	}
	pattern, err := regexp.Compile(`\x00(` + regexp.QuoteMeta(number) + `\.\d+[0-9a-z+]*)\x00`)
	if err != nil {
		return ""
	}
	for _, one := range []string{file, path.Join(prefix, "lib", "lib"+name+".so.1.0"), path.Join(prefix, "lib64", "lib"+name+".so.1.0")} {
		if version := f.find(one, "\x00"+number+".", pattern, 64<<20); version != "" {
			return version
		}
	}
	return ""
}

func (f *factScan) condaVersion(prefix, name string) string {
	for _, file := range f.tree.names(path.Join(prefix, "conda-meta")) {
		if row, ok := condaPackage(file); ok && row.Name == name {
			return row.Version
		}
	}
	return ""
}

func (f *factScan) nodeVersion(_, prefix, _ string) string {
	header := f.tree.read(path.Join(prefix, "include/node/node_version.h"), 16<<10)
	if major := define(header, "NODE_MAJOR_VERSION"); major != "" {
		return major + "." + define(header, "NODE_MINOR_VERSION") + "." + define(header, "NODE_PATCH_VERSION")
	}
	if prefix == "/usr" {
		return f.installed("nodejs")
	}
	return f.condaVersion(prefix, "nodejs")
}

func (f *factScan) juliaVersion(_, prefix, _ string) string {
	if version := define(f.tree.read(path.Join(prefix, "include/julia/julia_version.h"), 16<<10), "JULIA_VERSION_STRING"); version != "" {
		return version
	}
	for _, name := range f.tree.names(path.Join(prefix, "lib")) {
		if strings.HasPrefix(name, "libjulia.so.") {
			if version := first(soVersion, name); strings.Count(version, ".") == 2 {
				return version
			}
		}
	}
	if prefix == "/usr" {
		return f.installed("julia")
	}
	return ""
}
