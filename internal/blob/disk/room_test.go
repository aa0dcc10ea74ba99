package disk_test

import (
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
)

func TestRoom(t *testing.T) {
	dir := t.TempDir()
	s, err := disk.Open(dir, disk.Options{UID: -1, GID: -1})
	if err != nil {
		t.Fatal(err)
	}
	free, err := disk.Free(dir)
	if err != nil || free <= 0 {
		t.Fatal(free, err)
	}
	if err := s.Room(1); err != nil {
		t.Error(err)
	}
	if err := s.Room(1 << 60); petri.KindOf(err) != petri.Exhausted || !strings.Contains(petri.MessageOf(err), "has no room for 1048576 TiB") {
		t.Error(err)
	}
	s.KeepFree(1 << 60)
	if err := s.Room(0); petri.KindOf(err) != petri.Exhausted || !strings.Contains(petri.MessageOf(err), "nearly full: ") {
		t.Error(err)
	}
}
