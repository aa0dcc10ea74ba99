package inspect_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/inspect"
)

// rpmDatabase unpacks a database that RPM itself wrote; see testdata/rpm/README.
func rpmDatabase(t testing.TB, file string) []byte {
	t.Helper()
	packed, err := os.Open(filepath.Join("testdata/rpm", file+".gz"))
	must(t, err)
	defer packed.Close()
	reader, err := gzip.NewReader(packed)
	must(t, err)
	content, err := io.ReadAll(reader)
	must(t, err)
	return content
}

// rpmSays is what rpm -qa said of that database: name, version, architecture.
func rpmSays(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/rpm/qa")
	must(t, err)
	want := []string{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if f[2] != "noarch" && f[2] != "x86_64" {
			f[0] += "." + f[2]
		}
		want = append(want, f[0]+" "+f[1])
	}
	slices.Sort(want)
	return want
}

func TestRPM(t *testing.T) {
	for _, where := range []string{"var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/Packages.db", "var/lib/rpm/Packages"} {
		t.Run(filepath.Base(where), func(t *testing.T) {
			list, err := inspect.List(system(t, map[string]string{where: string(rpmDatabase(t, filepath.Base(where)))}), inspect.Options{})
			must(t, err)
			if diff := cmp.Diff(rpmSays(t), named(list, "rpm")); diff != "" {
				t.Errorf("-rpm +read\n%s", diff)
			}
		})
	}
}

// Only the newest kind of database that a folder has is RPM's own.
func TestRPMOnce(t *testing.T) {
	list, err := inspect.List(system(t, map[string]string{
		"var/lib/rpm/rpmdb.sqlite": string(rpmDatabase(t, "rpmdb.sqlite")), "var/lib/rpm/Packages": string(rpmDatabase(t, "Packages")),
		"usr/lib/sysimage/rpm": "-> ../../../var/lib/rpm",
	}), inspect.Options{})
	must(t, err)
	if len(list) != len(rpmSays(t)) {
		t.Errorf("%d rows", len(list))
	}
}

// FuzzRPM breaks databases: whatever they hold, the listing ends.
func FuzzRPM(f *testing.F) {
	for _, file := range []string{"rpmdb.sqlite", "Packages.db", "Packages"} {
		whole := rpmDatabase(f, file)
		f.Add(whole[:min(len(whole), 16<<10)], uint32(70), uint32(0x0101))
		f.Add(whole[:min(len(whole), 16<<10)], uint32(5000), uint32(0xffffffff))
	}
	f.Fuzz(func(t *testing.T, content []byte, at, value uint32) {
		if len(content) >= 4 {
			place := content[int(at)%(len(content)-3):]
			place[0], place[1], place[2], place[3] = byte(value), byte(value>>8), byte(value>>16), byte(value>>24)
		}
		for _, file := range []string{"rpmdb.sqlite", "Packages.db", "Packages"} {
			list, err := inspect.List(system(t, map[string]string{"var/lib/rpm/" + file: string(content), "var/lib/rpm/rpmdb.sqlite-wal": string(content)}), inspect.Options{})
			must(t, err)
			if again, err := petri.DecodePackageList(list.Encode()); err != nil || !slices.Equal(again, list) {
				t.Fatalf("%v read back as %v: %v", list, again, err)
			}
		}
	})
}
