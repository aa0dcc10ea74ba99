package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store/storetest"
)

// open wires a server on the fake engine over a data folder and a database, and closes it.
func open(t *testing.T, data, db string, while func(*server)) error {
	t.Helper()
	s := settings{Data: data, DB: db, Builds: 1, DiskReserve: "1m"}
	folder, err := openDataFolder(data)
	if err != nil {
		return err
	}
	sv, err := openServer(context.Background(), s, folder, func(settings) (parts, error) { return fakeParts(t.TempDir()) }, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer sv.close()
	if while != nil {
		while(sv)
	}
	return nil
}

func TestFolderAndDatabaseBelongTogether(t *testing.T) {
	fresh := storetest.Postgres(t)
	db, other := fresh(t), fresh(t)
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	if err := open(t, one, db, nil); err != nil {
		t.Fatal(err)
	}
	refused := func(what string, err error, says string) {
		t.Helper()
		if petri.KindOf(err) != petri.Conflict || !strings.Contains(petri.MessageOf(err), says) {
			t.Errorf("%s: %v; want a conflict saying %q", what, err, says)
		}
	}
	refused("another folder", open(t, two, db, nil), "whose data folder is another")
	if err := open(t, one, other, nil); err != nil {
		t.Errorf("a folder that was never used, with another empty database: %v", err)
	}
	if err := os.WriteFile(filepath.Join(one, "blobs/sha256/ab/kept"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused("another database", open(t, one, fresh(t), nil), "belongs to another database")
	err := open(t, one, db, func(*server) {
		refused("a second server on the folder", open(t, one, db, nil), "another Petri server (process")
		refused("a second server on the database", open(t, two, db, nil), "works on this database")
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFirstStartLeavesATokenThatOnlyItsOwnerReads(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for range 2 {
		if err := open(t, data, "", nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"admin.token", "server.key", "server.id"} {
		if info, err := os.Stat(filepath.Join(data, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", name, info.Mode(), err)
		}
	}
}
