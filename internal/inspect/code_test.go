package inspect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/inspect"
)

// opening plays a process that opens files of a system: it gives the packages that loads.
func opening(t *testing.T, root string, list petri.PackageList, files ...string) []string {
	t.Helper()
	var mu sync.Mutex
	folders := map[string][]inspect.CodeFolder{}
	inspect.CodeFolders(list, func(f inspect.CodeFolder) bool {
		info, err := os.Stat(f.Path)
		if err != nil || !info.IsDir() {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		folders[f.Path] = append(folders[f.Path], f)
		return true
	})
	var units []inspect.Unit
	for _, file := range files {
		for _, folder := range folders[filepath.Join(root, filepath.Dir(file))] {
			if unit, ok := folder.Loads(filepath.Base(file)); ok {
				units = append(units, unit)
			}
		}
	}
	found := []string{}
	for _, p := range inspect.Owners(list, units) {
		found = append(found, fmt.Sprintf("%s %s %s", p.Ecosystem, p.Name, p.Version))
	}
	return found
}

const pyLibrary = "usr/lib/python3/site-packages/"

// library is a Python library with all that there is.
func library(t *testing.T) (string, petri.PackageList) {
	root := system(t, map[string]string{
		pyLibrary + "numpy/__init__.py": "", pyLibrary + "numpy/__pycache__/__init__.cpython-311.pyc": "", pyLibrary + "numpy/core.py": "",
		pyLibrary + "numpy.libs/libopenblas.so": "", pyLibrary + "numpy-1.24.dist-info/METADATA": "", pyLibrary + "numpy-1.24.dist-info/RECORD": "numpy.libs/libopenblas.so,,\nnumpy/__init__.py,sha256=x,5\n",
		pyLibrary + "six.py": "", pyLibrary + "__pycache__/six.cpython-311.pyc": "", pyLibrary + "six-1.16.egg-info/top_level.txt": "six\n", pyLibrary + "six-1.16.egg-info/PKG-INFO": "",
		pyLibrary + "yaml/__init__.py": "", pyLibrary + "_yaml/__init__.py": "", pyLibrary + "PyYAML-6.0.dist-info/top_level.txt": "_yaml\nyaml\n",
		pyLibrary + "google/auth/__init__.py": "", pyLibrary + "google_auth-2.0.dist-info/top_level.txt": "google\n", pyLibrary + "google_auth-2.0.dist-info/RECORD": "google/auth/__init__.py,,\n",
		pyLibrary + "google/cloud/storage/__init__.py": "", pyLibrary + "google_cloud_storage-3.0.dist-info/top_level.txt": "google\n", pyLibrary + "google_cloud_storage-3.0.dist-info/RECORD": "google/cloud/storage/__init__.py,,\ngoogle/cloud/plain.py,,\n", pyLibrary + "google/cloud/plain.py": "",
		pyLibrary + "bs4/__init__.py": "", pyLibrary + "beautifulsoup4-4.12.dist-info/RECORD": "bs4/__init__.py,,\n",
		pyLibrary + "fast.cpython-311-x86_64-linux-gnu.so": "", pyLibrary + "fast-1.0.dist-info/RECORD": "fast.cpython-311-x86_64-linux-gnu.so,,\n",
		pyLibrary + "old-0.1-py3.11.egg/old/__init__.py": "", pyLibrary + "old-0.1-py3.11.egg/EGG-INFO/PKG-INFO": "",
		pyLibrary + "packed-7-py3.11.egg":      "PK",
		pyLibrary + "debian_thing/__init__.py": "", pyLibrary + "debian_thing-5.dist-info/METADATA": "",
		pyLibrary + "ext/__init__.cpython-311-x86_64-linux-gnu.so": "", pyLibrary + "ext-1.dist-info/RECORD": "ext/__init__.cpython-311-x86_64-linux-gnu.so,,\n",
		pyLibrary + "data/notes/readme.txt": "", pyLibrary + "editable-1.dist-info/RECORD": "__editable___editable_finder.py,,\n", pyLibrary + "__editable___editable_finder.py": "",
		pyLibrary + "setuptools/__init__.py": "", pyLibrary + "_distutils_hack/__init__.py": "", pyLibrary + "setuptools-66.dist-info/top_level.txt": "_distutils_hack\nsetuptools\n",
	})
	list := []petri.Package{}
	for _, p := range []string{"numpy 1.24", "six 1.16", "PyYAML 6.0", "google-auth 2.0", "google-cloud-storage 3.0", "beautifulsoup4 4.12", "fast 1.0", "old 0.1", "packed 7", "debian-thing 5", "ext 1", "editable 1", "setuptools 66"} {
		name, version, _ := strings.Cut(p, " ")
		list = append(list, petri.Package{Ecosystem: "python", Name: name, Version: version, Location: filepath.Join(root, pyLibrary)})
	}
	return root, petri.NewPackageList(list)
}

func TestPythonCode(t *testing.T) {
	root, list := library(t)
	for file, want := range map[string]string{
		"numpy/__init__.py":                            "python numpy 1.24",
		"numpy/__pycache__/__init__.cpython-311.pyc":   "python numpy 1.24",
		"numpy/core.py":                                "", // within a package that was opened already
		"numpy-1.24.dist-info/METADATA":                "", // pip list reads it
		"numpy-1.24.dist-info/RECORD":                  "",
		"numpy.libs/libopenblas.so":                    "",
		"six.py":                                       "python six 1.16",
		"__pycache__/six.cpython-311.pyc":              "python six 1.16",
		"yaml/__init__.py":                             "python PyYAML 6.0",
		"_yaml/__init__.py":                            "python PyYAML 6.0",
		"google/auth/__init__.py":                      "python google-auth 2.0",
		"google/cloud/storage/__init__.py":             "python google-cloud-storage 3.0",
		"google/cloud/plain.py":                        "python google-cloud-storage 3.0",
		"bs4/__init__.py":                              "python beautifulsoup4 4.12",
		"fast.cpython-311-x86_64-linux-gnu.so":         "python fast 1.0",
		"old-0.1-py3.11.egg/old/__init__.py":           "python old 0.1",
		"debian_thing/__init__.py":                     "python debian-thing 5",
		"ext/__init__.cpython-311-x86_64-linux-gnu.so": "python ext 1",
		"packed-7-py3.11.egg":                          "python packed 7",
		"__editable___editable_finder.py":              "",
		"data/notes/readme.txt":                        "",
		"setuptools/__init__.py":                       "python setuptools 66",
		"_distutils_hack/__init__.py":                  "", // every Python does as it starts
	} {
		if got := strings.Join(opening(t, root, list, pyLibrary+file), ", "); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

func TestOtherCode(t *testing.T) {
	root := system(t, map[string]string{
		"lib/survival/R/survival.rdb": "", "lib/survival/R/survival": "", "lib/survival/DESCRIPTION": "", "lib/survival/Meta/package.rds": "", "lib/survival/libs/survival.so": "",
		"lib/datasets/data/Rdata.rdx": "", "lib/datasets/Meta/data.rds": "",
		"other/survival/R/survival.rdb":      "",
		"node_modules/left-pad/package.json": "", "node_modules/left-pad/README.md": "", "node_modules/@scope/x/index.js": "",
		"depot/packages/CSV/AbCdE/src/CSV.jl": "", "depot/packages/CSV/AbCdE/Project.toml": "", "depot/compiled/v1.9/DataFrames/x.ji": "",
	})
	at := func(dir string) string { return filepath.Join(root, dir) }
	list := petri.NewPackageList([]petri.Package{
		{Ecosystem: "r", Name: "survival", Version: "3.5-3", Location: at("lib")}, {Ecosystem: "r", Name: "datasets", Version: "4.2.2", Location: at("lib")},
		{Ecosystem: "r", Name: "survival", Version: "3.7-0", Location: at("other")},
		{Ecosystem: "npm", Name: "left-pad", Version: "1.3.0", Location: at("node_modules")}, {Ecosystem: "npm", Name: "@scope/x", Version: "2.0.0", Location: at("node_modules")},
		{Ecosystem: "julia", Name: "CSV", Version: "0.10", Location: at("depot/packages")}, {Ecosystem: "julia", Name: "DataFrames", Version: "1.6", Location: at("depot/packages")},
		{Ecosystem: "deb", Name: "bash", Version: "5.2"},
	})
	for file, want := range map[string]string{
		"lib/survival/R/survival.rdb": "r survival 3.5-3", "other/survival/R/survival.rdb": "r survival 3.7-0",
		"lib/survival/DESCRIPTION": "", "lib/survival/Meta/package.rds": "", "lib/datasets/data/Rdata.rdx": "r datasets 4.2.2", "lib/datasets/Meta/data.rds": "",
		"node_modules/left-pad/package.json": "npm left-pad 1.3.0", "node_modules/left-pad/README.md": "", "node_modules/@scope/x/index.js": "npm @scope/x 2.0.0",
		"depot/packages/CSV/AbCdE/src/CSV.jl": "julia CSV 0.10", "depot/packages/CSV/AbCdE/Project.toml": "", "depot/compiled/v1.9/DataFrames/x.ji": "julia DataFrames 1.6",
	} {
		if got := strings.Join(opening(t, root, list, file), ", "); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

// TestDataIsNoCode: a project that is a Python library too may hold any number of folders.
func TestDataIsNoCode(t *testing.T) {
	root := t.TempDir()
	for i := range 1000 {
		must(t, os.MkdirAll(filepath.Join(root, fmt.Sprintf("d%d/a", i)), 0o755))
		must(t, os.MkdirAll(filepath.Join(root, fmt.Sprintf("data/d%d/a", i)), 0o755))
	}
	list := petri.PackageList{{Ecosystem: "python", Name: "p", Version: "1", Location: root}}
	var asked atomic.Int64
	inspect.CodeFolders(list, func(inspect.CodeFolder) bool { asked.Add(1); return true })
	if n := asked.Load(); n > 700 {
		t.Errorf("%d folders would be watched", n)
	}
}

// What a distribution packed is its package, too.
func TestDistributors(t *testing.T) {
	list := petri.NewPackageList([]petri.Package{
		{Ecosystem: "r", Name: "Matrix", Version: "1.5-3", Location: "/usr/lib/R/library"}, {Ecosystem: "deb", Name: "r-cran-matrix", Version: "1.5-3-1"},
		{Ecosystem: "r", Name: "sf", Version: "1.0", Location: "/usr/local/lib/R/site-library"}, {Ecosystem: "deb", Name: "r-cran-sf", Version: "1.0-1"},
		{Ecosystem: "r", Name: "utils", Version: "4.2.2", Location: "/usr/lib/R/library"}, {Ecosystem: "deb", Name: "r-base-core", Version: "4.2.2.20221110-2"},
		{Ecosystem: "r", Name: "MASS", Version: "7.3", Location: "/opt/conda/lib/R/library"}, {Ecosystem: "conda", Name: "r-mass", Version: "7.3", Location: "/opt/conda"}, {Ecosystem: "conda", Name: "r-mass", Version: "7.3", Location: "/opt/other"},
	})
	units := []inspect.Unit{}
	for _, p := range list {
		if p.Ecosystem == "r" {
			units = append(units, inspect.Unit{Ecosystem: "r", Location: p.Location, Name: p.Name})
		}
	}
	got := rows(inspect.Owners(list, units))
	got = slices.DeleteFunc(got, func(row string) bool { return strings.HasPrefix(row, "r ") })
	want := []string{"conda r-mass 7.3 /opt/conda", "deb r-base-core 4.2.2.20221110-2", "deb r-cran-matrix 1.5-3-1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What a list says may have been made up by whoever made the image.
func TestHostileCode(t *testing.T) {
	root := system(t, map[string]string{"lib/x": "a file", "loop": "-> loop", "deep/a/b/c/d/e/f.py": "", "deep/pack-1.dist-info/RECORD": "a/b/c/d/e/f.py,,\n"})
	list := petri.PackageList{
		{Ecosystem: "r", Name: "../../etc", Version: "1", Location: filepath.Join(root, "lib")}, {Ecosystem: "r", Name: "x", Version: "1", Location: filepath.Join(root, "lib")},
		{Ecosystem: "python", Name: "p", Version: "1", Location: filepath.Join(root, "loop")}, {Ecosystem: "python", Name: "p", Version: "1", Location: "relative"},
		{Ecosystem: "julia", Name: "p", Version: "1", Location: "/nonexistent"}, {Ecosystem: "python", Name: "pack", Version: "1", Location: filepath.Join(root, "deep")},
	}
	if got := opening(t, root, list, "lib/x/R/x", "deep/a/b/c/d/e/f.py"); len(got) != 0 {
		t.Errorf("loaded %v", got)
	}
	if got := inspect.Owners(list, []inspect.Unit{{"python", filepath.Join(root, "loop"), "p"}, {"", "", ""}, {"python", "", "../x"}}); len(got) != 0 {
		t.Errorf("owners %v", got)
	}
}
