package inspect_test

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/petri-dev/petri/internal/inspect"
)

// rpmHeader is a header as RPM stores it, with so many bytes of other things before or after
// what matters.
func rpmHeader(name, version string, before, after int) []byte {
	data := make([]byte, before)
	index := []byte{}
	for tag, text := range map[uint32]string{1000: name, 1001: version, 1002: "1", 1022: "noarch"} {
		for _, field := range []uint32{tag, 6, uint32(len(data)), 1} {
			index = binary.BigEndian.AppendUint32(index, field)
		}
		data = append(append(data, text...), 0)
	}
	data = append(data, make([]byte, after)...)
	blob := binary.BigEndian.AppendUint32(nil, uint32(len(index)/16))
	blob = binary.BigEndian.AppendUint32(blob, uint32(len(data)))
	return append(append(blob, index...), data...)
}

// TestSQLite reads what SQLite itself wrote: pages of each size, rows of every length, deleted
// and rewritten, some of them only in the write-ahead log, some of those not committed.
func TestSQLite(t *testing.T) {
	for _, page := range []int{512, 1024, 4096, 65536} {
		for _, mode := range []string{"wal", "delete"} {
			t.Run(fmt.Sprint(page, mode), func(t *testing.T) {
				t.Parallel()
				root := t.TempDir()
				dir := filepath.Join(root, "var/lib/rpm")
				must(t, os.MkdirAll(dir, 0o755))
				want := writeSQLite(t, dir, page, mode)
				list, err := inspect.List(root, inspect.Options{})
				must(t, err)
				if diff := cmp.Diff(want, named(list, "rpm")); diff != "" {
					t.Errorf("-written +read\n%s", diff)
				}
			})
		}
	}
}

// writeSQLite leaves a database in dir, as it is while its writer is still at it.
func writeSQLite(t *testing.T, dir string, page int, mode string) []string {
	t.Helper()
	live := filepath.Join(t.TempDir(), "live")
	db, err := sql.Open("sqlite", live)
	must(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	run := func(query string, arguments ...any) {
		t.Helper()
		_, err := db.Exec(query, arguments...)
		must(t, err)
	}
	run(fmt.Sprintf("PRAGMA page_size=%d", page))
	run("PRAGMA journal_mode=" + mode)
	run("PRAGMA wal_autocheckpoint=50")
	run("CREATE TABLE IF NOT EXISTS 'Other' (x TEXT)")
	run("CREATE TABLE IF NOT EXISTS 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
	random := rand.New(rand.NewPCG(uint64(page), 1))
	have := map[string]bool{}
	for i := range 300 {
		name := fmt.Sprintf("p%d", i)
		blob := rpmHeader(name, "1", random.IntN(20)*random.IntN(3000), random.IntN(3)*random.IntN(9000))
		run("INSERT INTO Packages(blob) VALUES (?)", blob)
		have[name+" 1-1"] = true
		if i%7 == 3 {
			run("DELETE FROM Packages WHERE hnum=?", i-1)
			delete(have, fmt.Sprintf("p%d 1-1", i-2))
		}
	}
	open, err := db.Begin()
	must(t, err)
	_, err = open.Exec("DELETE FROM Packages WHERE hnum > 5")
	must(t, err)
	for _, end := range []string{"", "-wal"} {
		if content, err := os.ReadFile(live + end); err == nil {
			must(t, os.WriteFile(filepath.Join(dir, "rpmdb.sqlite"+end), content, 0o644))
		}
	}
	must(t, open.Rollback())
	want := []string{}
	for row := range have {
		want = append(want, row)
	}
	slices.Sort(want)
	return want
}
