package workdir_test

import (
	"os"
	"testing"
	"time"

	"github.com/petri-dev/petri/internal/workdir"
)

// TestBig is a measurement by hand: PETRI_BIG names a folder.
func TestBig(t *testing.T) {
	dir := os.Getenv("PETRI_BIG")
	if dir == "" {
		t.Skip("PETRI_BIG names no folder to measure")
	}
	for range 3 {
		begin := time.Now()
		s, err := workdir.Folder{Root: dir}.Scan(t.Context(), workdir.ScanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		scanned := time.Since(begin)
		if err := s.Save(); err != nil {
			t.Fatal(err)
		}
		t.Log(scanned, time.Since(begin), s.Tree(), s.Files(), s.Bytes(), s.Read)
	}
}
