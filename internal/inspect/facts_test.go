package inspect_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri/internal/inspect"
)

func TestFacts(t *testing.T) {
	const multiarch = "/usr/lib/x86_64-linux-gnu/"
	binary := strings.Repeat("x", 300_000)
	for name, test := range map[string]struct {
		files map[string]string
		env   []string
		want  []string
	}{
		"nothing": {nil, nil, []string{"locale C", "time_zone UTC"}},
		"debian with alternatives": {map[string]string{
			"etc/os-release": "-> ../usr/lib/os-release", "usr/lib/os-release": "NAME=Debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
			"var/lib/dpkg/status": "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u10\n\nPackage: python3.11-minimal\nStatus: install ok installed\nVersion: 3.11.2-6\n\n" +
				"Package: nodejs\nStatus: install ok installed\nVersion: 18.20.4+dfsg-1~deb12u1\n\nPackage: julia\nStatus: deinstall ok config-files\nVersion: 1.5.3\n",
			"usr/lib/x86_64-linux-gnu/libblas.so.3":                             "-> /etc/alternatives/libblas.so.3-x86_64-linux-gnu",
			"etc/alternatives/libblas.so.3-x86_64-linux-gnu":                    "-> /usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3",
			"usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3":            "ELF",
			"usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0":        "-> libopenblasp-r0.3.21.so",
			"usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblasp-r0.3.21.so": "ELF",
			"usr/lib/x86_64-linux-gnu/liblapack.so.3":                           "-> lapack/liblapack.so.3.11.0",
			"usr/lib/x86_64-linux-gnu/lapack/liblapack.so.3.11.0":               "ELF",
			"usr/lib/python3.11/os.py":                                          "", "usr/bin/python3.11": "ELF",
			"usr/bin/node": "-> nodejs", "usr/bin/nodejs": "ELF", "usr/bin/julia": "ELF",
			"usr/lib/R/library/base/DESCRIPTION": "Package: base\nVersion: 4.2.2\nBuilt: R 4.2.2\n",
			"etc/localtime":                      "-> /usr/share/zoneinfo/Europe/Paris",
		}, []string{"LANG=fr_FR.UTF-8", "LC_NUMERIC=C", "LC_CTYPE=fr_FR.UTF-8", "PATH=/usr/bin:/bin"}, []string{
			"blas openblas 0.3.21 pthread (" + multiarch + "openblas-pthread/libblas.so.3)", "distribution Debian GNU/Linux 12 (bookworm)",
			"julia of an unknown version (/usr/bin/julia)", "lapack reference 3.11.0 (" + multiarch + "lapack/liblapack.so.3.11.0)",
			"libc glibc 2.36", "locale fr_FR.UTF-8 LC_NUMERIC=C", "node 18.20.4 (/usr/bin/nodejs)", "python 3.11.2 (/usr/bin/python3.11)",
			"r 4.2.2 (/usr/lib/R)", "time_zone Europe/Paris",
		}},
		"built by hand": {map[string]string{
			"usr/lib64/libc.so.6":    binary + "\x00GNU C Library (GNU libc) stable release version 2.34.\nCopyright",
			"usr/lib64/libblas.so.3": "-> libblas.so.3.10.0", "usr/lib64/libblas.so.3.10.0": "ELF",
			"usr/local/lib/R/lib/libRblas.so":                                                    "ELF",
			"usr/local/lib/R/library/base/DESCRIPTION":                                           "Package: base\nVersion: 4.4.1\n",
			"usr/local/lib/python3.12/site-packages/numpy/__config__.py":                         "CONFIG = {\n \"Build Dependencies\": {\n  \"blas\": {\n   \"name\": \"scipy-openblas\",\n   \"found\": True,\n   \"version\": \"0.3.27\",\n",
			"usr/local/lib/python3.12/site-packages/numpy.libs/libscipy_openblas64_-ff651d7f.so": "ELF",
			"usr/local/lib/python3.9/site-packages/scipy.libs/libopenblasp-r0-2f7c42d4.3.18.so":  "ELF",
			"usr/local/include/python3.12/patchlevel.h":                                          "#define PY_VERSION             \"3.12.4\"\n", "usr/local/bin/python3.12": "ELF",
			"opt/py/lib/python3.9/os.py": "", "opt/py/bin/python3.9": binary + "\x003.9.\x00y\x003.9.18\x00", "usr/local/bin/python3.9": "-> /opt/py/bin/python3.9",
			"usr/local/bin/node": "ELF", "usr/local/include/node/node_version.h": "#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 1\n#define NODE_PATCH_VERSION 2\n",
			"usr/local/bin/julia": "-> /opt/julia-1.9.3/bin/julia", "opt/julia-1.9.3/bin/julia": "ELF",
			"opt/julia-1.9.3/include/julia/julia_version.h": "#define JULIA_VERSION_STRING \"1.9.3\"\n",
		}, []string{"LC_ALL=C.UTF-8", "LANG=fr_FR", "TZ=:Asia/Tokyo"}, []string{
			"blas R's own (/usr/local/lib/R/lib/libRblas.so)", "blas openblas 0.3.18 (/usr/local/lib/python3.9/site-packages/scipy.libs/libopenblasp-r0-2f7c42d4.3.18.so)",
			"blas openblas 0.3.27 (/usr/local/lib/python3.12/site-packages/numpy.libs/libscipy_openblas64_-ff651d7f.so)",
			"blas reference 3.10.0 (/usr/lib64/libblas.so.3.10.0)", "julia 1.9.3 (/opt/julia-1.9.3/bin/julia)", "libc glibc 2.34", "locale C.UTF-8",
			"node 20.1.2 (/usr/local/bin/node)", "python 3.12.4 (/usr/local/bin/python3.12)", "python 3.9.18 (/opt/py/bin/python3.9)",
			"r 4.4.1 (/usr/local/lib/R)", "time_zone Asia/Tokyo",
		}},
		"alpine": {map[string]string{
			"etc/os-release": "NAME=\"Alpine Linux\"\nVERSION_ID=3.19.1\n", "lib/ld-musl-x86_64.so.1": "ELF",
			"lib/apk/db/installed": "P:musl\nV:1.2.4_git20230717-r4\n\nP:python3\nV:3.11.8-r0\n", "usr/lib/python3.11/os.py": "", "usr/bin/python3.11": "ELF",
		}, nil, []string{"distribution Alpine Linux 3.19.1", "libc musl 1.2.4_git20230717", "locale C", "python 3.11.8 (/usr/bin/python3.11)", "time_zone UTC"}},
		"conda": {map[string]string{
			"opt/conda/conda-meta/python-3.11.5-h7a1cb2a_0.json": "{}", "opt/conda/lib/python3.11/os.py": "", "opt/conda/bin/python3.11": "ELF",
			"opt/conda/lib/libblas.so.3": "-> libmkl_rt.so.2", "opt/conda/lib/libmkl_rt.so.2": "ELF", "opt/conda/conda-meta/mkl-2023.1.0-h213fc3f.json": "{}",
			"lib/ld-musl-x86_64.so.1": "\x00\x001.2.3\x00",
		}, nil, []string{"blas mkl 2023.1.0 (/opt/conda/lib/libmkl_rt.so.2)", "libc musl 1.2.3", "locale C", "python 3.11.5 (/opt/conda/bin/python3.11)", "time_zone UTC"}},
		"debian with others": {map[string]string{
			"var/lib/dpkg/status":                   "Package: libblis4-pthread\nStatus: install ok installed\nVersion: 0.9.0-1\n\nPackage: pypy3\nStatus: install ok installed\nVersion: 7.3.11+dfsg-2+deb12u3\n",
			"usr/lib/x86_64-linux-gnu/libblas.so.3": "-> blis-pthread/libblas.so.3", "usr/lib/x86_64-linux-gnu/blis-pthread/libblas.so.3": "ELF",
			"usr/lib/x86_64-linux-gnu/liblapack.so.3": "-> atlas/liblapack.so.3.10.3", "usr/lib/x86_64-linux-gnu/atlas/liblapack.so.3.10.3": "ELF",
			"usr/lib/pypy3.9/os.py": "", "usr/bin/pypy3.9": "ELF",
		}, nil, []string{
			"blas blis-pthread 0.9.0 (" + multiarch + "blis-pthread/libblas.so.3)", "lapack atlas 3.10.3 (" + multiarch + "atlas/liblapack.so.3.10.3)",
			"locale C", "python 7.3.11 (/usr/bin/pypy3.9)", "time_zone UTC",
		}},
		"links that go in circles": {map[string]string{
			"usr/lib64/libblas.so.3": "-> libblas.so.3", "usr/bin/node": "-> ../../../../../../../../bin/sh", "etc/os-release": "-> /etc/os-release",
		}, nil, []string{"locale C", "time_zone UTC"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			facts, err := inspect.Facts(system(t, test.files), inspect.Options{Env: test.env})
			must(t, err)
			got := []string{}
			for _, f := range facts {
				got = append(got, f.Name+" "+f.Value)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestFactsNoRoot(t *testing.T) {
	if _, err := inspect.Facts(filepath.Join(t.TempDir(), "none"), inspect.Options{}); err == nil {
		t.Error("no error for a root that is not there")
	}
}

func BenchmarkFacts(b *testing.B) {
	for b.Loop() {
		if _, err := inspect.Facts("/", inspect.Options{Homes: []string{"/root"}, Env: os.Environ()}); err != nil {
			b.Fatal(err)
		}
	}
}
