package witness_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine/enginetest/tiny"
	"github.com/petri-dev/petri/internal/witness"
)

const venv = ".venv/lib/python3.11/site-packages/"

// layVenv gives a project three Python packages.
func layVenv(t *testing.T, work string) {
	t.Helper()
	lay(t, filepath.Join(work, venv), map[string]string{
		"six.py": "six", "six-1.16.dist-info/METADATA": "Name: six\nVersion: 1.16\n",
		"numpy/__init__.py": "numpy", "numpy/core.py": "core", "numpy-1.24.dist-info/METADATA": "Name: numpy\nVersion: 1.24\n",
		"idle/__init__.py": "idle", "idle-3.dist-info/METADATA": "Name: idle\nVersion: 3\n",
	})
}

func loaded(t *testing.T, folder string) string {
	t.Helper()
	list, err := witness.ReadPackages(folder, witness.LoadedFile)
	must(t, err)
	names := []string{}
	for _, p := range list {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

func testLoads(t *testing.T, s *stage) {
	for name, test := range map[string]struct {
		change func(*request)
		steps  []string
		want   string
	}{
		"nothing":          {nil, []string{"cat " + venv + "six-1.16.dist-info/METADATA", "cat " + venv + "numpy/core.py"}, ""},
		"module":           {nil, []string{"cat " + venv + "six.py"}, "six"},
		"package":          {nil, []string{"cat " + venv + "numpy/__init__.py", "cat " + venv + "six.py", "exit 3"}, "numpy six"},
		"by a child":       {nil, []string{"daemon cat " + venv + "six.py", "sleep 200ms"}, "six"},
		"killed":           {nil, []string{"cat " + venv + "six.py", "die 9"}, "six"},
		"out of time":      {func(r *request) { r.spec.Timeout = 300 * time.Millisecond }, []string{"cat " + venv + "six.py", "sleep 1m"}, "six"},
		"root":             {func(r *request) { r.spec.UID, r.spec.GID = 0, 0 }, []string{"cat " + venv + "six.py"}, "six"},
		"is not installed": {nil, []string{"write " + venv + "new.py x", "cat " + venv + "new.py"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.play(t, func(r *request) {
				layVenv(t, sourceAt(r, witness.WorkPath))
				must(t, os.Chmod(filepath.Join(sourceAt(r, witness.WorkPath), venv), 0o777))
				if test.change != nil {
					test.change(r)
				}
			}, tiny.Puppet(test.steps...)...)
			if seen := loaded(t, got.folder); seen != test.want {
				t.Errorf("loaded %q, want %q; errors %q", seen, test.want, got.err)
			}
		})
	}
}

// TestLoadsUnseen: where the kernel refuses, there is no list, and no harm.
func TestLoadsUnseen(t *testing.T) {
	work := t.TempDir()
	layVenv(t, work)
	list := venvList(work, "six", "numpy", "idle")
	for _, refusal := range []error{unix.ENOSPC, unix.EMFILE, unix.ENOMEM, unix.ENOSYS, unix.EPERM} {
		folder := t.TempDir()
		got := witness.WatchLoads(folder, list, refusal)
		read(t, filepath.Join(work, venv, "six.py"))
		found, err := got()
		if err == nil || !strings.Contains(err.Error(), refusal.Error()) {
			t.Errorf("%v: %v, %v", refusal, found, err)
		}
		if _, err := witness.ReadPackages(folder, witness.LoadedFile); petri.KindOf(err) != petri.NotFound {
			t.Errorf("%v: a list was left, or %v", refusal, err)
		}
	}
	// A folder that may not be read is not one to give up for.
	got := witness.WatchLoads(t.TempDir(), list, unix.EACCES)
	read(t, filepath.Join(work, venv, "six.py"))
	if _, err := got(); err != nil {
		t.Error(err)
	}
}

// TestLoadsAmongMany: everything opened in a moment is seen, and what is seen is seen once.
func TestLoadsAmongMany(t *testing.T) {
	work, names := t.TempDir(), []string{}
	for i := range 300 {
		name := fmt.Sprintf("p%d", i)
		names = append(names, name)
		lay(t, filepath.Join(work, venv), map[string]string{
			name + "/__init__.py": "", name + "-1.dist-info/METADATA": "Name: " + name + "\nVersion: 1\n", fmt.Sprintf("m%d.py", i): "",
		})
	}
	got := witness.WatchLoads(t.TempDir(), venvList(work, names...), nil)
	for range 20 {
		for i := range 300 {
			read(t, filepath.Join(work, venv, fmt.Sprintf("m%d.py", i)))
			if i%2 == 0 {
				read(t, filepath.Join(work, venv, fmt.Sprintf("p%d/__init__.py", i)))
			}
		}
	}
	found, err := got()
	must(t, err)
	if len(found) != 150 {
		t.Errorf("%d packages were loaded, want 150", len(found))
	}
}

func read(t *testing.T, path string) {
	t.Helper()
	_, err := os.ReadFile(path)
	must(t, err)
}

func venvList(work string, names ...string) petri.PackageList {
	list := []petri.Package{}
	for _, name := range names {
		list = append(list, petri.Package{Ecosystem: "python", Name: name, Version: "1", Location: filepath.Join(work, venv)})
	}
	return petri.NewPackageList(list)
}

func BenchmarkWatchLoads(b *testing.B) {
	work, rows := b.TempDir(), []petri.Package{}
	for i := range 300 {
		name := fmt.Sprintf("r%d", i)
		if err := os.MkdirAll(filepath.Join(work, "r", name, "R"), 0o755); err != nil {
			b.Fatal(err)
		}
		rows = append(rows, petri.Package{Ecosystem: "r", Name: name, Version: "1", Location: filepath.Join(work, "r")})
	}
	for i := range 100 {
		name := fmt.Sprintf("p%d", i)
		if err := os.MkdirAll(filepath.Join(work, venv, name, "__pycache__"), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(work, venv, name, "__init__.py"), nil, 0o644); err != nil {
			b.Fatal(err)
		}
		rows = append(rows, petri.Package{Ecosystem: "python", Name: name, Version: "1", Location: filepath.Join(work, venv)})
	}
	list := petri.NewPackageList(rows)
	for b.Loop() {
		end := witness.WatchLoads(work, list, nil)
		b.StopTimer()
		if _, err := end(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
