package inspect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/inspect"
)

// TestHostile lists a system made to hang, flood or confuse whoever reads it.
func TestHostile(t *testing.T) {
	root := system(t, map[string]string{
		"usr/lib/R/library/long/DESCRIPTION":     "Package: " + strings.Repeat("x", 1<<20) + "\nVersion: 1\nBuilt: R\n",
		"usr/lib/node_modules/deep/package.json": strings.Repeat("[", 200_000),
		"usr/lib/R/library/ok/DESCRIPTION":       "Package: ok\nVersion: 1\nBuilt: R 4\n",
	})
	for _, name := range []string{"usr/lib/python3/dist-packages/pipe-1.dist-info/METADATA", "var/lib/dpkg/status", "usr/lib/R/library/pipe/DESCRIPTION"} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		must(t, syscall.Mkfifo(filepath.Join(root, name), 0o644))
	}
	// A tower of packages inside packages.
	tower := filepath.Join(root, "usr/lib/node_modules")
	for i := range 30 {
		tower = filepath.Join(tower, "p", "node_modules")
		must(t, os.MkdirAll(tower, 0o755))
		must(t, os.WriteFile(filepath.Join(filepath.Dir(tower), "package.json"), fmt.Appendf(nil, `{"name":"p","version":"%d"}`, i), 0o644))
	}
	done := make(chan petri.PackageList, 1)
	go func() {
		list, err := inspect.List(root, inspect.Options{})
		if err != nil {
			t.Error(err)
		}
		done <- list
	}()
	select {
	case list := <-done:
		if len(list) != 7 {
			t.Errorf("%d rows: %v", len(list), rows(list))
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the listing hangs")
	}
}

// FuzzList puts the same bytes wherever a reader looks. Whatever they are, the listing ends,
// and its text is read back as what it was.
func FuzzList(f *testing.F) {
	for _, seed := range []string{
		"Package: a\nStatus: install ok installed\nVersion: 1\nBuilt: R\nName: b\n\n", `{"name":"x","version":"1"}`,
		"name = \"x\"\nversion = \"1\"\n", "P:x\nV:1\n\n", "\n\n\n", "a:\n b\n:c", "name=\"\nversion=\"", "../../etc\n.", "Name: \xff\xfe\nVersion: \t1\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		files := map[string]string{}
		for _, name := range []string{
			"var/lib/dpkg/status", "var/lib/dpkg/status.d/x", "lib/apk/db/installed", "usr/lib/R/library/x/DESCRIPTION",
			"usr/lib/python3/dist-packages/x.dist-info/METADATA", "usr/lib/python3/dist-packages/y.egg-link", "usr/lib/python3/dist-packages/z.egg-info",
			"usr/lib/node_modules/x/package.json", "root/.julia/packages/X/y/Project.toml",
		} {
			files[name] = string(content)
		}
		if strings.HasPrefix(string(content), "-> ") {
			return
		}
		list, err := inspect.List(system(t, files), inspect.Options{Homes: []string{"/root"}})
		if err != nil {
			t.Fatal(err)
		}
		again, err := petri.DecodePackageList(list.Encode())
		if err != nil || len(again) != len(list) {
			t.Fatalf("%d rows, read back %d: %v", len(list), len(again), err)
		}
		for i := range list {
			if again[i] != list[i] || list[i].Name == "" || list[i].Version == "" {
				t.Fatalf("%+v read back as %+v", list[i], again[i])
			}
		}
	})
}

func BenchmarkList(b *testing.B) {
	for b.Loop() {
		if _, err := inspect.List("/", inspect.Options{Homes: []string{"/root"}}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkListRoot lists the system at PETRI_BENCH_ROOT: that of a running container, say, by way
// of /proc/PID/root.
func BenchmarkListRoot(b *testing.B) {
	root := os.Getenv("PETRI_BENCH_ROOT")
	if root == "" {
		b.Skip("PETRI_BENCH_ROOT is not set")
	}
	for b.Loop() {
		if _, err := inspect.List(root, inspect.Options{Homes: []string{"/root"}}); err != nil {
			b.Fatal(err)
		}
	}
}
