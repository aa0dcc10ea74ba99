package inspect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/inspect"
)

// system lays out a root file system of these files; "-> target" makes a link.
func system(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if target, ok := strings.CutPrefix(content, "-> "); ok {
			must(t, os.Symlink(target, path))
			continue
		}
		must(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return root
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rows are packages as "ecosystem name version location".
func rows(list petri.PackageList) []string {
	lines := []string{}
	for _, p := range list {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", p.Ecosystem, p.Name, p.Version, p.Location)))
	}
	return lines
}

const site = "/usr/lib/python3/dist-packages"

func TestList(t *testing.T) {
	options := inspect.Options{
		Homes: []string{"/home/petri"}, Projects: []string{"/work"},
		Env: []string{"PATH=/srv/tools/bin:/usr/bin", "R_LIBS=/data/r:~/mine", "PYTHONPATH=/data/py", "NODE_PATH=/data/node"},
	}
	for name, test := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"nothing": {nil, nil},
		"deb": {map[string]string{"var/lib/dpkg/status": `Package: base-files
Status: install ok installed
Architecture: amd64
Version: 12.4+deb12u5
Description: files
 Version: 99 is not this field

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: libc6
Status: install ok installed
Architecture: i386
Multi-Arch: same
Version: 2.36-9

Package: held
Status: hold ok installed
Architecture: all
Version: 1:2~rc3

Package: half
Status: install ok half-configured
Version: 3
`}, []string{"deb base-files 12.4+deb12u5", "deb held 1:2~rc3", "deb libc6:i386 2.36-9"}},
		"deb without dpkg": {map[string]string{
			"var/lib/dpkg/status.d/tzdata":         "Package: tzdata\nVersion: 2024a\nArchitecture: all\n",
			"var/lib/dpkg/status.d/tzdata.md5sums": "0123  usr/share/zoneinfo\n",
			"var/lib/dpkg/status.d/base":           "Package: base-files\nVersion: 12\nArchitecture: amd64",
		}, []string{"deb base-files 12", "deb tzdata 2024a"}},
		"apk": {map[string]string{"lib/apk/db/installed": "C:Q1=\nP:musl\nV:1.2.4-r2\nA:x86_64\n\nP:busybox\nV:1.36\n"},
			[]string{"apk busybox 1.36", "apk musl 1.2.4-r2"}},
		"python": {map[string]string{
			site[1:] + "/numpy-1.24.2.dist-info/METADATA":                              "Metadata-Version: 2.1\nName: numpy\nVersion: 1.24.2\n\nName: not this\n",
			site[1:] + "/PyYAML-6.0.egg-info/PKG-INFO":                                 "Name: PyYAML\r\nVersion: 6.0\r\n",
			site[1:] + "/six-1.16.0.egg-info":                                          "Name: six\nVersion: 1.16.0\n",
			site[1:] + "/no_metadata-1.0.dist-info/RECORD":                             "",
			"usr/lib/python3.11/site-packages/old.egg/EGG-INFO/PKG-INFO":               "Name: old\nVersion: 0.1\n",
			"usr/local/lib/python3.11/dist-packages/a-1.dist-info/METADATA":            "Name: a\nVersion: 1\n",
			"home/petri/.local/lib/python3.11/site-packages/mine-2.dist-info/METADATA": "Name: mine\nVersion: 2\n",
			"work/.venv/lib/python3.11/site-packages/b-3.dist-info/METADATA":           "Name: b\nVersion: 3\n",
			"work/.venv/lib64": "-> lib",
			"opt/app/lib/python3.9/site-packages/c-4.dist-info/METADATA":                "Name: c\nVersion: 4\n",
			"opt/python/3.12.1/lib/python3.12/site-packages/d-5.dist-info/METADATA":     "Name: d\nVersion: 5\n",
			"srv/tools/lib/python3.11/site-packages/e-6.dist-info/METADATA":             "Name: e\nVersion: 6\n",
			"data/py/f-7.dist-info/METADATA":                                            "Name: f\nVersion: 7\n",
			"usr/lib/python3.11/site-packages/dev-tool.egg-link":                        "/work/src\n.",
			"work/src/dev_tool.egg-info/PKG-INFO":                                       "Name: dev-tool\nVersion: 8\n",
			"usr/lib/python3.11/site-packages/broken-1.dist-info/METADATA":              "\x00\x01",
			"usr/lib/python3.11/site-packages/tricky-1.dist-info/METADATA":              "Name: tri\x07cky\nVersion: 1\n",
			"home/petri/.pyenv/versions/3.10/lib/python3.10/site-packages/g.egg-info":   "Name: g\nVersion: 9\n",
			"home/petri/.local/share/pipx/venvs/h/lib/python3/site-packages/h.egg-info": "Name: h\nVersion: 10\n",
		}, []string{
			"python PyYAML 6.0 " + site, "python a 1 /usr/local/lib/python3.11/dist-packages", "python b 3 /work/.venv/lib/python3.11/site-packages",
			"python c 4 /opt/app/lib/python3.9/site-packages", "python d 5 /opt/python/3.12.1/lib/python3.12/site-packages",
			"python dev-tool 8 /work/src", "python e 6 /srv/tools/lib/python3.11/site-packages", "python f 7 /data/py",
			"python g 9 /home/petri/.pyenv/versions/3.10/lib/python3.10/site-packages", "python h 10 /home/petri/.local/share/pipx/venvs/h/lib/python3/site-packages",
			"python mine 2 /home/petri/.local/lib/python3.11/site-packages", "python numpy 1.24.2 " + site,
			"python old 0.1 /usr/lib/python3.11/site-packages", "python six 1.16.0 " + site,
		}},
		"conda": {map[string]string{
			"opt/conda/conda-meta/python-dateutil-2.8.2-pyhd3eb1b0_0.json":  "{}",
			"opt/conda/conda-meta/history":                                  "",
			"opt/conda/conda-meta/bad.json":                                 "{}",
			"opt/conda/envs/work/conda-meta/r-base-4.3.1-h29c4799_3.json":   "{}",
			"home/petri/miniconda3/conda-meta/zlib-1.2.13-h5eee18b_0.json":  "{}",
			"home/petri/miniconda3/envs/x/conda-meta/xz-5.4-h5eee18b0.json": "{}",
		}, []string{
			"conda python-dateutil 2.8.2 /opt/conda", "conda r-base 4.3.1 /opt/conda/envs/work",
			"conda xz 5.4 /home/petri/miniconda3/envs/x", "conda zlib 1.2.13 /home/petri/miniconda3",
		}},
		"r": {map[string]string{
			"usr/lib/R/library/base/DESCRIPTION":                            "Package: base\nVersion: 4.2.2\nPriority: base\nBuilt: R 4.2.2; ; 2022; unix\n",
			"usr/lib/R/site-library/jsonlite/DESCRIPTION":                   "Package: jsonlite\nType: Package\nDescription: long\n  continued\nVersion: 1.8.4\nBuilt: R 4.2.2\n",
			"usr/lib/R/site-library/source/DESCRIPTION":                     "Package: source\nVersion: 1.0\n",
			"usr/local/lib/R/site-library/x/DESCRIPTION":                    "Package: x\nVersion: 0.1-2\nBuilt: R 4.2.2\n",
			"opt/R/4.3.1/lib/R/library/y/DESCRIPTION":                       "Package: y\nVersion: 1\nBuilt: R 4.3.1\n",
			"data/r/z/DESCRIPTION":                                          "Package: z\nVersion: 2\nBuilt: R 4.2.2\n",
			"home/petri/mine/m/DESCRIPTION":                                 "Package: m\nVersion: 3\nBuilt: R 4.2.2\n",
			"home/petri/R/x86_64-pc-linux-gnu-library/4.2/u/DESCRIPTION":    "Package: u\nVersion: 4\nBuilt: R 4.2.2\n",
			"work/renv/library/R-4.2/x86_64-pc-linux-gnu/v/DESCRIPTION":     "Package: v\nVersion: 5\nBuilt: R 4.2.2\n",
			"work/renv/library/linux-debian/R-4.2/x86_64/w/DESCRIPTION":     "Package: w\nVersion: 6\nBuilt: R 4.2.2\n",
			"work/packrat/lib/x86_64-pc-linux-gnu/4.2.2/packed/DESCRIPTION": "Package: packed\nVersion: 7\nBuilt: R 4.2.2\n",
		}, []string{
			"r base 4.2.2 /usr/lib/R/library", "r jsonlite 1.8.4 /usr/lib/R/site-library", "r m 3 /home/petri/mine", "r packed 7 /work/packrat/lib/x86_64-pc-linux-gnu/4.2.2",
			"r u 4 /home/petri/R/x86_64-pc-linux-gnu-library/4.2", "r v 5 /work/renv/library/R-4.2/x86_64-pc-linux-gnu",
			"r w 6 /work/renv/library/linux-debian/R-4.2/x86_64", "r x 0.1-2 /usr/local/lib/R/site-library", "r y 1 /opt/R/4.3.1/lib/R/library", "r z 2 /data/r",
		}},
		"npm": {map[string]string{
			"usr/lib/node_modules/npm/package.json":                        `{"name":"npm","version":"9.2.0"}`,
			"usr/lib/node_modules/npm/node_modules/abbrev/package.json":    `{"name":"abbrev","version":"1.1.1"}`,
			"usr/local/lib/node_modules/@angular/cli/package.json":         `{"name":"@angular/cli","version":"17.0.0"}`,
			"usr/local/lib/node_modules/.bin/x":                            "",
			"usr/local/lib/node_modules/bad/package.json":                  `{"name":7}`,
			"work/node_modules/left-pad/package.json":                      `{"name":"left-pad","version":"1.3.0"}`,
			"data/node/right-pad/package.json":                             `{"name":"right-pad","version":"1.0.0"}`,
			"work/node_modules/left-pad/node_modules/.package-lock.json":   `{}`,
			"work/node_modules/left-pad/node_modules/@a/b/package.json":    `{"name":"@a/b","version":"2.0.0"}`,
			"work/node_modules/left-pad/node_modules/noversion/index.json": `{}`,
		}, []string{
			"npm @a/b 2.0.0 /work/node_modules/left-pad/node_modules", "npm @angular/cli 17.0.0 /usr/local/lib/node_modules",
			"npm abbrev 1.1.1 /usr/lib/node_modules/npm/node_modules", "npm left-pad 1.3.0 /work/node_modules",
			"npm npm 9.2.0 /usr/lib/node_modules", "npm right-pad 1.0.0 /data/node",
		}},
		"julia": {map[string]string{
			"home/petri/.julia/packages/DataFrames/58MUJ/Project.toml":   "name = \"DataFrames\"\nuuid = \"a93c6f00\"\nversion = \"1.6.1\"\n\n[deps]\nversion = \"9\"\n",
			"usr/local/share/julia/packages/CSV/OnldF/Project.toml":      "name = \"CSV\"\nversion=\"0.10.11\" # comment\n",
			"home/petri/.julia/packages/Versionless/abcde/Project.toml":  "name = \"Versionless\"\n",
			"home/petri/.julia/packages/Versionless/abcde2/Project.toml": "[deps]\nname = \"x\"\nversion = \"1\"\n",
		}, []string{"julia CSV 0.10.11 /usr/local/share/julia/packages", "julia DataFrames 1.6.1 /home/petri/.julia/packages"}},
		"links that leave": {map[string]string{
			"var/lib/dpkg/status":            "-> ../../../../../../../../var/lib/dpkg/status",
			"usr/lib/python3/dist-packages":  "-> /usr/lib/python3/dist-packages",
			"usr/lib/R/library":              "-> /etc",
			"usr/lib/node_modules/x":         "-> .",
			"usr/lib/node_modules/loop":      "-> loop",
			"usr/lib/python3.11":             "-> python3",
			"usr/lib/node_modules/node_mods": "-> ../node_modules",
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, err := inspect.List(system(t, test.files), options)
			must(t, err)
			if diff := cmp.Diff(append([]string{}, test.want...), rows(list)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestNoRoot(t *testing.T) {
	if _, err := inspect.List(filepath.Join(t.TempDir(), "none"), inspect.Options{}); err == nil {
		t.Error("no error for a root that is not there")
	}
}
