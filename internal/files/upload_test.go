package files_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/petri-dev/petri"
)

func TestUploadGoesOnAfterACut(t *testing.T) {
	h := newHouse(t)
	content := bytes.Repeat([]byte("0123456789"), 300_000)
	d, total := petri.DigestBytes(content), int64(len(content))
	cut := io.MultiReader(bytes.NewReader(content[:1_000_000]), failing{errors.New("reset")})
	if _, done, err := h.Upload(t.Context(), 1, d, 0, total, cut); err == nil || done {
		t.Fatalf("Upload = %t, %v; want the line's error", done, err)
	}
	at, done, err := h.UploadOffset(t.Context(), 1, d)
	if at != 1_000_000 || done || err != nil {
		t.Fatalf("UploadOffset = %d, %t, %v; want 1000000", at, done, err)
	}
	if at, _, _ := h.UploadOffset(t.Context(), 2, d); at != 0 {
		t.Errorf("another user's upload stands at %d", at)
	}
	if _, _, err := h.Upload(t.Context(), 1, d, 5, total, bytes.NewReader(content[5:])); petri.KindOf(err) != petri.Conflict {
		t.Errorf("Upload from elsewhere = %v; want kind conflict", err)
	}
	at, done, err = h.Upload(t.Context(), 1, d, at, total, bytes.NewReader(content[at:]))
	if at != total || !done || err != nil {
		t.Fatalf("Upload = %d, %t, %v", at, done, err)
	}
	checkBlobs(t, h)
	if at, done, err := h.Upload(t.Context(), 2, d, 0, total, bytes.NewReader(nil)); at != total || !done || err != nil {
		t.Errorf("Upload of what is there = %d, %t, %v", at, done, err)
	}
}

func TestUploadRefuses(t *testing.T) {
	d := petri.DigestBytes([]byte("right"))
	for name, test := range map[string]struct {
		offset, total int64
		content       string
	}{
		"wrong content":  {0, 5, "wrong"},
		"longer":         {0, 5, "right and more"},
		"negative":       {-1, 5, "right"},
		"beyond the end": {6, 5, "right"},
		"absurd":         {0, 1 << 60, "right"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			if _, done, err := h.Upload(t.Context(), 1, d, test.offset, test.total, bytes.NewReader([]byte(test.content))); done || petri.KindOf(err) != petri.Invalid {
				t.Errorf("Upload = %t, %v; want kind invalid", done, err)
			}
			if at, done, err := h.UploadOffset(t.Context(), 1, d); at != 0 || done || err != nil {
				t.Errorf("after it the upload stands at %d, %t, %v", at, done, err)
			}
		})
	}
}
