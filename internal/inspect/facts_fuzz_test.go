package inspect_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/inspect"
)

// FuzzFacts puts the same bytes wherever a fact is read from. Whatever they are, reading ends,
// and its text is read back as what it was.
func FuzzFacts(f *testing.F) {
	for _, seed := range []string{
		"PRETTY_NAME=\"x\"\n", "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\n\nP:musl\nV:1\n\n", "#define PY_VERSION \"3.12.4\"\n#define NODE_MAJOR_VERSION 20\n",
		"\x00GNU C Library (x) stable release version 2.34.\n\x00\x003.12.4\x00", "\"blas\": {\n\"version\": \"0.3.27\"", "Version: 4.2.2\n", "\xff\xfe", "default = netlib\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if strings.HasPrefix(string(content), "-> ") {
			return
		}
		files := map[string]string{
			"usr/lib64/libblas.so.3": "-> libflexiblas.so.3.4", "usr/lib64/libflexiblas.so.3.4": "", "usr/local/bin/python3.12": string(content), "usr/bin/node": "",
			"usr/local/lib/python3.12/site-packages/numpy.libs/libopenblas-x.so": "",
		}
		for _, name := range []string{
			"etc/os-release", "var/lib/dpkg/status", "lib/apk/db/installed", "usr/lib64/libc.so.6", "lib/ld-musl-x86_64.so.1", "etc/flexiblasrc", "etc/timezone", "etc/localtime",
			"usr/local/include/python3.12/patchlevel.h", "usr/include/node/node_version.h", "usr/lib/R/library/base/DESCRIPTION", "usr/local/lib/python3.12/site-packages/numpy/__config__.py",
		} {
			files[name] = string(content)
		}
		facts, err := inspect.Facts(system(t, files), inspect.Options{})
		must(t, err)
		again, err := petri.DecodeFacts(facts.Encode())
		if err != nil || !slices.Equal(again, facts) {
			t.Fatalf("%v read back as %v: %v", facts, again, err)
		}
	})
}

// TestHostileFacts reads a system made to hang or flood whoever looks at it.
func TestHostileFacts(t *testing.T) {
	root := system(t, map[string]string{"usr/bin/python3.9": "-> python3.9", "usr/lib/python3.9/x": "", "usr/lib/python3.8/x": "", "usr/lib64/liblapack.so.3": "-> ../../../../../../proc/1/mem"})
	for _, name := range []string{"etc/os-release", "etc/localtime", "usr/lib64/libc.so.6", "usr/lib64/libblas.so.3", "usr/bin/python3.8", "var/lib/dpkg/status"} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		must(t, syscall.Mkfifo(filepath.Join(root, name), 0o644))
	}
	// A C library of many gigabytes, with nothing in it.
	must(t, os.MkdirAll(filepath.Join(root, "usr/lib/x86_64-linux-gnu"), 0o755))
	must(t, os.WriteFile(filepath.Join(root, "usr/lib/x86_64-linux-gnu/libc.so.6"), nil, 0o644))
	must(t, os.Truncate(filepath.Join(root, "usr/lib/x86_64-linux-gnu/libc.so.6"), 1<<38))
	done := make(chan error, 1)
	go func() {
		_, err := inspect.Facts(root, inspect.Options{})
		done <- err
	}()
	select {
	case err := <-done:
		must(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("the reading hangs")
	}
}
