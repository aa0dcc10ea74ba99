package inspect_test

import (
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// FuzzRPM breaks databases that RPM wrote in three places, of which those at the beginning
// matter most: whatever they hold, the listing ends, with rows that are such.
func FuzzRPM(f *testing.F) {
	kinds := []string{"rpmdb.sqlite", "Packages.db", "Packages"}
	whole := [][]byte{}
	for i, kind := range kinds {
		whole = append(whole, rpmDatabase(f, kind))
		f.Add(uint8(i), uint32(70), uint32(5000), uint32(5100), uint32(0xffffffff), uint8(3))
		f.Add(uint8(i), uint32(20), uint32(4112), uint32(9000), uint32(0), uint8(4))
	}
	f.Fuzz(func(t *testing.T, kind uint8, at, there, elsewhere, value uint32, cut uint8) {
		content := slices.Clone(whole[int(kind)%len(whole)])
		content = content[:len(content)>>(cut%6)]
		for _, place := range []uint32{at, there, elsewhere} {
			binary.LittleEndian.PutUint32(content[int(place)%(len(content)-3):], value)
		}
		for _, row := range inspect.RPMRows(kinds[int(kind)%len(kinds)], content, content) {
			if row.Name == "" || row.Version == "" {
				t.Errorf("%+v", row)
			}
		}
	})
}

// ndb is a database of one header.
func ndb(blob []byte) []byte {
	file := make([]byte, 4096, 4112+len(blob))
	copy(file, "RpmP\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00")
	copy(file[32:], "Slot\x01\x00\x00\x00\x00\x01\x00\x00\xff\x00\x00\x00")
	file = append(file, "BlbS\x01\x00\x00\x00\x01\x00\x00\x00"...)
	return append(binary.LittleEndian.AppendUint32(file, uint32(len(blob))), blob...)
}

// FuzzRPMHeader puts any bytes where RPM keeps a package's header.
func FuzzRPMHeader(f *testing.F) {
	f.Add(rpmHeader("a", "1", 3, 3))
	f.Add(rpmHeader("long", "1", 20<<10, 0))
	f.Fuzz(func(t *testing.T, blob []byte) {
		rows := inspect.RPMRows("Packages.db", ndb(blob), nil)
		if len(rows) > 1 || len(rows) == 1 && rows[0].Name == "" {
			t.Errorf("%+v", rows)
		}
	})
}

// A header is read wherever its texts stand.
func TestRPMHeader(t *testing.T) {
	for _, before := range []int{0, 100, 12<<10 - 80, 12 << 10, 1 << 20} {
		blob := rpmHeader("name", "1", before, 5)
		if rows := inspect.RPMRows("Packages.db", ndb(blob), nil); len(rows) != 1 || rows[0].Name != "name" || rows[0].Version != "1-1" {
			t.Errorf("%d before: %+v", before, rows)
		}
	}
}
