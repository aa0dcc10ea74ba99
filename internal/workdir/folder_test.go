package workdir_test

import (
	"context"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/workdir"
)

func TestLockWaits(t *testing.T) {
	folder := workdir.Folder{Root: t.TempDir()}
	unlock, err := folder.Lock(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := folder.Lock(short, nil); petri.KindOf(err) != petri.Canceled {
		t.Errorf("while it is taken: %v", err)
	}
	time.AfterFunc(50*time.Millisecond, unlock)
	again, err := folder.Lock(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
