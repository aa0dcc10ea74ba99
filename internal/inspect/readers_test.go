package inspect_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/inspect"
)

// FuzzReaders gives any bytes to each reader of text: what it makes of them fits into a list.
func FuzzReaders(f *testing.F) {
	kinds := slices.Sorted(maps.Keys(inspect.Readers))
	for i := range kinds {
		for _, seed := range []string{
			"Package: a\nStatus: install ok installed\nVersion: 1\nBuilt: R 4.2.2; ; x; unix\nRepository: CRAN\nRemoteType: github\nRemoteRepo: b\nRemoteSha: c\nName: b\n\n",
			`{"name":"x","version":"1","channel":"https://conda.anaconda.org/conda-forge/linux-64"}`, "name = \"x\"\nversion = \"1\"\n", "P:x\nV:1\n\n",
			"R_LIBS_SITE=${R_LIBS_SITE:-'/a:~/b:%p'}\nimport x\n/srv\n", "#define PY_VERSION \"3.1\"\n", "a-1-b.json", string(rpmHeader("n", "1", 0, 0)),
		} {
			f.Add([]byte(seed), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, kind uint8) {
		for _, row := range inspect.Readers[kinds[int(kind)%len(kinds)]](text) {
			for _, value := range []string{row.Name, row.Version, row.Location, row.Origin} {
				if len(value) > 1000 || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }) {
					t.Fatalf("%q", value)
				}
			}
			list := petri.NewPackageList([]petri.Package{row})
			if back, err := petri.DecodePackageList(list.Encode()); err != nil || !slices.Equal(back, list) {
				t.Fatalf("%+v read back as %+v: %v", list, back, err)
			}
		}
	})
}

func TestOrigins(t *testing.T) {
	root := system(t, map[string]string{
		"usr/lib/R/library/base/DESCRIPTION":                      "Package: base\nVersion: 4.2.2\nPriority: base\nBuilt: R 4.2.2; ; 2022-10-31; unix\n",
		"usr/lib/R/site-library/a/DESCRIPTION":                    "Package: a\nVersion: 1\nRepository: CRAN\nBuilt: R 4.2.1; x86_64-pc-linux-gnu; 2022; unix\n",
		"usr/lib/R/site-library/b/DESCRIPTION":                    "Package: b\nVersion: 1\nbiocViews: Software\nBuilt: R 4.2.2\n",
		"usr/lib/R/site-library/c/DESCRIPTION":                    "Package: c\nVersion: 1\nRemoteType: github\nRemoteUsername: ada\nRemoteRepo: c\nRemoteSha: 0123456789abcdef\nBuilt: R 4.2.2\n",
		"usr/lib/R/site-library/d/DESCRIPTION":                    "Package: d\nVersion: 1\nRemoteType: standard\nRepository: RSPM\nBuilt: R 4.2.2\n",
		"opt/conda/conda-meta/x-1-py311_0.json":                   `{"build": "py311_0", "channel": "https://conda.anaconda.org/conda-forge/linux-64", "name": "x"}`,
		"opt/conda/conda-meta/y-1-0.json":                         `{}`,
		"etc/R/Renviron":                                          "R_LIBS_SITE=${R_LIBS_SITE:-'/srv/site/:%V/no:/usr/lib/R/library'}\n# R_LIBS=/commented\n",
		"root/.Renviron":                                          "R_LIBS_USER=~/mine\n",
		"srv/site/e/DESCRIPTION":                                  "Package: e\nVersion: 1\nBuilt: \n",
		"root/mine/f/DESCRIPTION":                                 "Package: f\nVersion: 1\nBuilt: R 4.0.4\n",
		"commented/g/DESCRIPTION":                                 "Package: g\nVersion: 1\nBuilt: R 4.0.4\n",
		"usr/lib/python3/dist-packages/more.pth":                  "import os; os.x\n# no\n/srv/python\n../elsewhere\n",
		"usr/lib/python3/elsewhere/h.egg-info/PKG-INFO":           "Name: h\nVersion: 1\n",
		"srv/python/i-1.dist-info/METADATA":                       "Name: i\nVersion: 1\n",
		"srv/python/again.pth":                                    "/srv/no\n",
		"srv/no/j-1.dist-info/METADATA":                           "Name: j\nVersion: 1\n",
		"work/my-env/pyvenv.cfg":                                  "home = /usr/bin\n",
		"work/my-env/lib/python3.11/site-packages/k.egg-info":     "Name: k\nVersion: 1\n",
		"work/not-an-env/lib/python3.11/site-packages/l.egg-info": "Name: l\nVersion: 1\n",
	})
	list, err := inspect.List(root, inspect.Options{Homes: []string{"/root"}, Projects: []string{"/work"}})
	must(t, err)
	got := []string{}
	for _, p := range list {
		got = append(got, strings.Join([]string{p.Ecosystem, p.Name, p.Location, p.Origin}, "|"))
	}
	if diff := cmp.Diff([]string{
		"conda|x|/opt/conda|build py311_0 of conda-forge", "conda|y|/opt/conda|build 0",
		"python|h|/usr/lib/python3/elsewhere|", "python|i|/srv/python|", "python|k|/work/my-env/lib/python3.11/site-packages|",
		"r|a|/usr/lib/R/site-library|CRAN, built with R 4.2.1", "r|b|/usr/lib/R/site-library|Bioconductor, built with R 4.2.2",
		"r|base|/usr/lib/R/library|built with R 4.2.2", "r|c|/usr/lib/R/site-library|github ada/c@0123456789ab, built with R 4.2.2",
		"r|d|/usr/lib/R/site-library|RSPM, built with R 4.2.2", "r|e|/srv/site|", "r|f|/root/mine|built with R 4.0.4",
	}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// An egg may be an archive, and may be one that was made to fill the memory.
func TestZippedEgg(t *testing.T) {
	egg := func(files int) string {
		var b bytes.Buffer
		archive := zip.NewWriter(&b)
		for i := range files {
			_, err := archive.Create(fmt.Sprintf("module%d.py", i))
			must(t, err)
		}
		w, err := archive.Create("EGG-INFO/PKG-INFO")
		must(t, err)
		_, err = w.Write([]byte("Metadata-Version: 1.0\nName: zipped\nVersion: 1.5\n" + strings.Repeat("\x00", 10<<20)))
		must(t, err)
		must(t, archive.Close())
		return b.String()
	}
	list, err := inspect.List(system(t, map[string]string{
		site + "/good.egg": egg(10), site + "/many.egg": egg(100_000), site + "/broken.egg": "PK\x05\x06" + strings.Repeat("\xff", 18),
	}), inspect.Options{})
	must(t, err)
	if diff := cmp.Diff([]string{"python zipped 1.5 " + site}, rows(list)); diff != "" {
		t.Error(diff)
	}
}
