package files_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/tree"
)

// BenchmarkLarge goes once through the life of a project of 100,000 files with 1 GB, and
// reports each step in milliseconds: go test -bench Large -benchtime 1x ./internal/files
func BenchmarkLarge(b *testing.B) {
	if os.Geteuid() != 0 {
		b.Skip("overlays need root")
	}
	for b.Loop() {
		large(b)
	}
}

func large(b *testing.B) {
	const count, size, connections = 100_000, 10_000, 6
	h := newHouse(b)
	step := func(name string, fn func() error) {
		begun := time.Now()
		if err := fn(); err != nil {
			b.Fatalf("%s: %v", name, err)
		}
		b.ReportMetric(float64(time.Since(begun).Microseconds())/1000, name+"-ms")
	}
	packs := make([]bytes.Buffer, connections)
	var leaves []tree.Leaf
	content := make([]byte, size)
	for i := range count {
		_, _ = rand.Read(content[:32])
		d := petri.DigestBytes(content)
		leaves = append(leaves, tree.Leaf{Path: fmt.Sprintf("d%d/d%d/f%d", i/5000, i/100, i), Kind: tree.File, Size: size, Digest: d})
		var header [tree.PackHeader]byte
		tree.PutPackHeader(header[:], d, size)
		packs[i%connections].Write(header[:])
		packs[i%connections].Write(content)
	}
	step("receive", func() error {
		return atOnce(connections, func(i int) error { return h.ReceivePack(context.Background(), &packs[i]) })
	})
	clear(packs)
	root, _, _, err := tree.Build(leaves, h.put)
	if err != nil {
		b.Fatal(err)
	}
	var first, second petri.CommitID
	step("commit", func() (err error) {
		first, err = h.Commit(context.Background(), h.project, "", petri.Commit{Tree: root})
		return err
	})
	leaves[4711].Digest, _ = h.put(append(content[:size-4], "new!"...))
	next, _, _, err := tree.Build(leaves, h.put)
	if err != nil {
		b.Fatal(err)
	}
	step("commit-one-changed", func() (err error) {
		second, err = h.Commit(context.Background(), h.project, first, petri.Commit{Tree: next})
		return err
	})
	_ = second
	stage := func(root petri.Digest) (ws files.Workspace) {
		ws, err := h.Stage(context.Background(), h.folder(), root, files.Overlay, files.Owner{UID: 1000, GID: 1000})
		if err != nil {
			b.Fatal(err)
		}
		return ws
	}
	var ws files.Workspace
	step("stage", func() error { ws = stage(root); return nil })
	step("stage-one-changed", func() error { ws = stage(next); return nil })
	step("stage-again", func() error { stage(next); return nil })
	step("collect-nothing", func() error { _, err := h.Collect(context.Background(), ws); return err })
	if err := os.WriteFile(filepath.Join(ws.Upper, "one"), []byte("result"), 0o644); err != nil {
		b.Fatal(err)
	}
	step("collect-one", func() error { _, err := h.Collect(context.Background(), ws); return err })
	big, err := os.Create(filepath.Join(ws.Upper, "big"))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.CopyN(big, rand.Reader, 2<<30); err != nil {
		b.Fatal(err)
	}
	_ = big.Close()
	step("collect-2GB", func() error { _, err := h.Collect(context.Background(), ws); return err })
	step("send", func() error { return h.SendPack(context.Background(), io.Discard, next, nil) })
	all := make([][]petri.Digest, connections)
	for i, l := range leaves {
		all[i%connections] = append(all[i%connections], l.Digest)
	}
	step("send-at-once", func() error {
		return atOnce(connections, func(i int) error { return h.SendPack(context.Background(), io.Discard, next, all[i]) })
	})
	step("sync", h.blobs.Sync)
}

// atOnce calls fn for 0 to n-1 side by side.
func atOnce(n int, fn func(i int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = fn(i) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
