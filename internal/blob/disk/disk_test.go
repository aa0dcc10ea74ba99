package disk_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob"
	"github.com/petri-dev/petri/internal/blob/blobtest"
	"github.com/petri-dev/petri/internal/blob/disk"
)

func open(t testing.TB, dir string) *disk.Store {
	t.Helper()
	s, err := disk.Open(dir, disk.Options{UID: 1000, GID: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuite(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return open(t, t.TempDir()) })
}

func stat(t testing.TB, path string) *syscall.Stat_t {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t)
}

func TestBlobsHaveFixedModeTimeAndOwner(t *testing.T) {
	s := open(t, t.TempDir())
	for _, size := range []int{0, 10, 1 << 20} {
		b := bytes.Repeat([]byte("x"), size)
		d, _, err := s.Put(t.Context(), bytes.NewReader(b), "")
		if err != nil {
			t.Fatal(err)
		}
		for exec, mode := range map[bool]uint32{false: 0o644, true: 0o755} {
			path, err := s.Path(t.Context(), d, exec)
			if err != nil {
				t.Fatal(err)
			}
			st := stat(t, path)
			if st.Mode&0o7777 != mode || st.Mtim.Sec != 946684800 || os.Geteuid() == 0 && st.Uid != 1000 {
				t.Errorf("%d bytes, executable %t: mode %o, time %d, owner %d", size, exec, st.Mode, st.Mtim.Sec, st.Uid)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, b) {
				t.Errorf("%s holds %d bytes, %v", path, len(got), err)
			}
		}
	}
}

// TestUnfinishedBlobsAreNone: what a killed process left under a blob's name, or a power cut.
func TestUnfinishedBlobsAreNone(t *testing.T) {
	content := []byte("the whole content")
	d := petri.DigestBytes(content)
	for name, leave := range map[string]func(path string) error{
		"killed while writing": func(path string) error { return os.WriteFile(path, content[:3], 0o200) },
		"killed before mode":   func(path string) error { return os.WriteFile(path, content, 0o200) },
		"power cut":            func(path string) error { return os.WriteFile(path, nil, 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			path := filepath.Join(dir, "blobs/sha256", d.Hex()[:2], d.Hex()[2:])
			if err := leave(path); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Stat(t.Context(), d); petri.KindOf(err) != petri.NotFound {
				t.Errorf("Stat = %v", err)
			}
			if _, err := s.Open(t.Context(), d); petri.KindOf(err) != petri.NotFound {
				t.Errorf("Open = %v", err)
			}
			if _, err := s.ReadAll(t.Context(), d, 100); petri.KindOf(err) != petri.NotFound {
				t.Errorf("ReadAll = %v", err)
			}
			err := s.List(t.Context(), func(d petri.Digest, _ int64) error { return fmt.Errorf("lists %s", d) })
			if err != nil {
				t.Error(err)
			}
			if _, err := s.PutBytes(content); err != nil {
				t.Fatal(err)
			}
			if got, err := s.ReadAll(t.Context(), d, 100); err != nil || !bytes.Equal(got, content) {
				t.Errorf("after PutBytes: %q, %v", got, err)
			}
		})
	}
}

func TestOpenRemovesTemporaryFiles(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	left, other := filepath.Join(dir, "tmp/blob-1-1"), filepath.Join(dir, "tmp/other")
	for _, path := range []string{left, other} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir)
	if _, err := os.Lstat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary file is still there: %v", err)
	}
	if _, err := os.Lstat(other); err != nil {
		t.Errorf("somebody else's file is gone: %v", err)
	}
}

func TestAdoptLinksWithoutCopying(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, size := range []int{0, 5, 512 << 10, 3<<20 + 1} {
		path := filepath.Join(dir, fmt.Sprint("file", size))
		b := bytes.Repeat([]byte("abcdefg"), size/7+1)[:size]
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // again is no error
			d, n, err := s.Adopt(t.Context(), path)
			if err != nil || n != int64(size) || d != petri.DigestSum(sum(b)) {
				t.Fatalf("Adopt = %s, %d, %v", d, n, err)
			}
			kept, err := s.Path(t.Context(), d, false)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := stat(t, path), stat(t, kept); a.Ino != b.Ino || b.Mode&0o7777 != 0o644 || os.Geteuid() == 0 && b.Uid != 1000 {
				t.Errorf("%d bytes: the blob is another file, or has mode %o, owner %d", size, b.Mode, b.Uid)
			}
		}
	}
}

func sum(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:]
}

func TestAdoptKeepsTheModeOfExecutables(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	path := filepath.Join(dir, "tool")
	if err := os.WriteFile(path, []byte("#!"), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, _, err := s.Adopt(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if mode := stat(t, path).Mode & 0o777; mode != 0o755 {
			t.Errorf("the executable has mode %o now", mode)
		}
	}
}

func TestAdoptRefuses(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	secret, link, pipe := filepath.Join(dir, "secret"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.WriteFile(secret, []byte("s"), 0o600), os.Symlink(secret, link), unix.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, pipe, dir, filepath.Join(dir, "nothing")} {
		if d, _, err := s.Adopt(t.Context(), path); err == nil {
			t.Errorf("Adopt(%s) = %s", path, d)
		}
	}
	if _, err := s.AdoptKnown(t.Context(), secret, petri.DigestBytes([]byte("other"))); petri.KindOf(err) != petri.Invalid {
		t.Errorf("AdoptKnown = %v; want kind invalid", err)
	}
}

func TestAdoptClearsExtendedAttributes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setxattr(path, "user.note", []byte("x"), 0); err != nil {
		t.Skipf("no extended attributes here: %v", err)
	}
	if _, _, err := s.Adopt(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if n, err := unix.Listxattr(path, nil); err != nil || n != 0 {
		t.Errorf("%d bytes of attributes are left, %v", n, err)
	}
}

func TestAdoptOfAFileChangedMeanwhile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	path := filepath.Join(dir, "growing")
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 64<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 200 {
			if f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0); err == nil {
				_, _ = f.Write([]byte("y"))
				_ = f.Close()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	time.Sleep(5 * time.Millisecond)
	if _, _, err := s.Adopt(t.Context(), path); petri.KindOf(err) != petri.Conflict {
		t.Errorf("Adopt = %v; want kind conflict", err)
	}
	<-done
}

// TestFullDisk fills a small file system.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("mounting a small file system needs root, and CI must test it")
		}
		t.Skip("mounting a small file system needs root")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("mount a small file system: %v", err)
	}
	defer func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }()
	s := open(t, dir)
	big := bytes.Repeat([]byte("x"), 4<<20)
	if _, _, err := s.Put(t.Context(), bytes.NewReader(big), ""); petri.KindOf(err) != petri.Exhausted {
		t.Errorf("Put of a long blob = %v; want kind exhausted", err)
	}
	var err error
	for i := 0; err == nil && i < 100; i++ {
		b := bytes.Repeat([]byte{byte(i)}, 100<<10)
		if _, err = s.PutBytes(b); err != nil {
			if _, missing := s.Stat(t.Context(), petri.DigestBytes(b)); petri.KindOf(missing) != petri.NotFound {
				t.Errorf("the cut blob is there: %v", missing)
			}
		}
	}
	if petri.KindOf(err) != petri.Exhausted {
		t.Errorf("PutBytes = %v; want kind exhausted", err)
	}
}
