package files_test

import (
	"context"
	"crypto/sha256"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

func byPath(a, b petri.ResultChange) int { return strings.Compare(a.Path, b.Path) }

// checkBlobs verifies that every blob has its content, mode, time and owner.
func checkBlobs(t *testing.T, h *house) {
	t.Helper()
	err := h.blobs.List(context.Background(), func(d petri.Digest, _ int64) error {
		r, err := h.blobs.Open(context.Background(), d)
		if err != nil {
			return err
		}
		defer r.Close()
		hash := sha256.New()
		if _, err := io.Copy(hash, r); err != nil {
			return err
		}
		if got := petri.DigestHash(hash); got != d {
			t.Errorf("blob %s holds content of digest %s", d, got)
		}
		path, err := h.blobs.Path(context.Background(), d, false)
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		if st.Mode&0o7777 != 0o644 || st.Mtim.Sec != 946684800 || os.Geteuid() == 0 && st.Uid != 1000 {
			t.Errorf("blob %s has mode %o, time %d, owner %d", d, st.Mode, st.Mtim.Sec, st.Uid)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
