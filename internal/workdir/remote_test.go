package workdir_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
	"github.com/petri-dev/petri/internal/workdir"
)

// server plays a server that keeps blobs in memory.
type server struct {
	mu       sync.Mutex
	blobs    map[petri.Digest][]byte
	received int // blobs
	asked    int // digests
	packs    int
	// cutAfter cuts an answer after so many bytes, once.
	cutAfter int
	// lie changes a byte of what is sent.
	lie bool
	// extra is sent in front of what is wanted.
	extra []byte
}

func newServer() *server { return &server{blobs: map[petri.Digest][]byte{}} }

func (s *server) Missing(_ context.Context, digests []petri.Digest) ([]petri.Digest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked += len(digests)
	return slices.DeleteFunc(slices.Clone(digests), func(d petri.Digest) bool { return s.blobs[d] != nil }), nil
}

func (s *server) SendPack(_ context.Context, pack io.Reader, compressed bool) error {
	if compressed {
		decoder, err := zstd.NewReader(pack)
		if err != nil {
			return err
		}
		defer decoder.Close()
		pack = decoder
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.packs++
	for {
		d, length, err := tree.ReadPackHeader(pack, tree.MaxPackBlob)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		b := make([]byte, length)
		if _, err := io.ReadFull(pack, b); err != nil {
			return err
		}
		if petri.DigestBytes(b) != d {
			return petri.Errorf(petri.Invalid, "wrong digest in a pack")
		}
		s.blobs[d] = b
		s.received++
	}
}

func (s *server) UploadBlob(_ context.Context, d petri.Digest, r io.ReadSeeker, size int64, progress func(int64)) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if petri.DigestBytes(b) != d || int64(len(b)) != size {
		return petri.Errorf(petri.Invalid, "wrong digest in an upload")
	}
	progress(size)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blobs[d] = b
	s.received++
	return nil
}

func (s *server) FetchPack(_ context.Context, _ petri.ProjectRef, _ string, want []petri.Digest) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := slices.Clone(s.extra)
	for _, d := range want {
		blob, ok := s.blobs[d]
		if !ok {
			return nil, petri.Errorf(petri.NotFound, "there is no blob %s", d)
		}
		header := make([]byte, tree.PackHeader)
		tree.PutPackHeader(header, d, int64(len(blob)))
		b = append(append(b, header...), blob...)
	}
	if s.lie {
		b[len(b)-1] ^= 1
	}
	if s.cutAfter > 0 && len(b) > s.cutAfter {
		b, s.cutAfter = b[:s.cutAfter], 0
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// tree is what the root's tree holds, by path: kind and content.
func (s *server) tree(t *testing.T, root petri.Digest) map[string]string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]string{}
	err := tree.Walk(t.Context(), func(_ context.Context, d petri.Digest) ([]byte, error) {
		b, ok := s.blobs[d]
		if !ok {
			return nil, petri.Errorf(petri.NotFound, "the server was not sent folder %s", d)
		}
		return b, nil
	}, root, func(path string, e tree.Entry) error {
		content, ok := s.blobs[e.Digest]
		switch {
		case e.Kind == tree.Folder:
			found[path] = "d"
		case !ok:
			t.Errorf("the server was not sent %q", path)
		default:
			found[path] = string(byte(e.Kind)) + " " + string(content)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var _ workdir.Remote = (*server)(nil)
