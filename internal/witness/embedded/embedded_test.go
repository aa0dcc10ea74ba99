package embedded_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/witness/embedded"
)

func TestInstall(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "witness")
	binary, err := embedded.Binary()
	if err != nil {
		if petri.KindOf(err) != petri.Internal || !strings.Contains(petri.MessageOf(err), "make build") {
			t.Fatalf("without a binary: %v", err)
		}
		if _, err := embedded.Install(folder); petri.KindOf(err) != petri.Internal {
			t.Fatalf("without a binary: %v", err)
		}
		t.Skip("built without the witness")
	}
	paths := make([]string, 8)
	var all sync.WaitGroup
	for i := range paths {
		all.Go(func() {
			path, err := embedded.Install(folder)
			if err != nil {
				t.Error(err)
			}
			paths[i] = path
		})
	}
	all.Wait()
	info, err := os.Stat(paths[0])
	if err != nil || info.Mode() != 0o555 || info.Size() != int64(len(binary)) {
		t.Errorf("%v %v", info, err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 || paths[7] != paths[0] {
		t.Errorf("%v %v %v", entries, paths, err)
	}
	// A file that was damaged is replaced.
	if err := os.Remove(paths[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(paths[0], []byte("damaged"), 0o555); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Install(folder); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(paths[0]); err != nil || len(text) != len(binary) {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
