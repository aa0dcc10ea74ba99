// Package blobtest is the suite that every blob.Store passes. Only tests import it.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob"
)

// Run runs the suite; open gives a new, empty store for each test.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"round trip":       testRoundTrip,
		"put twice":        testTwice,
		"wrong digest":     testWrongDigest,
		"reader fails":     testReaderFails,
		"reader cancelled": testCancelled,
		"missing":          testMissing,
		"no digest":        testNoDigest,
		"delete":           testDelete,
		"list":             testList,
		"seek":             testSeek,
		"at once":          testConcurrent,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// sizes lie around what an implementation may treat differently.
var sizes = []int{0, 1, 4095, 4096, 64 << 10, 256<<10 - 1, 256 << 10, 256<<10 + 1, 1 << 20, 3<<20 + 7}

func content(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i*7 + i>>8 + size)
	}
	return b
}

func read(t *testing.T, s blob.Store, d petri.Digest) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put(t *testing.T, s blob.Store, b []byte) petri.Digest {
	t.Helper()
	d, size, err := s.Put(t.Context(), bytes.NewReader(b), "")
	if err != nil || d != petri.DigestBytes(b) || size != int64(len(b)) {
		t.Fatalf("Put = %s, %d, %v; want %s, %d", d, size, err, petri.DigestBytes(b), len(b))
	}
	return d
}

func testRoundTrip(t *testing.T, s blob.Store) {
	for _, size := range sizes {
		b := content(size)
		d := put(t, s, b)
		if got := read(t, s, d); !bytes.Equal(got, b) {
			t.Errorf("%d bytes came back as %d others", size, len(got))
		}
		if n, err := s.Stat(t.Context(), d); err != nil || n != int64(size) {
			t.Errorf("Stat = %d, %v; want %d", n, err, size)
		}
	}
}

func testTwice(t *testing.T, s blob.Store) {
	for _, size := range sizes {
		b := content(size)
		put(t, s, b)
		if _, _, err := s.Put(t.Context(), bytes.NewReader(b), petri.DigestBytes(b)); err != nil {
			t.Error(err)
		}
		if got := read(t, s, petri.DigestBytes(b)); !bytes.Equal(got, b) {
			t.Errorf("%d bytes were damaged by a second Put", size)
		}
	}
}

func testWrongDigest(t *testing.T, s blob.Store) {
	other := petri.DigestBytes([]byte("other"))
	for _, size := range sizes {
		b := content(size)
		if _, _, err := s.Put(t.Context(), bytes.NewReader(b), other); petri.KindOf(err) != petri.Invalid {
			t.Errorf("Put of %d bytes = %v; want kind invalid", size, err)
		}
	}
	wantEmpty(t, s)
}

func wantEmpty(t *testing.T, s blob.Store) {
	t.Helper()
	err := s.List(t.Context(), func(d petri.Digest, _ int64) error { return fmt.Errorf("blob %s was kept", d) })
	if err != nil {
		t.Error(err)
	}
}

var errBroken = errors.New("the line broke")

func testReaderFails(t *testing.T, s blob.Store) {
	for _, size := range sizes {
		r := io.MultiReader(bytes.NewReader(content(size)), iotestErr{})
		if _, _, err := s.Put(t.Context(), r, ""); !errors.Is(err, errBroken) {
			t.Errorf("Put = %v; want the reader's error", err)
		}
	}
	wantEmpty(t, s)
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, errBroken }

func testCancelled(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Put(ctx, bytes.NewReader(content(1<<20)), ""); petri.KindOf(err) != petri.Canceled {
		t.Errorf("Put = %v; want kind canceled", err)
	}
	wantEmpty(t, s)
}

func testMissing(t *testing.T, s blob.Store) {
	d := petri.DigestBytes([]byte("never put"))
	if _, err := s.Open(t.Context(), d); petri.KindOf(err) != petri.NotFound {
		t.Errorf("Open = %v", err)
	}
	if _, err := s.Stat(t.Context(), d); petri.KindOf(err) != petri.NotFound {
		t.Errorf("Stat = %v", err)
	}
	if err := s.Delete(t.Context(), d); err != nil {
		t.Errorf("Delete = %v", err)
	}
}

func testNoDigest(t *testing.T, s blob.Store) {
	for _, d := range []petri.Digest{"", "sha256:", "sha256:../../../../etc/passwd", "md5:00", petri.Digest("sha256:" + strings.Repeat("/", 64))} {
		if _, err := s.Open(t.Context(), d); err == nil {
			t.Errorf("Open(%q) succeeded", d)
		}
		if _, err := s.Stat(t.Context(), d); err == nil {
			t.Errorf("Stat(%q) succeeded", d)
		}
		if err := s.Delete(t.Context(), d); err == nil {
			t.Errorf("Delete(%q) succeeded", d)
		}
		if _, _, err := s.Put(t.Context(), strings.NewReader("x"), d); d != "" && err == nil {
			t.Errorf("Put(%q) succeeded", d)
		}
	}
}

func testDelete(t *testing.T, s blob.Store) {
	kept, gone := put(t, s, []byte("kept")), put(t, s, []byte("gone"))
	if err := s.Delete(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stat(t.Context(), gone); petri.KindOf(err) != petri.NotFound {
		t.Errorf("Stat after Delete = %v", err)
	}
	read(t, s, kept)
	put(t, s, []byte("gone"))
	read(t, s, gone)
}

func testList(t *testing.T, s blob.Store) {
	want := map[petri.Digest]int64{}
	for i := range 50 {
		want[put(t, s, fmt.Appendf(nil, "%d", i))] = int64(len(fmt.Sprint(i)))
	}
	err := s.List(t.Context(), func(d petri.Digest, size int64) error {
		if want[d] != size {
			t.Errorf("List gives %s with %d bytes; want %d", d, size, want[d])
		}
		delete(want, d)
		return nil
	})
	if err != nil || len(want) > 0 {
		t.Errorf("List = %v, without %d blobs", err, len(want))
	}
	calls := 0
	err = s.List(t.Context(), func(petri.Digest, int64) error { calls++; return errBroken })
	if !errors.Is(err, errBroken) || calls != 1 {
		t.Errorf("List = %v after %d calls; want fn's error after one", err, calls)
	}
}

func testSeek(t *testing.T, s blob.Store) {
	d := put(t, s, []byte("0123456789"))
	r, err := s.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Seek(7, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r); err != nil || string(rest) != "789" {
		t.Errorf("after Seek: %q, %v", rest, err)
	}
}

// testConcurrent puts the same few blobs from many sides: whoever sees one sees it whole.
func testConcurrent(t *testing.T, s blob.Store) {
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 40 {
				b := content(sizes[(i+worker)%len(sizes)])
				d, _, err := s.Put(context.Background(), bytes.NewReader(b), "")
				if err != nil {
					t.Error(err)
					return
				}
				size, err := s.Stat(context.Background(), d)
				if err != nil || size != int64(len(b)) {
					t.Errorf("Stat after Put = %d, %v; want %d", size, err, len(b))
				}
				if r, err := s.Open(context.Background(), d); err != nil {
					t.Error(err)
				} else {
					got, err := io.ReadAll(r)
					if r.Close(); err != nil || !bytes.Equal(got, b) {
						t.Errorf("read %d bytes, %v; want %d", len(got), err, len(b))
					}
				}
			}
		})
	}
	all.Wait()
}
