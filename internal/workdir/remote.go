package workdir

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// Remote is the server, as far as a folder needs it; api.Client serves as one, and tests play
// one. Its methods are called concurrently.
type Remote interface {
	// Missing tells which of these blobs the server has not got.
	Missing(ctx context.Context, digests []petri.Digest) ([]petri.Digest, error)
	// SendPack sends blobs in the form of tree.PutPackHeader, compressed with zstd where it says so.
	SendPack(ctx context.Context, pack io.Reader, compressed bool) error
	// UploadBlob sends one large blob and goes on after a cut.
	UploadBlob(ctx context.Context, digest petri.Digest, r io.ReadSeeker, size int64, progress func(int64)) error
	// FetchPack gets blobs that a commit of a project reaches.
	FetchPack(ctx context.Context, project petri.ProjectRef, commit string, want []petri.Digest) (io.ReadCloser, error)
}

// Tree names a tree on a server by a commit that reaches it.
type Tree struct {
	Project petri.ProjectRef
	Commit  petri.CommitID
	Root    petri.Digest
}

// fetchBlobs calls fn with each wanted blob of a commit; r yields exactly size bytes, which
// are not yet checked.
func fetchBlobs(ctx context.Context, remote Remote, t Tree, want []petri.Digest, fn func(d petri.Digest, size int64, r io.Reader) error) error {
	body, err := remote.FetchPack(ctx, t.Project, string(t.Commit), want)
	if err != nil {
		return err
	}
	defer body.Close()
	r := bufio.NewReaderSize(body, 256<<10)
	for {
		d, size, err := tree.ReadPackHeader(r, tree.MaxBytes)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return cut(err)
		}
		limited := &io.LimitedReader{R: r, N: size}
		if err := fn(d, size, limited); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, limited); err != nil {
			return cut(err)
		}
		if limited.N > 0 {
			return cut(io.ErrUnexpectedEOF)
		}
	}
}

func cut(err error) error {
	return petri.Wrap(petri.Unavailable, err, "the server broke off while it sent files")
}

// fetchFolders gives all folder blobs of a tree that known has not, fetching them a level at a time.
func fetchFolders(ctx context.Context, remote Remote, t Tree, known *trees) error {
	level := []petri.Digest{t.Root}
	seen := map[petri.Digest]bool{t.Root: true}
	for depth := 0; len(level) > 0; depth++ {
		if depth > tree.MaxDepth {
			return petri.Errorf(petri.Invalid, "commit %s is deeper than a project can be", t.Commit.Short())
		}
		if err := fetchLevel(ctx, remote, t, known, level); err != nil {
			return err
		}
		var next []petri.Digest
		for _, d := range level {
			entries, err := tree.Load(ctx, known.source(nil), d)
			if err != nil {
				return fmt.Errorf("read commit %s: %w", t.Commit.Short(), err)
			}
			for _, e := range entries {
				if e.Kind == tree.Folder && e.Digest != tree.Empty && !seen[e.Digest] {
					seen[e.Digest] = true
					next = append(next, e.Digest)
				}
			}
		}
		if level = next; len(seen) > tree.MaxEntries {
			return petri.Errorf(petri.Invalid, "commit %s has more folders than a project can have", t.Commit.Short())
		}
	}
	return nil
}

func fetchLevel(ctx context.Context, remote Remote, t Tree, known *trees, level []petri.Digest) error {
	var want []petri.Digest
	for _, d := range level {
		if _, ok := known.blobs[sumOf(d)]; !ok && d != tree.Empty {
			want = append(want, d)
		}
	}
	if len(want) == 0 {
		return nil
	}
	return fetchBlobs(ctx, remote, t, want, func(d petri.Digest, size int64, r io.Reader) error {
		if size > tree.MaxTreeBlob {
			return petri.Errorf(petri.Invalid, "commit %s has a folder that is larger than one can be", t.Commit.Short())
		}
		b, err := io.ReadAll(r)
		if err != nil {
			return cut(err)
		}
		if petri.DigestBytes(b) != d {
			return petri.Errorf(petri.Internal, "the server sent other bytes than those of %s", d)
		}
		known.add(sumOf(d), b)
		return nil
	})
}
