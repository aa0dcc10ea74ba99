package files_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/petri-dev/petri/internal/files"
)

func TestShed(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 64<<10) // 1 MiB
	for _, mode := range []files.StageMode{files.Copy, files.Overlay} {
		t.Run(string(mode), func(t *testing.T) {
			h := newHouse(t)
			base := map[string]string{"main.R": "f:" + big, "changed.csv": "f:old"}
			if mode == files.Overlay {
				needRoot(t)
			}
			ws, err := h.Stage(t.Context(), h.folder(), h.tree(t, base), mode, files.Owner{UID: 1000, GID: 1000})
			if err != nil {
				t.Fatal(err)
			}
			dir, unmount := ws.Copy, func() {}
			if mode == files.Overlay {
				dir, unmount = mount(t, ws, "")
			}
			for path, content := range map[string]string{"out/huge": big + big, "changed.csv": big, "small.csv": "a,b\n", "empty": ""} {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, path), []byte(content), 0o444); err != nil {
					t.Fatal(err)
				}
			}
			unmount()
			for range 2 {
				freed, err := h.Shed(t.Context(), ws, 64<<10)
				if err != nil || freed != 0 && (freed < 3<<20 || freed > 4<<20) {
					t.Fatalf("freed %d, %v", freed, err)
				}
			}
			got, err := h.Collect(t.Context(), ws)
			if err != nil {
				t.Fatal(err)
			}
			if text := changes(got); text != "added empty 0, added small.csv 4" {
				t.Errorf("results are %s", text)
			}
			if len(got.LeftOut) != 2 || got.LeftOut[0].Path != "changed.csv" || got.LeftOut[1].Path != "out/huge" || !strings.Contains(got.LeftOut[1].Why, "filled the server's disk, and its 2 MiB were let go") {
				t.Errorf("left out %+v", got.LeftOut)
			}
			after := h.leaves(t, got.Tree)
			if after["changed.csv"] != base["changed.csv"] || !bytes.Equal([]byte(after["main.R"]), []byte(base["main.R"])) {
				t.Errorf("the tree has %d files", len(after))
			}
			checkBlobs(t, h)
		})
	}
}
