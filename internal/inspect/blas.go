package inspect

import (
	"path"
	"regexp"
	"strings"

	"github.com/petri-dev/petri"
)

// factBLAS tells which BLAS and LAPACK the system's programs are given: what libblas.so.3
// leads to, past Debian's alternatives. Where there is none, OpenBLAS under its own name.
func factBLAS(f *factScan) {
	for _, dir := range f.libraryFolders() {
		blas := f.tree.resolve(path.Join(dir, "libblas.so.3"))
		if blas == "" {
			blas = f.tree.resolve(path.Join(dir, "libopenblas.so.0"))
		}
		f.tellLibrary(petri.FactBLAS, blas)
		f.tellLibrary(petri.FactLAPACK, f.tree.resolve(path.Join(dir, "liblapack.so.3")))
	}
	for _, prefix := range f.prefixes {
		for _, lib := range []string{"lib/R", "lib64/R"} {
			home := path.Join(prefix, lib)
			f.tellLibrary(petri.FactBLAS, f.tree.resolve(path.Join(home, "lib/libRblas.so")))
			f.tellLibrary(petri.FactLAPACK, f.tree.resolve(path.Join(home, "lib/libRlapack.so")))
		}
	}
}

// tellLibrary tells a library once, whatever leads to it.
func (f *factScan) tellLibrary(fact, file string) {
	if file != "" && f.unheard(fact, file) {
		f.tell(fact, f.describe(file))
	}
}

var (
	openBLASFile   = regexp.MustCompile(`^lib(?:scipy_)?openblas[^.]*?-r(\d[0-9.]*\d(?:\.dev)?)\.(?:so|a)`)
	soVersion      = regexp.MustCompile(`\.so\.(\d+(?:\.\d+)+)$`)
	bundledVersion = regexp.MustCompile(`-r0-[0-9a-f]{6,}\.(\d[0-9.]*(?:dev)?)\.so`)
)

// describe names a library of linear algebra: what it is, its version, how it was made where
// the folder says so, and its file.
func (f *factScan) describe(file string) string {
	dir, base := path.Base(path.Dir(file)), path.Base(file)
	is := func(name string) bool { return strings.Contains(base, name) || strings.HasPrefix(dir, name) }
	switch {
	case is("openblas"):
		variant := ""
		if _, after, ok := strings.Cut(dir, "openblas-"); ok {
			variant = " " + after
		}
		real := file
		if !strings.Contains(base, "openblas") { // Debian's libblas.so.3 is a front of this
			real = f.tree.resolve(path.Join(path.Dir(file), "libopenblas.so.0"))
		}
		return "openblas" + spaced(first(openBLASFile, path.Base(real))) + variant + " (" + file + ")"
	case is("mkl"):
		return "mkl" + spaced(f.mklVersion(file)) + " (" + file + ")"
	case is("Rblas"), is("Rlapack"):
		return "R's own (" + file + ")"
	case is("flexiblas"):
		return "flexiblas" + spaced(first(soVersion, base)) + spaced(f.flexiblasDefault()) + " (" + file + ")"
	case is("atlas"), is("blis"), is("nvblas"):
		name := strings.TrimRight(dir, "0123456789")
		if !strings.HasPrefix(dir, "atlas") && !strings.HasPrefix(dir, "blis") {
			name, _, _ = strings.Cut(strings.TrimPrefix(base, "lib"), ".so")
		}
		version := first(soVersion, base)
		if version == "" {
			version = f.installed("lib" + strings.Replace(name, "blis", "blis4", 1))
		}
		return name + spaced(version) + " (" + file + ")"
	case strings.HasPrefix(base, "libblas.so"), strings.HasPrefix(base, "liblapack.so"):
		return "reference" + spaced(first(soVersion, base)) + " (" + file + ")"
	}
	return base + " (" + file + ")"
}

// mklVersion is that of conda's or Debian's package: the file is named after its interface.
func (f *factScan) mklVersion(file string) string {
	for _, name := range f.tree.names(path.Join(path.Dir(path.Dir(file)), "conda-meta")) {
		if row, ok := condaPackage(name); ok && row.Name == "mkl" {
			return row.Version
		}
	}
	return f.installed("libmkl-rt")
}

func (f *factScan) flexiblasDefault() string {
	for line := range strings.Lines(string(f.tree.read("/etc/flexiblasrc", 16<<10))) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && strings.TrimSpace(name) == "default" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func first(pattern *regexp.Regexp, text string) string {
	if found := pattern.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

func spaced(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}

var builtWith = regexp.MustCompile(`"blas":\s*\{[^}]*?"version":\s*"([0-9][0-9A-Za-z.+-]*)"`)

// tellBundled tells the OpenBLAS that wheels of NumPy and SciPy bring along in a Python
// library: by the file's name or, since NumPy 1.26, by what NumPy says it was built with.
func (f *factScan) tellBundled(site string) {
	for _, owner := range []string{"numpy", "scipy"} {
		for _, folder := range []string{owner + ".libs", owner + "/.libs"} {
			dir := path.Join(site, folder)
			for _, name := range f.tree.names(dir) {
				if !strings.Contains(name, "openblas") {
					continue
				}
				version := first(bundledVersion, name)
				if version != "" {
					version = "0." + version
				} else {
					version = first(builtWith, string(f.tree.read(path.Join(site, owner, "__config__.py"), 64<<10)))
				}
				f.tell(petri.FactBLAS, "openblas"+spaced(version)+" ("+path.Join(dir, name)+")")
			}
		}
	}
}
